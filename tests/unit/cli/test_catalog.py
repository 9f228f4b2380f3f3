"""`publisher catalog`."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.cli import repository as repositories
from publisher.cli.main import main
from publisher.errors import UsageError
from tests.fakes.git import FakeGit
from tests.unit.catalog.openmind_stack import FILES

GOLDEN = Path(__file__).parents[2] / "golden" / "cli"
CANN = "cann:ubuntu-python3.9-cann8.0.rc2.beta1"


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


class Terminal(io.StringIO):
    """Standard output on a terminal."""

    def isatty(self) -> bool:
        return True


def repository(monkeypatch: pytest.MonkeyPatch, files: Mapping[str, str], head: Mapping[str, str]) -> None:
    monkeypatch.setattr(repositories, "open_git", lambda *_: FakeGit(files, head))


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> None:
    repository(monkeypatch, FILES, {**FILES, "meta/os/meta.yml": "debian: Dockerfile\n"})


def golden(name: str, text: str) -> None:
    """Compare with a golden file; UPDATE_GOLDEN=1 writes it, to be reviewed."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.usefixtures("stack")
def test_the_whole_catalog(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog"]) == 0
    out = capsys.readouterr().out
    golden("catalog.txt", out)
    assert "\x1b" not in out


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("name", ["cann:latest", CANN])
def test_the_chain_around_a_tag_by_any_of_its_names(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", name, "--format", "tree"]) == 0
    golden("catalog-tree.txt", capsys.readouterr().out)


@pytest.mark.usefixtures("stack")
def test_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "cann:cann8.0.rc2.beta1-oe2203sp4", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == ["schema_version", "commit", "targets", "problems"]
    assert document["commit"] == "WORKTREE"
    by_name = {f"{one['image']}:{one['tag']}": one for one in document["targets"]}
    assert [name.partition(":")[0] for name in by_name][:3] == ["os", "python", "cann"]
    cann = by_name["cann:openeuler-python3.9-cann8.0.rc2.beta1"]
    assert cann["parents"] == ["python:openeuler-python3.9"] == [cann["base"]]
    assert "mindspore:openeuler-python3.9-cann8.0.rc2.beta1-mindspore2.3.1" in cann["children"]
    assert cann["aliases"] == ["cann8.0.rc2.beta1-oe2203sp4"]
    assert (cann["file"], cann["line"]) == ("meta/cann/meta.yml", 2)
    assert cann["combination"] == {"os": "openeuler", "python": "3.9", "cann": "8.0.rc2.beta1"}
    assert cann["platforms"] == ["linux/amd64", "linux/arm64"]
    assert by_name["os:openeuler"]["bases"] == ["docker.io/openeuler/openeuler:22.03-lts-sp4"]
    assert all(one["plannable"] for one in document["targets"])


@pytest.mark.usefixtures("stack")
def test_an_image_is_all_its_tags_and_what_is_around_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "mindspore", "--format", "json"]) == 0
    targets = json.loads(capsys.readouterr().out)["targets"]
    assert len([one for one in targets if one["image"] == "mindspore"]) == 3
    assert {one["image"] for one in targets} == {"os", "python", "cann", "mindspore", "openmind"}


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("name", "nearest"), [("can", "cann"), ("cann:lates", "cann:latest")])
def test_an_unknown_name_is_answered_with_the_nearest(
    name: str, nearest: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["catalog", name]) == UsageError.exit_code == 2
    captured = capsys.readouterr()
    assert not captured.out
    assert f"error: the catalog declares no '{name}'" in captured.err
    assert f"did you mean {nearest}?" in captured.err


@pytest.mark.usefixtures("stack")
def test_a_commit(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "os", "--head", "HEAD", "--format", "json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["commit"] == "1" * 40
    assert [one["tag"] for one in document["targets"] if one["image"] == "os"] == ["debian"]


def test_what_cannot_be_planned_is_shown_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(monkeypatch, {**FILES, "meta/pytorch/Dockerfile": "FRM x\n"}, FILES)
    assert main(["catalog", "pytorch"]) == 0
    captured = capsys.readouterr()
    assert "pytorch2.2.0  (latest, has a problem)" in captured.out
    assert "6 errors in these images: `publisher lint` shows them\n" in captured.err
    assert main(["catalog", "os:ubuntu"]) == 0
    assert "has a problem" not in capsys.readouterr().out.replace("pytorch", "")[:300]


def test_an_image_of_a_wrong_matrix_is_answered_with_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = FILES["meta/pytorch/meta.yml"].replace("exclude:", "exclued:")
    repository(monkeypatch, {**FILES, "meta/pytorch/meta.yml": wrong}, FILES)
    assert main(["catalog", "pytorch"]) == 2
    assert "meta/pytorch/meta.yml:6:5: unknown key `exclued`" in capsys.readouterr().err


def test_on_a_terminal_the_name_asked_for_stands_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository(monkeypatch, FILES, FILES)
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setenv("TERM", "xterm")
    assert main(["catalog", "cann:latest", "--format", "tree"]) == 0
    assert f"\x1b[1m{CANN}\x1b[0m" in terminal.getvalue()


def test_a_tag_with_several_parents_stands_below_the_last_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stages = "FROM docker.io/ascendai/os:openeuler AS x\nFROM docker.io/ascendai/cann:latest\n"
    both = f"{stages}COPY --from=x /a /b\n"
    repository(monkeypatch, {**FILES, "meta/mindspore/Dockerfile": both}, FILES)
    assert main(["catalog", "mindspore:openeuler-python3.8-mindspore2.3.0rc1", "--format", "tree"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if "2.3.0rc1" in line]
    assert len(lines) == 1
    assert lines[0].endswith("  also on os:openeuler")


def test_a_cycle_is_shown_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    loop = FILES["meta/os/meta.yml"].replace("internal: true", "base: pytorch:latest")
    using = "ARG BASE\nFROM $BASE\n"
    repository(
        monkeypatch,
        {**FILES, "meta/os/meta.yml": loop, "meta/os/ubuntu/Dockerfile": using},
        FILES,
    )
    assert main(["catalog", "--format", "tree"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("os:ubuntu" in line.split("also on")[0] for line in lines) == 1
    assert sum(CANN in line.split("also on")[0] for line in lines) == 1
