"""The pins: complete, exact, and without addresses of where things are fetched."""

from __future__ import annotations

import re

import pytest

from workflows.tools.toolset.pins import TOOLS, Tool, ToolSet, load_pins

PINS = load_pins()


def test_names_are_unique_and_versions_exact() -> None:
    names = [tool.name for tool in PINS.tools]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", tool.text_version) for tool in PINS.tools)


def test_a_set_holds_the_ones_before_it() -> None:
    sizes = [len(PINS.of_set(one)) for one in ToolSet]
    assert sizes == sorted(sizes)
    assert set(PINS.of_set(ToolSet.RUN)) < set(PINS.of_set(ToolSet.ALL)) == set(PINS.tools)


def test_run_holds_what_a_publication_and_the_stack_need() -> None:
    names = {tool.name for tool in PINS.of_set(ToolSet.RUN)}
    assert names == {"buildkitd", "buildctl", "buildx", "registry", "referrers-registry", "cosign", "syft"}


@pytest.mark.parametrize("tool", [tool for tool in PINS.tools if tool.module], ids=lambda tool: tool.name)
def test_modules_of_ours_pin_the_version_that_the_table_says(tool: Tool) -> None:
    assert tool.module
    requirements = (TOOLS / tool.module / "go.mod").read_text()
    assert f" v{tool.text_version}" in requirements
    assert (TOOLS / tool.module / "go.sum").stat().st_size > 0


def test_every_python_requirement_is_exact_and_hashed() -> None:
    lock = (TOOLS / "python.lock").read_text()
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert all(re.match(r"[a-z0-9.-]+==[^ ]+ ", entry) for entry in entries)
    assert all(entry.count("--hash=sha256:") for entry in entries)


def test_lock_and_pins_name_no_download_address() -> None:
    for name in ("python.lock", "tools.json"):
        assert "://" not in (TOOLS / name).read_text()
