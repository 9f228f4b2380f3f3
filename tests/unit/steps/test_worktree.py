"""The working tree beside HEAD."""

from __future__ import annotations

import pytest

from publisher.errors import CatalogError
from publisher.plan.plan import WORKTREE
from publisher.steps.worktree import read_worktree
from tests.fakes.git import FakeGit
from tests.unit.plan.five_layers import ALL, CANN, FILES, OPENMIND


def test_both_states_are_read() -> None:
    changed = {**FILES, "cann/ubuntu/install.sh": "echo more\n"}
    found = read_worktree(FakeGit(changed, FILES))
    assert found.snapshot.commit == WORKTREE
    assert found.snapshot.inputs[CANN] != found.before.inputs[CANN]
    assert set(found.before.entries) == ALL


@pytest.mark.parametrize(
    "head", [None, {"README.md": "no catalog"}, {**FILES, "publisher.yml": "version: x\n"}]
)
def test_a_head_that_is_no_catalog_is_nothing(head: dict[str, str] | None) -> None:
    found = read_worktree(FakeGit(FILES, head))
    assert not found.before.entries
    assert found.before.commit == "empty"
    assert set(found.snapshot.entries) == ALL


def test_an_entry_that_cannot_be_read_now_is_known_from_head() -> None:
    found = read_worktree(FakeGit({**FILES, "openmind/meta.yml": "a: [\n"}, FILES))
    assert found.snapshot.kept == {OPENMIND: "openmind/meta.yml"}


def test_a_working_tree_without_a_catalog_is_an_error() -> None:
    with pytest.raises(CatalogError):
        read_worktree(FakeGit({"README.md": ""}, FILES))
