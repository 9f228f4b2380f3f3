"""Every way in which a run can end badly."""

from __future__ import annotations

import errno
import io
import os
import re
from pathlib import Path

import pytest

from publisher import errors
from publisher.cli.console import Console, make_console
from publisher.cli.failure import Terminated, report
from publisher.cli.output import Unwritable
from publisher.errors import (
    AttestError,
    BuildError,
    CatalogError,
    PlanError,
    PublisherError,
    RegistryError,
    ReleaseError,
)


def console(*, verbose: bool = False) -> Console:
    return make_console({}, io.StringIO(), io.StringIO(), verbose=verbose)


def said(console: Console) -> str:
    assert isinstance(console.err.stream, io.StringIO)
    return console.err.stream.getvalue()


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (CatalogError, 2), (PlanError, 3), (BuildError, 4), (errors.TestError, 5),
        (AttestError, 6), (RegistryError, 7), (ReleaseError, 8),
    ],
)  # fmt: skip
def test_our_errors_say_which_phase_failed(kind: type[PublisherError], code: int) -> None:
    shown = console(verbose=True)
    assert report(kind("it failed"), shown, None) == code
    assert said(shown) == "error: it failed\n"


def test_interruption_is_one_line() -> None:
    for error, code in ((KeyboardInterrupt(), 130), (Terminated(), 143)):
        shown = console()
        assert report(error, shown, None) == code
        assert said(shown) == "stopped; the same command goes on where this one was\n"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_names_the_place(number: int) -> None:
    shown = console()
    assert report(OSError(number, "No space left on device", "/data/run/log"), shown, None) == 1
    assert said(shown).splitlines() == [
        "error: disk full – /data/run/log",
        "  | No space left on device",
        "  → free space there, or set TMPDIR to a larger disk, and run the same command again",
    ]


def test_a_bug_leaves_its_traceback_in_a_file(tmp_path: Path) -> None:
    shown = console()
    assert report(_raised(), shown, tmp_path) == 1
    message = said(shown)
    assert message.startswith("error: this is a bug in publisher\n  | KeyError: 'MISSING'\n")
    assert "Traceback" not in message
    found = re.search(r"please report it with (\S+)", message)
    assert found is not None
    kept = Path(found[1])
    assert kept.parent == tmp_path
    assert "KeyError" in kept.read_text()
    assert kept.stat().st_mode & 0o077 == 0


def test_a_bug_shows_its_traceback_when_verbose(tmp_path: Path) -> None:
    shown = console(verbose=True)
    report(_raised(), shown, tmp_path)
    assert "Traceback (most recent call last)" in said(shown)


def test_a_bug_is_shown_where_it_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    shown = console()
    assert report(_raised(), shown, tmp_path / "missing") == 1
    assert "Traceback (most recent call last)" in said(shown)
    assert "with the traceback above" in said(shown)


def test_a_reader_that_left_is_no_reason_for_words() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stream:
        shown = make_console({}, stream, io.StringIO())
        assert report(BrokenPipeError(errno.EPIPE, "Broken pipe"), shown, None) == 141
        stream.write("goes nowhere now")
    assert said(shown) == ""


def test_the_code_is_kept_when_nobody_reads_the_message() -> None:
    for error, code in (
        (BuildError("no"), 4),
        (KeyboardInterrupt(), 130),
        (OSError(errno.ENOSPC, "full"), 1),
    ):
        read, write = os.pipe()
        os.close(read)
        with os.fdopen(write, "w") as stream:
            assert report(error, make_console({}, io.StringIO(), stream), None) == code


def test_another_broken_pipe_is_a_bug(tmp_path: Path) -> None:
    shown = console()
    assert report(BrokenPipeError(errno.EPIPE, "Broken pipe"), shown, tmp_path) == 1
    assert "this is a bug" in said(shown)


def test_output_that_cannot_be_written_is_no_bug() -> None:
    with Path("/dev/full").open("w") as stream:
        shown = make_console({}, stream, io.StringIO())
        with pytest.raises(Unwritable) as caught:
            shown.print("x")
        assert report(caught.value, shown, None) == 1
        stream.write("goes nowhere now")
    assert said(shown).splitlines() == [
        "error: the output could not be written",
        "  | No space left on device",
        "  → see where it leads: to a file on a full disk, or a device that takes nothing",
    ]


def test_the_code_is_kept_when_the_message_cannot_be_written() -> None:
    with Path("/dev/full").open("w") as stream:
        assert report(BuildError("no"), make_console({}, io.StringIO(), stream), None) == 4


def _raised() -> KeyError:
    try:
        os.environ["MISSING"]
    except KeyError as error:
        return error
    raise AssertionError
