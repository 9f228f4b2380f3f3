"""One stream, many threads."""

from __future__ import annotations

import io
from threading import Thread

from publisher.cli.commands import Command
from publisher.cli.output import Output


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_foreign_text_is_neutralised_line_by_line() -> None:
    stream = io.StringIO()
    Output(stream).say("a\x1b[2J\nb\r\nc", "")
    assert stream.getvalue() == "a\\x1b[2J\nb\nc\n\n"


def test_commands_appear_in_actions_only() -> None:
    plain, actions = io.StringIO(), io.StringIO()
    for output in (Output(plain), Output(actions, actions=True)):
        output.say("::set-env name=A::b", Command("::group::x"), "y")
    assert plain.getvalue() == "::set-env name=A::b\ny\n"
    assert actions.getvalue() == "| ::set-env name=A::b\n::group::x\ny\n"


def test_lines_of_one_call_stay_together() -> None:
    stream = io.StringIO()
    output = Output(stream)
    threads = [Thread(target=output.say, args=[str(n)] * 50) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 400
    assert all(len(set(lines[start : start + 50])) == 1 for start in range(0, 400, 50))


def test_a_document_is_unchanged_in_a_pipe_and_neutralised_on_a_terminal() -> None:
    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        Output(stream, actions=True).document('{"a": "\x9b"}')
    assert pipe.getvalue() == '{"a": "\x9b"}'
    assert terminal.getvalue() == '{"a": "\\x9b"}\n'


def test_diverted_lines_are_neutralised_too() -> None:
    stream, above = io.StringIO(), list[str]()
    output = Output(stream)
    with output.diverted(above.append):
        output.say("a\x07", "b")
    output.say("c")
    assert (above, stream.getvalue()) == (["a\\x07\nb"], "c\n")
