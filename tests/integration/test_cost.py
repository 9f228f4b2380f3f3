"""The estimate of a plan against what registries then saw."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tests.integration.small import LAYERS, REGISTRIES, Ran, SmallCatalog, small_catalog
from tests.stack import Stack

SMOKE = "version: 1\nfiles:\n  - {path: /leaf.txt, contains: first}\n"


def planned(catalog: SmallCatalog, *words: str) -> Any:
    ran = catalog.run("plan", "--format", "json", *words)
    assert ran.code == 0, ran.text
    return json.loads(ran.out)


def asked_by(catalog: SmallCatalog, *words: str) -> tuple[Ran, dict[str, int]]:
    """Run, and count what each registry was asked."""
    before = {name: len(catalog.requests(name)) for name in REGISTRIES}
    ran = catalog.run(*words)
    assert ran.code == 0, ran.text
    return ran, {name: len(catalog.requests(name)) - before[name] for name in REGISTRIES}


def figures_of(ran: Ran) -> dict[str, dict[str, int]]:
    """Read the table at the end of a run."""
    lines = [line.split() for line in ran.out.splitlines()]
    [heads] = [line for line in lines if line[:2] == ["registry", "sent"]]
    column = heads.index("requests") + 1  # bytes have a unit
    return {line[0]: {"requests": int(line[column])} for line in lines if line[:1] and line[0] in REGISTRIES}


def check(made: Any, asked: dict[str, int]) -> None:
    """Compare an estimate with the registries' access logs: never below, and never twice as much."""
    assert {item["registry"] for item in made["registries"]} == set(REGISTRIES)
    for item in made["registries"]:
        seen = asked[item["registry"]]
        assert item["requests"] // 2 < seen <= item["requests"], (item, seen)


def told(text: str) -> dict[str, int]:
    """Read the lines that a run prints right before it asks a registry for anything."""
    found = re.findall(r"^[0-9:]+ (\w+): up to ([0-9,]+) requests?,", text, flags=re.MULTILINE)
    return {name: int(number.replace(",", "")) for name, number in found}


def test_a_rebuild_costs_what_was_said(stack: Stack, tmp_path: Path) -> None:
    catalog = small_catalog(stack, tmp_path)
    first = planned(catalog, "--base", "empty")["cost"]
    assert (first["builds"], first["unknown"]) == (3, 3)
    ran, asked = asked_by(catalog, "run", "--base", "empty")
    assert told(ran.text).keys() == set(REGISTRIES)
    assert all(told(ran.text)[name] // 2 < seen <= told(ran.text)[name] for name, seen in asked.items())
    assert "\nhub: unknown\n" in ran.out

    catalog.write("meta/base/base.txt", "base, second edition\n")
    catalog.commit("Change the base")
    made = planned(catalog)["cost"]
    assert (made["builds"], made["unknown"]) == (3, 0)
    assert 0 < made["seconds"] < 600
    ran, asked = asked_by(catalog, "run")
    check(made, asked)
    assert all(item["images"] == len(LAYERS) and item["bytes"] > 1000 for item in made["registries"])
    assert "\nhub: up to " in ran.out
    assert figures_of(ran)["hub"]["requests"] == asked["hub"], "the table tells what the registry saw"

    catalog.write("meta/leaf/smoke.yml", SMOKE)
    catalog.commit("Test the leaf in another way")
    made = planned(catalog)["cost"]
    check(made, asked_by(catalog, "run")[1])

    record = max((catalog.repository / "releases").rglob("release-record.json"))
    offline = planned(catalog, "--offline", "--base", "HEAD~1", "--records", str(record))["cost"]
    assert offline["unknown"] == 0
    assert "cost" not in planned(catalog, "--offline", "--base", "HEAD~1")

    catalog.write("meta/leaf/leaf.txt", "leaf, second edition\n")
    catalog.commit("Change the leaf")
    dry = catalog.run("run", "--dry-run")
    assert "\ncost: about 1 min of building\n" in dry.out, dry.text
    assert "\nregistry  images  not known  bytes" in dry.out, dry.text
