"""One publisher at a time for each staging prefix."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from publisher.errors import PublisherBusy
from publisher.tools.publisher_lock import hold

STAGING = "ghcr.io/us/staging"


def test_a_second_publisher_is_told_of_the_first(tmp_path: Path) -> None:
    with (
        hold(tmp_path / "new" / "locks", STAGING),
        pytest.raises(PublisherBusy, match=f"another publisher works on {STAGING}") as caught,
        hold(tmp_path / "new" / "locks", STAGING),
    ):
        pytest.fail("two publishers at once")
    assert f"process {os.getpid()}" in caught.value.where
    assert caught.value.exit_code == 7


def test_the_lock_is_free_again_afterwards_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), hold(tmp_path, STAGING):
        raise ZeroDivisionError
    with hold(tmp_path, STAGING):
        pass


def test_other_prefixes_have_other_locks(tmp_path: Path) -> None:
    with hold(tmp_path, STAGING), hold(tmp_path, "ghcr.io/them/../staging"):
        assert len(list(tmp_path.iterdir())) == 2
    assert all(path.parent == tmp_path for path in tmp_path.rglob("*"))


def test_a_process_that_is_killed_holds_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys\n"
        "from publisher.tools.publisher_lock import hold\n"
        "with hold(pathlib.Path(sys.argv[1]), sys.argv[2]):\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path), STAGING], check=False)
    assert ended.returncode == -9
    (file,) = tmp_path.iterdir()
    assert file.read_text().strip().isdigit(), "it did hold it"
    with hold(tmp_path, STAGING):
        assert file.read_text() == f"{os.getpid()}\n"
