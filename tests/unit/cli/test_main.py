"""The entry: options, verbs, exit codes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from publisher import __version__
from publisher.cli.main import main
from publisher.cli.surroundings import Surroundings
from publisher.cli.verbs import VERBS
from publisher.errors import BuildError

Body = Callable[[argparse.Namespace, Surroundings], int]


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Callable[[Body], None]:
    """Put a body in the place of the verb `plan`."""

    def configure(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--repo", type=Path, default=Path())
        parser.add_argument("words", nargs="*")
        parser.epilog = "examples:\n  publisher plan"

    def plant(body: Body) -> None:
        module = ModuleType(VERBS["plan"].module)
        vars(module).update(configure=configure, run=body)
        monkeypatch.setitem(sys.modules, VERBS["plan"].module, module)

    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return plant


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in VERBS)
    assert "examples:" in out


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"publisher {__version__}\n"


def test_no_verb_and_an_unknown_one_are_usage_errors(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "arguments are required: COMMAND\n" in capsys.readouterr().err
    assert main(["plam"]) == 2
    assert capsys.readouterr().err == "error: unknown command 'plam'\n  → did you mean `publisher plan`?\n"


def test_a_verb_gets_its_options_and_surroundings(plan: Callable[[Body], None]) -> None:
    seen: list[tuple[argparse.Namespace, Surroundings]] = []

    def body(options: argparse.Namespace, surroundings: Surroundings) -> int:
        seen.append((options, surroundings))
        return 3

    plan(body)
    assert main(["plan", "--repo", "x", "a", "-v"]) == 3
    options, surroundings = seen[0]
    flags = {"quiet": False, "verbose": True, "no_color": False}
    assert vars(options) == {"repo": Path("x"), "words": ["a"], **flags}
    assert surroundings.cwd == Path.cwd()
    assert surroundings.console.verbose
    assert surroundings.now().utcoffset() is not None


@pytest.mark.parametrize("words", ["--quiet plan a", "plan --quiet a", "-q plan -q a"])
def test_global_options_stand_on_either_side(words: str, plan: Callable[[Body], None]) -> None:
    plan(lambda options, _: 10 + options.quiet)
    assert main(words.split()) == 11


def test_a_verbs_help_has_examples(plan: Callable[[Body], None], capsys: pytest.CaptureFixture[str]) -> None:
    plan(lambda *_: 1)
    assert main(["plan", "--help"]) == 0
    out = capsys.readouterr().out
    assert "usage: publisher plan" in out
    assert "Show what merging would build" in out
    assert out.endswith("examples:\n  publisher plan\n")
    assert "--no-color" in out


def test_errors_become_messages_and_codes(
    plan: Callable[[Body], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object) -> int:
        raise BuildError("build failed", hint="look at it")

    plan(broken)
    assert main(["plan"]) == 4
    assert capsys.readouterr().err == "error: build failed\n  → look at it\n"


def test_anything_else_is_a_bug_without_a_traceback(
    plan: Callable[[Body], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    plan(lambda *_: {}["missing"])  # type: ignore[index]
    assert main(["plan"]) == 1
    err = capsys.readouterr().err
    assert "this is a bug in publisher" in err
    assert "Traceback" not in err
    assert len(list(tmp_path.glob("publisher-bug-*.txt"))) == 1


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_ctrl_c_and_sigterm(
    number: int, code: int, plan: Callable[[Body], None], request: pytest.FixtureRequest
) -> None:
    ignored = signal.signal(signal.SIGINT, signal.default_int_handler)  # as what a shell starts with & has it
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, ignored))

    def body(*_: object) -> int:
        os.kill(os.getpid(), number)
        return 0

    plan(body)
    before = signal.getsignal(signal.SIGTERM)
    assert main(["plan"]) == code
    assert signal.getsignal(signal.SIGTERM) is before


def test_annotations_name_files_from_the_workspace(
    plan: Callable[[Body], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    roots: list[str] = []

    def body(_: argparse.Namespace, surroundings: Surroundings) -> int:
        roots.append(surroundings.console.root)
        return 0

    plan(body)
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    for repo in (tmp_path / "catalog", tmp_path, tmp_path.parent):
        main(["plan", "--repo", str(repo)])
    assert roots == ["catalog", "", ""]
