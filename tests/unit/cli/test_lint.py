"""The verb: formats, exit codes, pages."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from publisher.cli.main import main
from publisher.lint.pages import PAGES
from tests.unit.lint.case import FILES, SETTINGS

Capture = pytest.CaptureFixture[str]
Catalog = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def catalog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalog:
    """Write a small sound catalog with changes into a git repository, and commit it."""
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)

    def write(changes: Mapping[str, str]) -> Path:
        for path, text in {**FILES, **changes}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(str(text))
        me = ("-c", "user.name=me", "-c", "user.email=me@example.org")
        for words in (("init", "--quiet"), ("add", "--all"), (*me, "commit", "--quiet", "-m", "Begin")):
            subprocess.run(["git", "-C", tmp_path, *words], check=True)
        return tmp_path

    return write


def lint(folder: Path, *words: str) -> int:
    return main(["lint", "--repo", str(folder), *words])


def test_a_sound_catalog(catalog: Catalog, capsys: Capture) -> None:
    assert lint(catalog({})) == 0
    assert capsys.readouterr().out == "no problems\n"


def test_errors_give_exit_code_2_and_warnings_do_not(catalog: Catalog, capsys: Capture) -> None:
    folder = catalog({"hello/2/Dockerfile": "FROM scratch\n"})
    assert lint(folder) == 0
    out = capsys.readouterr().out
    assert out.startswith("hello/2/Dockerfile:1:1: warning: ")
    assert "\n1 warning in 1 file (L001: 1)\n" in out
    (folder / "hello/meta.yml").write_text("v1: {path: Dockerfil}\n")
    assert lint(folder) == 2
    out = capsys.readouterr().out
    assert "hello/meta.yml:1:1: error: there is no file hello/Dockerfil [P005]\n" in out
    assert "  → did you mean `Dockerfile`?\n" in out


def test_the_working_tree_or_a_commit(catalog: Catalog, capsys: Capture) -> None:
    folder = catalog({})
    (folder / "hello/meta.yml").write_text("v1: [\n")
    assert lint(folder, "--head", "HEAD") == 0
    assert lint(folder) == 2


def test_one_json_document(catalog: Catalog, capsys: Capture) -> None:
    assert lint(catalog({"hello/meta.yml": "v1: {}\n"}), "--format", "json") == 2
    document = json.loads(capsys.readouterr().out)
    assert document["schema_version"] == 1
    (problem,) = document["problems"]
    assert (problem["rule"], problem["line"], problem["column"]) == ("M006", 1, 5)


@pytest.mark.parametrize("wrong", [
    {"publisher.yml": SETTINGS + "surprise: 1\n"},
    {"publisher.lock": "version: 1\nbases: []\n"},
])  # fmt: skip
def test_wrong_settings_and_locks_are_problems_in_every_format(
    wrong: Mapping[str, str], catalog: Catalog, capsys: Capture
) -> None:
    folder = catalog(wrong)
    (path,) = wrong
    shown = {}
    for form in ("text", "json", "github", "sarif"):
        assert lint(folder, "--format", form) == 2
        shown[form] = capsys.readouterr().out
    assert shown["text"].startswith(f"{path}:")
    assert shown["github"].startswith(f"::error file={path},line=")
    assert json.loads(shown["json"])["problems"][0]["file"] == path
    assert len(json.loads(shown["sarif"])["runs"][0]["results"]) == 1


def test_annotations_name_files_from_the_workspace(
    catalog: Catalog, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = catalog({"hello/2/Dockerfile": "FROM scratch\n"})
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder.parent))
    assert lint(folder, "--format", "github") == 0
    assert f"::warning file={folder.name}/hello/2/Dockerfile,line=1,col=1," in capsys.readouterr().out


@pytest.mark.parametrize("form", ["text", "json", "sarif"])
def test_a_folder_that_is_no_catalog(form: str, tmp_path: Path, capsys: Capture) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    (tmp_path / "README.md").write_text("# Nothing\n")
    assert lint(tmp_path, "--format", form) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "there is no publisher.yml" in shown.err


def test_a_page(capsys: Capture) -> None:
    assert main(["lint", "--explain", "l001"]) == 0
    page = capsys.readouterr().out
    assert page.startswith("L001 UndeclaredDockerfile (warning)\n")
    assert "Wrong:" in page
    assert "To mend it: " in page
    assert main(["lint", "--explain", "UndeclaredDockerfile"]) == 0
    assert capsys.readouterr().out == page


def test_all_pages(capsys: Capture) -> None:
    assert main(["lint", "--explain"]) == 0
    listed = capsys.readouterr().out
    assert [line.split()[0] for line in listed.splitlines()] == list(PAGES)
    assert main(["lint", "--explain", "all"]) == 0
    assert capsys.readouterr().out == listed


@pytest.mark.parametrize(
    ("asked", "near"), [("M0031", "M003"), ("FloatingTags", "FloatingTag"), ("\x1b]", "")]
)
def test_an_unknown_rule_names_the_nearest(asked: str, near: str, capsys: Capture) -> None:
    assert main(["lint", "--explain", asked]) == 2
    shown = capsys.readouterr().err
    assert (f"did you mean {near}? " if near else "→ `--explain all`") in shown
    assert "\x1b" not in shown


def test_the_help_names_all(capsys: Capture) -> None:
    assert main(["lint", "--help"]) == 0
    assert "`all`" in capsys.readouterr().out
