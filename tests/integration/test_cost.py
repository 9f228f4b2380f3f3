"""The estimate of a plan against what registries then saw."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.integration.small import LAYERS, REGISTRIES, SmallCatalog, small_catalog
from tests.stack import Stack


def planned(catalog: SmallCatalog, *words: str) -> Any:
    ran = catalog.run("plan", "--format", "json", *words)
    assert ran.code == 0, ran.text
    return json.loads(ran.out)


def asked_by(catalog: SmallCatalog, *words: str) -> dict[str, int]:
    """Run, and count what each registry was asked."""
    before = {name: len(catalog.requests(name)) for name in REGISTRIES}
    ran = catalog.run(*words)
    assert ran.code == 0, ran.text
    return {name: len(catalog.requests(name)) - before[name] for name in REGISTRIES}


def test_a_rebuild_costs_what_was_said(stack: Stack, tmp_path: Path) -> None:
    catalog = small_catalog(stack, tmp_path)
    first = planned(catalog, "--base", "empty")["cost"]
    assert (first["builds"], first["unknown"]) == (3, 3)
    assert asked_by(catalog, "run", "--base", "empty").keys() == set(REGISTRIES)

    catalog.write("meta/base/base.txt", "base, second edition\n")
    catalog.commit("Change the base")
    made = planned(catalog)["cost"]
    assert (made["builds"], made["unknown"]) == (3, 0)
    assert 0 < made["seconds"] < 600
    asked = asked_by(catalog, "run")
    for registry in made["registries"]:
        seen = asked[registry["registry"]]
        assert registry["images"] == len(LAYERS)
        assert registry["requests"] // 2 < seen <= registry["requests"], (registry, seen)
        assert registry["bytes"] > 1000

    record = next((catalog.repository / "releases").rglob("release-record.json"))
    offline = planned(catalog, "--offline", "--base", "HEAD~1", "--records", str(record))["cost"]
    assert offline["unknown"] == 0
    assert "cost" not in planned(catalog, "--offline", "--base", "HEAD~1")

    catalog.write("meta/leaf/leaf.txt", "leaf, second edition\n")
    catalog.commit("Change the leaf")
    dry = catalog.run("run", "--dry-run")
    assert "\ncost: about 1 min of building; hub" in dry.out, dry.text
