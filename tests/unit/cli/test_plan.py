"""`publisher plan`, offline: cost by records that lie here, explanations, exit codes."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from publisher import codec
from publisher.cli import plan as verb
from publisher.cli.main import main
from publisher.oci.platform import Platform
from publisher.plan.figures import Contents
from publisher.plan.markdown import MARKER
from tests.fakes.history import FakeHistory
from tests.unit.notes.releases import FIRST, image, platform, released
from tests.unit.plan.five_layers import CANN, FILES, OPENMIND, replaced

AMD64, BASE = Platform("linux/amd64"), f"{1:040x}"


@pytest.fixture(autouse=True)
def _history(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "NO_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    git = FakeHistory()
    git.commit(dict(FILES))
    git.commit({**FILES, **replaced("cann/ubuntu/Dockerfile", "RUN sh", "RUN sh -e")})
    monkeypatch.setattr(verb, "open_git", lambda *_: git)


def record(path: Path, sequence: int = 1) -> Path:
    """Write a record of CANN that took four minutes."""
    one = replace(platform("cann", AMD64), seconds=240.0)
    kept = replace(released(image(CANN, "cann", one)), contents=Contents(2, 5, 1_000_000, 7, 1_000))
    path.write_bytes(codec.canonical(replace(FIRST, sequence=sequence, images=(kept,), moves=())))
    return path


def plan(*words: str) -> int:
    return main(["plan", "--offline", "--base", BASE, *words])


def test_offline_the_cost_is_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan() == 0
    assert "\ncost: unknown (offline: " in capsys.readouterr().out
    assert plan("--format", "markdown") == 0
    text = capsys.readouterr().out
    assert text.startswith(MARKER)
    assert "\n**Cost:** unknown (offline: " in text
    assert plan("--format", "json") == 0
    assert "cost" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("folder", [False, True])
def test_records_that_lie_here_tell_the_cost(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folder: bool
) -> None:
    file = record(tmp_path / "1.json")
    assert plan("--records", str(tmp_path if folder else file)) == 0
    assert "\ncost: about 4 min of building without 3 of 4 builds that are new; " in capsys.readouterr().out
    assert plan("--format", "json", "--records", str(file)) == 0
    cost = json.loads(capsys.readouterr().out)["cost"]
    assert (cost["seconds"], cost["builds"], cost["unknown"]) == (240.0, 4, 3)


def test_an_empty_folder_tells_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan("--records", str(tmp_path)) == 0
    assert "\ncost: build minutes unknown (nothing like it was released yet); " in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"sequence": "x"}'])
def test_what_is_no_record_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    file = tmp_path / "bad.json"
    file.write_bytes(content)
    assert plan("--records", str(file)) == 2
    assert "bad.json" in capsys.readouterr().err


def test_a_missing_file_and_too_many_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert plan("--records", str(tmp_path / "nowhere.json")) == 2
    assert "nowhere.json" in capsys.readouterr().err
    for number in range(51):
        (tmp_path / f"{number}.json").touch()
    assert plan("--records", str(tmp_path)) == 2
    assert "51 files are too many" in capsys.readouterr().err


def test_an_explanation_in_text_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan("--explain", OPENMIND) == 0
    assert f"because of {CANN}: dockerfile-changed cann/ubuntu/Dockerfile" in capsys.readouterr().out
    assert plan("--explain", "cann:latest", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["fate"] == "built"
    assert plan("--explain", "cann") == 0, "an image with one tag is as good as the tag"
    assert capsys.readouterr().out.startswith(f"{CANN} is built")


def test_an_unknown_name_is_exit_2_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert plan("--explain", "cann:latst") == 2
    assert "did you mean cann:latest?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--explain", ""), "`--explain` names no target"),
        (("--explain", OPENMIND, "--format", "markdown"), "`--explain` has no Markdown form"),
    ],
)
def test_what_an_explanation_cannot_do_is_refused(
    words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert plan(*words) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert said in shown.err
