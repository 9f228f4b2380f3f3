"""Running programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import BuildError, MissingTool
from publisher.ports.progress import Progress
from publisher.tools.process import SHOWN_LINES, Completed, Runner

WORDS: Mapping[str, Any] = {
    "error": BuildError,
    "what": "it failed",
    "where": "cann:1 linux/amd64",
    "hint": "do it again",
    "timeout": 60.0,
}


class Heard(Progress):
    """Keeps the commands."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []

    def command(self, argv: Sequence[str]) -> None:
        self.commands.append(list(argv))


def runner(**environment: str) -> Runner:
    return Runner(Progress(), {"PATH": os.environ["PATH"], **environment})


def python(code: str, **options: Any) -> Completed:
    return runner().run([sys.executable, "-c", code], **{**WORDS, **options})


def is_gone(pid: int) -> bool:
    """Tell whether a process ended; one that nobody has reaped yet has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def wait_until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    while not true():
        pause.wait(0.01)


def test_both_streams_come_back() -> None:
    done = python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)", check=False)
    assert done == Completed(3, b"out\n", b"err")


def test_much_on_both_streams_at_once_does_not_block() -> None:
    code = "import sys\nfor n in range(20000): print('o' * 99); print('e' * 99, file=sys.stderr)"
    assert len(python(code).stdout) == 2_000_000


def test_input_is_fed_while_output_is_read() -> None:
    data = os.urandom(3_000_000)
    assert runner().run(["cat"], input=data, **WORDS).stdout == data


def test_a_program_need_not_read_its_input() -> None:
    assert python("print('done')", input=b"x" * 3_000_000).stdout == b"done\n"


def test_without_input_there_is_none() -> None:
    assert python("import sys; print(len(sys.stdin.read()))").stdout == b"0\n"


def test_no_shell_reads_the_arguments() -> None:
    assert runner().run(["echo", "$HOME;`id`"], **WORDS).stdout == b"$HOME;`id`\n"


def test_a_missing_program_says_what_to_do() -> None:
    with pytest.raises(MissingTool) as caught:
        runner().run(["no-such-program-here"], **WORDS)
    assert caught.value.lines() == [
        "there is no program `no-such-program-here` – cann:1 linux/amd64",
        "  → run `make setup`, or put it on PATH",
    ]


def test_a_directory_that_is_not_there_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="cannot be started"):
        runner().run(["true"], cwd=tmp_path / "none", **WORDS)


def test_a_failure_shows_the_last_lines_cleaned_and_masked() -> None:
    code = "import sys\nfor n in range(99): print(f'\\x1b[31mline {n} hunter2', file=sys.stderr)\nsys.exit(7)"
    with pytest.raises(BuildError) as caught:
        python(code, secrets=["hunter2"])
    lines = caught.value.detail.splitlines()
    assert lines[0] == f"line {99 - SHOWN_LINES} ***"
    assert lines[-2:] == ["line 98 ***", f"{Path(sys.executable).name}: exit code 7"]
    assert (caught.value.what, caught.value.where, caught.value.hint) == (
        "it failed",
        WORDS["where"],
        "do it again",
    )


def test_a_failure_without_errors_shows_the_output() -> None:
    with pytest.raises(BuildError, match="only here"):
        python("print('only here'); raise SystemExit(1)")


def test_a_signal_is_named() -> None:
    with pytest.raises(BuildError, match="ended by signal 9"):
        python("import os; os.kill(os.getpid(), 9)")


def test_too_much_output_is_an_error_and_ends_the_program() -> None:
    with pytest.raises(BuildError, match="more than 1000 bytes"):
        python("while True: print('x' * 99)", max_output=1000)


def test_an_endless_line_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    python("import sys; sys.stderr.write('x' * 1000000)", log=log)
    assert max(map(len, log.read_text().splitlines())) <= 4096


def test_a_timeout_is_the_callers_error() -> None:
    with pytest.raises(BuildError, match=r"did not end within 0\.2 s"):
        runner().run(["sleep", "60"], **{**WORDS, "timeout": 0.2})


@pytest.mark.parametrize("kind", [KeyboardInterrupt, ValueError])
def test_an_exception_ends_the_program_and_what_it_started(kind: type[BaseException]) -> None:
    heard: list[int] = []

    def interrupt(line: str) -> None:
        heard.append(int(line))
        raise kind

    with pytest.raises(kind):
        runner().run(["sh", "-c", "sleep 600 & echo $! >&2; wait"], on_line=interrupt, **WORDS)
    wait_until(lambda: is_gone(heard[0]))


def test_stop_ends_running_programs_and_starts_no_more() -> None:
    running = runner()
    with pytest.raises(BuildError, match="ended by signal 9"):
        running.run(["sh", "-c", "echo ready >&2; sleep 600"], on_line=lambda _: running.stop(), **WORDS)
    with pytest.raises(BuildError, match="not started"):
        running.run(["true"], **WORDS)


def test_a_program_left_in_the_background_is_not_waited_for() -> None:
    done = runner().run(["sh", "-c", "sleep 600 & echo $!"], **WORDS)
    os.kill(int(done.stdout), signal.SIGKILL)


def test_a_program_sees_few_variables() -> None:
    running = runner(
        COSIGN_PASSWORD="a", DOCKER_HOST="b", HUB_TOKEN="c", GIT_DIR="d", HOME="/h", https_proxy="p"
    )
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    done = running.run([sys.executable, "-c", code], env={"DOCKER_HOST": "mine"}, **WORDS)
    seen = {
        name: value for name, value in json.loads(done.stdout).items() if name not in ("PATH", "LC_CTYPE")
    }
    assert seen == {"HOME": "/h", "https_proxy": "p", "DOCKER_HOST": "mine"}
    assert running.picked("HUB_TOKEN", "NOT_SET") == {"HUB_TOKEN": "c"}


def test_a_program_is_found_on_the_given_path_only(tmp_path: Path) -> None:
    with pytest.raises(MissingTool):
        Runner(Progress(), {"PATH": str(tmp_path)}).run(["true"], **WORDS)


def test_the_command_is_shown_without_secrets() -> None:
    heard = Heard()
    Runner(heard, os.environ).run(["echo", "--password=hunter2"], secrets=["hunter2"], **WORDS)
    assert heard.commands == [["echo", "--password=***"]]


def test_log_and_listener_get_the_lines(tmp_path: Path) -> None:
    heard: list[str] = []
    log = tmp_path / "new" / "log"
    code = "import sys; sys.stderr.write('\\x1b[1mone hunter2\\n\\ntwo'); print('not this')"
    python(code, log=log, on_line=heard.append, secrets=["hunter2"])
    assert heard == ["one ***", "", "two"]
    assert log.read_text() == "one ***\n\ntwo\n"


def test_a_log_that_cannot_be_written_is_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="its log cannot be written"):
        python("pass", log=tmp_path)
    with pytest.raises(BuildError, match="No space left on device"):
        python("import sys; sys.stderr.write('x')", log=Path("/dev/full"))


def test_children_die_with_us(tmp_path: Path) -> None:
    """A publisher that is killed with -9 leaves no program behind that still writes somewhere."""
    script = tmp_path / "killed.py"
    note = tmp_path / "child"
    script.write_text(
        "import os, signal, threading, time\n"
        "from publisher.errors import BuildError\n"
        "from publisher.ports.progress import Progress\n"
        "from publisher.tools.process import Runner\n"
        "words = ['sh', '-c', 'echo $$ > \"$0\"; exec sleep 60', " + repr(str(note)) + "]\n"
        "runner = Runner(Progress(), os.environ)\n"
        "call = dict(error=BuildError, what='', where='', hint='', timeout=60)\n"
        "threading.Thread(target=lambda: runner.run(words, **call)).start()\n"
        f"note = {str(note)!r}\n"
        "while not os.path.exists(note) or not open(note).read().strip(): time.sleep(0.01)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n",
        encoding="utf-8",
    )
    subprocess.run([sys.executable, str(script)], check=False, timeout=30)
    child = int(note.read_text())
    deadline = time.monotonic() + 10
    while is_running(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_running(child)


def is_running(process: int) -> bool:
    """Tell whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
