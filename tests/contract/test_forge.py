"""What every forge must do: the local directory, and GitHub (its double), mutable and immutable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import pytest

from publisher.errors import Malformed, ReleaseError
from publisher.ports.forge import Forge, ForgeRelease
from publisher.tools.github import GitHubForge
from publisher.tools.local_forge import LocalForge
from tests.fakes.github import GitHubDouble

COMMIT = "c" * 40
RELEASE = ForgeRelease(
    "r-7",
    COMMIT,
    "Release 7",
    "# Release 7\n\n“quoted” notes\n",
    {"record.json": b'{"n":7}', "plan.json": b"{}"},
)


class Subject(Protocol):
    """A forge, and a look at what people see of it."""

    @property
    def forge(self) -> Forge: ...
    def shown(self, tag: str) -> tuple[str, Mapping[str, bytes]]: ...
    def interrupt(self) -> None: ...
    def writes(self) -> int: ...


@dataclass
class LocalSubject:
    directory: Path

    @property
    def forge(self) -> LocalForge:
        return LocalForge(self.directory)

    def shown(self, tag: str) -> tuple[str, Mapping[str, bytes]]:
        files = {path.name: path.read_bytes() for path in (self.directory / tag).iterdir()}
        return files.pop("notes.md").decode(), files

    def interrupt(self) -> None:
        """Leave what a kill between two files leaves."""
        folder = self.directory / RELEASE.tag
        folder.mkdir(parents=True)
        (folder / "plan.json").write_bytes(b"{")

    def writes(self) -> int:
        return sum(path.stat().st_mtime_ns + path.stat().st_ino for path in self.directory.rglob("*"))


@dataclass
class GitHubSubject:
    double: GitHubDouble

    @property
    def forge(self) -> GitHubForge:
        return GitHubForge(self.double.repository, self.double.token, self.double.url)

    def shown(self, tag: str) -> tuple[str, Mapping[str, bytes]]:
        release = self.double.state.by_tag(tag)
        return release.body or "", {asset.name: asset.content for asset in release.assets if asset.complete}

    def interrupt(self) -> None:
        """Leave a draft with one broken upload."""
        state = self.double.state
        draft = state.create({"tag_name": RELEASE.tag, "target_commitish": COMMIT, "draft": True})
        broken = {"name": "plan.json", "label": None, "content_type": "application/json", "content": b"{}"}
        state.upload(draft, broken).complete = False

    def writes(self) -> int:
        return sum(exchange.method != "GET" for exchange in self.double.exchanges)


@pytest.fixture(params=["local", "github", "github-immutable"])
def subject(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Subject]:
    if request.param == "local":
        yield LocalSubject(tmp_path / "releases")
        return
    with GitHubDouble(immutable=request.param.endswith("immutable")) as double:
        double.state.commits.add(COMMIT)
        yield GitHubSubject(double)


def test_a_release_has_its_notes_and_assets(subject: Subject) -> None:
    assert subject.forge.publish(RELEASE)
    assert subject.shown("r-7") == (RELEASE.notes, RELEASE.assets)


def test_a_release_without_assets(subject: Subject) -> None:
    subject.forge.publish(replace(RELEASE, assets={}))
    assert subject.shown("r-7") == (RELEASE.notes, {})


def test_publishing_again_writes_nothing_and_gives_the_same_address(subject: Subject) -> None:
    first = subject.forge.publish(RELEASE)
    writes = subject.writes()
    assert subject.forge.publish(RELEASE) == first
    assert subject.writes() == writes


def test_releases_do_not_disturb_each_other(subject: Subject) -> None:
    other = replace(RELEASE, tag="r-8", notes="other", assets={"record.json": b"8"})
    assert subject.forge.publish(RELEASE) != subject.forge.publish(other)
    assert subject.shown("r-7") == (RELEASE.notes, RELEASE.assets)
    assert subject.shown("r-8") == ("other", {"record.json": b"8"})


def test_an_interrupted_release_is_completed(subject: Subject) -> None:
    subject.interrupt()
    subject.forge.publish(RELEASE)
    assert subject.shown("r-7") == (RELEASE.notes, RELEASE.assets)


@pytest.mark.parametrize(
    "name", ["../up", "a/b", "", ".", "..", "-rf", ".hidden", "a b", "a\n", "a\0", "x" * 101]
)
def test_a_name_that_could_leave_its_place_is_no_name(name: str) -> None:
    with pytest.raises(Malformed):
        replace(RELEASE, tag=name)
    with pytest.raises(Malformed):
        replace(RELEASE, assets={name: b""})


def test_notes_are_not_an_asset() -> None:
    with pytest.raises(Malformed):
        replace(RELEASE, assets={"notes.md": b""})


def test_a_forge_that_cannot_be_written_says_so(subject: Subject, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    closed = GitHubForge("acme/images", "secret-token", "http://127.0.0.1:9")
    forge: Forge = LocalForge(tmp_path / "file") if isinstance(subject, LocalSubject) else closed
    with pytest.raises(ReleaseError) as caught:
        forge.publish(RELEASE)
    assert caught.value.where
    assert caught.value.detail
    assert caught.value.hint
    assert "secret-token" not in str(caught.value)
