"""The command line of `publisher copy`: files and options that cannot be used, and what it prints."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from publisher.cli import copy
from publisher.cli.arguments import Parser, add_global
from publisher.cli.console import make_console
from publisher.cli.copy_view import show_done, show_planned
from publisher.cli.surroundings import Surroundings
from publisher.errors import Malformed, RegistryUnreachable, UsageError
from publisher.ports.transfer import Stranger
from publisher.steps.copying import CopyReport, Prepared
from tests.unit.steps.copies import HUB, QUAY, Shop, listed


def surroundings(folder: Path, out: io.StringIO | None = None) -> Surroundings:
    streams = out or io.StringIO(), io.StringIO()
    console = make_console({}, *streams)
    return Surroundings(console, {}, folder, *streams, lambda: datetime.now(UTC))


def options(*words: str) -> argparse.Namespace:
    parser = Parser("publisher copy")
    copy.configure(parser)
    add_global(parser)
    return parser.parse_args(words)


def copied(shop: Shop, *targets: str, force: bool = False) -> CopyReport:
    image = shop.index(shop.image("one"))
    shop.referrer(image)
    return shop.copy(*((image, target) for target in targets), force=force)


def printed(report: CopyReport, shop: Shop, form: str, folder: Path) -> tuple[int, str, str]:
    around = surroundings(folder)
    code = show_done(around.console, report, shop.registries.__getitem__, form)
    return code, around.stdout.getvalue(), around.stderr.getvalue()  # type: ignore[attr-defined]


def document(report: CopyReport, shop: Shop, folder: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(printed(report, shop, "json", folder)[1])
    return found


def test_a_list_is_needed_and_must_be_readable(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--list"):
        options()
    with pytest.raises(UsageError, match="cannot be read"):
        copy.run(options("--list", "nothing.json"), surroundings(tmp_path))
    (tmp_path / "list.json").write_text("{}")
    with pytest.raises(Malformed) as caught:
        copy.run(options("--list", "list.json"), surroundings(tmp_path))
    assert caught.value.where == "list.json"


@pytest.mark.parametrize("words", [("--verify", "key"), ("--verify", "none", "--key", "x.pub")])
def test_a_key_and_its_use_belong_together(tmp_path: Path, words: tuple[str, ...]) -> None:
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(UsageError, match="belong together"):
        copy.run(options("--list", "list.json", *words), surroundings(tmp_path))


def test_an_empty_list_is_nothing_to_do(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[]")
    out = io.StringIO()
    assert copy.run(options("--list", "list.json"), surroundings(tmp_path, out)) == 0
    assert out.getvalue() == "nothing to do: 0 targets in place\n"


def test_what_was_done_is_told_by_registry(tmp_path: Path) -> None:
    shop = Shop()
    report = copied(shop, f"{HUB}:v1", f"{QUAY}:v1", f"{QUAY}:v2")
    found = document(report, shop, tmp_path)
    assert found["complete"] is True
    assert {one["registry"]: one["moved"] for one in found["registries"]} == {HUB: 1, QUAY: 2}
    assert found["tags"][QUAY]["moved"] == ["quay.test/us/x:v1", "quay.test/us/x:v2"]
    code, text, _ = printed(report, shop, "text", tmp_path)
    assert code == 0
    assert "2 copies, 3 tags" in text


def test_a_registry_that_failed_gives_the_exit_code_and_is_told_last(tmp_path: Path) -> None:
    shop = Shop()
    shop.registries[QUAY].down = True
    report = copied(shop, f"{HUB}:v1", f"{QUAY}:v1")
    code, _, errors = printed(report, shop, "text", tmp_path)
    assert code == RegistryUnreachable.exit_code
    assert QUAY in errors
    found = document(report, shop, tmp_path)
    assert found["complete"] is False
    assert [one["registry"] for one in found["errors"]] == [QUAY]


def test_a_tag_that_somebody_else_moved_is_an_error(tmp_path: Path) -> None:
    shop = Shop()
    report = copied(shop, f"{HUB}:v1")
    [move] = report.tags[HUB].moved
    tags = replace(report.tags[HUB], moved=(), strangers=(Stranger(move, None),))
    code, _, errors = printed(replace(report, tags={HUB: tags}), shop, "text", tmp_path)
    assert code == 7
    assert "--force" in errors
    assert "names nothing instead of nothing" in errors


def test_a_dry_run_prints_the_cost(tmp_path: Path) -> None:
    shop = Shop()
    prepared = shop.copying().prepare(listed((shop.image("one"), f"{HUB}:v1")))
    for form, expected in (("text", "1 copy, 1 tag"), ("json", '"registry": "hub.test"')):
        around = surroundings(tmp_path)
        assert show_planned(around.console, prepared, form) == 0
        assert expected in around.stdout.getvalue()  # type: ignore[attr-defined]
    around = surroundings(tmp_path)
    lost = Prepared(unreachable={HUB: RegistryUnreachable("gone", where=HUB)})
    assert show_planned(around.console, lost, "text") == 7
