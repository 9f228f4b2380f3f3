"""The cache of what plans read: only what is whole and ours is taken."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.tools import plan_cache
from publisher.tools.plan_cache import PlanCache

TEXTS = {"dockerfile 1 [[]]": 'facts\n["FROM", [], "ä\\n", []]', "nodes 2": "null", "nodes 3": ""}
REPO = Path("/somewhere/images")


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}


@pytest.fixture
def file(environment: dict[str, str], tmp_path: Path) -> Path:
    """The one file of a filled cache."""
    fill(environment)
    [found] = (tmp_path / "cache/publisher/plan").iterdir()
    return found


def fill(environment: dict[str, str], repository: Path = REPO, **more: str) -> None:
    cache = PlanCache(environment, repository)
    for key, text in {**TEXTS, **more}.items():
        cache.put(key, text)
    cache.save()


def found(environment: dict[str, str], repository: Path = REPO) -> dict[str, str]:
    cache = PlanCache(environment, repository)
    texts = {key: cache.get(key) for key in (*TEXTS, "more")}
    return {key: text for key, text in texts.items() if text is not None}


def test_texts_come_back(environment: dict[str, str], file: Path) -> None:
    assert found(environment) == TEXTS
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_nothing_is_written_without_news(environment: dict[str, str], file: Path) -> None:
    file.write_bytes(before := file.read_bytes())
    cache = PlanCache(environment, REPO)
    assert cache.get("nodes 2") == "null"
    cache.save()
    assert file.read_bytes() == before


def test_a_second_run_adds_to_the_first(environment: dict[str, str], file: Path) -> None:
    fill(environment, more="x")
    assert found(environment) == {**TEXTS, "more": "x"}
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_another_repository_and_other_code_have_another_file(
    environment: dict[str, str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(environment, Path("/elsewhere")) == {}
    monkeypatch.setattr(plan_cache, "_code", lambda: "changed")
    assert found(environment) == {}


def test_every_cut_and_every_flipped_byte_is_noticed(environment: dict[str, str], file: Path) -> None:
    whole = file.read_bytes()
    for place in range(len(whole)):
        file.write_bytes(whole[:place])
        assert found(environment) == {}
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert found(environment) == {}
    file.write_bytes(whole + b"x")
    assert found(environment) == {}
    file.write_bytes(whole)
    assert found(environment) == TEXTS


def test_a_damaged_file_is_replaced(environment: dict[str, str], file: Path) -> None:
    file.write_bytes(b"\xff" * 100)
    fill(environment)
    assert found(environment) == TEXTS


def open_file(file: Path) -> None:
    file.chmod(0o620)


def open_folder(file: Path) -> None:
    file.parent.chmod(0o750)


def link_file(file: Path) -> None:
    file.rename(file.with_suffix(".real"))
    file.symlink_to(file.with_suffix(".real"))


def link_folder(file: Path) -> None:
    folder = file.parent
    folder.rename(folder.with_name("real"))
    folder.symlink_to("real")


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def no_folder(file: Path) -> None:
    file.unlink()
    file.parent.rmdir()
    file.parent.write_text("a file")


@pytest.mark.parametrize("spoil", [open_file, open_folder, link_file, link_folder, pipe, no_folder])
def test_what_others_could_have_written_is_not_taken(
    environment: dict[str, str], file: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(file)
    assert found(environment) == {}
    fill(environment)  # and writing does not fail either


def test_what_belongs_to_another_user_is_not_taken(
    environment: dict[str, str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert found(environment) == {}
    file.unlink()
    fill(environment)
    assert not file.exists()


def test_the_size_is_bounded(
    environment: dict[str, str], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_cache, "MAX_FILE", 4096)
    monkeypatch.setattr(plan_cache, "MAX_ALL", 6000)
    fill(environment, more="x" * 4000)
    assert found(environment) == TEXTS
    fill(environment, more="x" * 5000)
    assert found(environment) == TEXTS
    os.utime(file, (1, 1))
    for number in range(4):
        fill(environment, Path(f"/other/{number}"), more="x" * 2500)
    left = list(file.parent.iterdir())
    assert sum(path.stat().st_size for path in left) <= 6000
    assert file not in left
    assert found(environment, Path("/other/3"))["more"] == "x" * 2500


@pytest.mark.parametrize("variables", [{}, {"HOME": "relative"}, {"XDG_CACHE_HOME": "relative"}])
def test_without_a_home_there_is_no_cache(
    variables: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fill(variables)
    assert found(variables) == {}
    assert list(tmp_path.iterdir()) == []
