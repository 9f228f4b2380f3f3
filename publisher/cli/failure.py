"""The end of a run that did not go well: every exception becomes a message and an exit code."""

from __future__ import annotations

import errno
import os
import select
from pathlib import Path
from typing import TextIO

from publisher.cli.console import Console
from publisher.cli.output import Unwritable
from publisher.cli.style import Style, paint
from publisher.errors import PublisherError

INTERRUPTED = 130
TERMINATED = 143
READER_GONE = 141
"""128 + the signal's number, as shells report SIGINT, SIGTERM and SIGPIPE."""
BUG = 1
_FULL = {errno.ENOSPC, errno.EDQUOT}


class Terminated(KeyboardInterrupt):
    """SIGTERM: the same way out as Ctrl-C, another exit code."""


def report(error: BaseException, console: Console, folder: Path | None) -> int:
    """Tell a person what went wrong and give the exit code; `folder` is where a bug's traceback is kept."""
    code = exit_code(error, console)
    try:
        _tell(error, code, console, folder)
    except (BrokenPipeError, Unwritable):  # nobody listens any more; the code still says it
        silence(console)
    return code


def exit_code(error: BaseException, console: Console) -> int:
    """Give the code of the phase that failed, or of the signal that ended the run."""
    match error:
        case PublisherError():
            return error.exit_code
        case Terminated():
            return TERMINATED
        case KeyboardInterrupt():
            return INTERRUPTED
        case BrokenPipeError() if _reader_gone(console.out.stream) or _reader_gone(console.err.stream):
            return READER_GONE
        case _:
            return BUG


def _tell(error: BaseException, code: int, console: Console, folder: Path | None) -> None:
    match error:
        case PublisherError():
            console.error(error)
            if isinstance(error, Unwritable):
                silence(console)
        case KeyboardInterrupt():
            line = "stopped; the same command goes on where this one was"
            console.err.say(paint(line, Style.WARN) if console.err.colour else line)
        case OSError() if error.errno in _FULL:
            console.error(_disk_full(error, folder))
        case _ if code == READER_GONE:
            silence(console)
        case _:
            _bug(error, console, folder)


def silence(console: Console) -> None:
    """Point closed streams nowhere, or the interpreter complains when it flushes them at its end."""
    for stream in (console.out.stream, console.err.stream):
        if _reader_gone(stream) or _is_stuck(stream):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _reader_gone(stream: TextIO) -> bool:
    """Ask the kernel whether anybody reads the other end of a pipe."""
    try:
        poll = select.poll()
        poll.register(stream.fileno(), select.POLLOUT)
        return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))
    except (OSError, ValueError):  # not a real file, or closed
        return False


def _is_stuck(stream: TextIO) -> bool:
    """Tell whether a stream holds what it cannot get rid of."""
    try:
        stream.flush()
    except OSError:
        return True
    except ValueError:  # closed
        return False
    return False


def _disk_full(error: OSError, folder: Path | None) -> PublisherError:
    import tempfile

    place = str(error.filename or folder or tempfile.gettempdir())
    return PublisherError(
        "disk full",
        where=place,
        detail=str(error.strerror or ""),
        hint="free space there, or set TMPDIR to a larger disk, and run the same command again",
    )


def _bug(error: BaseException, console: Console, folder: Path | None) -> None:
    import traceback

    trace = "".join(traceback.format_exception(error))
    if console.verbose:
        console.err.say(trace)
    kept = _keep(trace, folder)
    if kept is None and not console.verbose:
        console.err.say(trace)
    hint = f"please report it with {kept or 'the traceback above'}"
    detail = f"{type(error).__name__}: {error}"
    console.error(PublisherError("this is a bug in publisher", detail=detail, hint=hint))


def _keep(trace: str, folder: Path | None) -> Path | None:
    """Write a traceback where only its owner reads it; None where even that is impossible."""
    import tempfile

    for place in (folder, None):
        try:
            handle, name = tempfile.mkstemp(prefix="publisher-bug-", suffix=".txt", dir=place, text=True)
            with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
                file.write(trace)
            return Path(name)
        except OSError:
            continue
    return None
