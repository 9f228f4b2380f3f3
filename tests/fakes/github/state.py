"""What GitHub remembers about one repository's releases, and the rules it applies.

The double's clock counts seconds from a fixed time, so that nothing depends on the day.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")
START = datetime(2026, 1, 1, tzinfo=UTC)


class Refusal(Exception):
    """An answer that is not a success."""

    def __init__(self, status: int, message: str, *errors: dict[str, str]) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors


@dataclass
class Asset:
    """A file of a release; `complete` is False after an upload that broke off."""

    id: int
    name: str
    label: str | None
    content_type: str
    content: bytes
    time: str
    complete: bool = True

    @property
    def digest(self) -> str:
        """Give the digest that GitHub computes."""
        return "sha256:" + hashlib.sha256(self.content).hexdigest()


@dataclass
class Release:
    """A release; a draft has no tag yet, whatever its `tag_name`."""

    id: int
    tag_name: str
    target_commitish: str
    name: str | None
    body: str | None
    draft: bool
    prerelease: bool
    created: str
    published: str | None = None
    immutable: bool = False
    assets: list[Asset] = field(default_factory=list)


class Releases:
    """The releases of one repository; `commits` are those that the repository has."""

    def __init__(self, *, immutable: bool) -> None:
        self.immutable = immutable
        self.commits: set[str] = {"main"}
        self.tags: dict[str, str] = {}
        self._releases: list[Release] = []
        self._next = 0

    def all(self) -> list[Release]:
        """Give every release, drafts too, newest first."""
        return sorted(self._releases, key=lambda release: -release.id)

    def get(self, number: int) -> Release:
        """Find a release by its number."""
        return _one([item for item in self._releases if item.id == number])

    def by_tag(self, tag: str) -> Release:
        """Find a published release; drafts cannot be found this way."""
        return _one([item for item in self._releases if item.tag_name == tag and not item.draft])

    def create(self, given: dict[str, Any]) -> Release:
        """Create a release, a draft if asked."""
        if not given.get("tag_name"):
            raise Refusal(422, "Validation Failed", _error("Release", "missing_field", "tag_name"))
        number, time = self._tick()
        release = Release(
            number,
            given["tag_name"],
            given.get("target_commitish", "main"),
            given.get("name"),
            given.get("body"),
            draft=True,
            prerelease=given.get("prerelease", False),
            created=time,
        )
        self._check(release)
        if not given.get("draft", False):
            self._publish(release)
        self._releases.append(release)
        return release

    def edit(self, release: Release, given: dict[str, Any]) -> Release:
        """Change a release; a published immutable one lets only its title and notes be changed."""
        fixed = {"tag_name", "target_commitish"} & given.keys()
        if release.immutable and any(given[key] != getattr(release, key) for key in fixed):
            raise Refusal(422, "Validation Failed", _error("Release", "immutable", "tag_name"))
        for key in ("tag_name", "target_commitish", "name", "body", "prerelease"):
            if key in given:
                setattr(release, key, given[key])
        self._check(release)
        if release.draft and given.get("draft") is False:
            self._publish(release)
        return release

    def delete(self, release: Release) -> None:
        """Delete a release; its tag stays."""
        self._releases.remove(release)

    def upload(self, release: Release, asset: dict[str, Any]) -> Asset:
        """Add a file."""
        if release.immutable:
            raise Refusal(422, "Cannot upload assets to an immutable release.")
        if not asset.get("name"):
            raise Refusal(422, "Validation Failed", _error("ReleaseAsset", "missing_field", "name"))
        if any(other.name == asset["name"] for other in release.assets):
            raise Refusal(422, "Validation Failed", _error("ReleaseAsset", "already_exists", "name"))
        number, time = self._tick()
        made = Asset(number, time=time, **asset)
        release.assets.append(made)
        return made

    def asset(self, number: int) -> tuple[Release, Asset]:
        """Find a file by its number."""
        return _one([(item, asset) for item in self._releases for asset in item.assets if asset.id == number])

    def delete_asset(self, number: int) -> None:
        """Delete a file."""
        release, asset = self.asset(number)
        if release.immutable:
            raise Refusal(422, "Cannot delete assets from an immutable release.")
        release.assets.remove(asset)

    def _check(self, release: Release) -> None:
        if release.target_commitish not in self.commits:
            raise Refusal(422, "Validation Failed", _error("Release", "invalid", "target_commitish"))
        others = [item for item in self._releases if item is not release and not item.draft]
        if any(item.tag_name == release.tag_name for item in others):
            raise Refusal(422, "Validation Failed", _error("Release", "already_exists", "tag_name"))

    def _publish(self, release: Release) -> None:
        self.tags.setdefault(release.tag_name, release.target_commitish)
        release.published = self._tick()[1]
        release.draft, release.immutable = False, self.immutable

    def _tick(self) -> tuple[int, str]:
        self._next += 1
        return self._next, (START + timedelta(seconds=self._next)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _one(found: list[T]) -> T:
    if not found:
        raise Refusal(404, "Not Found")
    return found[0]


def _error(resource: str, code: str, name: str) -> dict[str, str]:
    return {"resource": resource, "code": code, "field": name}
