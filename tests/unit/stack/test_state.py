"""What a stack remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stack.faults import StackError
from tests.stack.state import ProcessId, load_state, open_state

LONGEST_SOCKET = 107


def test_ports_and_sockets_stay_when_a_directory_is_opened_again(tmp_path: Path) -> None:
    first = open_state(tmp_path / "one", ("staging", "hub"))
    first.processes["hub"] = ProcessId(7, 99)
    first.save()
    assert open_state(tmp_path / "one", ("staging", "hub")) == first == load_state(tmp_path / "one")
    assert len(set(first.ports.values())) == len(first.ports) == 2


def test_sockets_fit_however_long_the_directory_is(tmp_path: Path) -> None:
    state = open_state(tmp_path / ("x" * 150), ())
    longest = state.sockets / "exec" / "containerd" / "containerd-debug.sock.ttrpc"
    assert len(str(longest)) <= LONGEST_SOCKET


def test_a_directory_without_a_stack_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"python -m tests\.stack up"):
        load_state(tmp_path)
