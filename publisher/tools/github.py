"""The forge `github`, through github3.py.

A release is a draft until all its assets are there, since a published one may be immutable:
https://docs.github.com/en/code-security/supply-chain-security/understanding-your-software-supply-chain/immutable-releases
Running it again finds the draft, or the published release, and completes what is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from publisher.errors import Malformed, ReleaseError
from publisher.oci.digest import Digest
from publisher.ports.forge import ForgeRelease

if TYPE_CHECKING:
    from github3.exceptions import GitHubException

CONNECT_TIMEOUT = 10
"""Seconds until GitHub must have accepted a connection."""
READ_TIMEOUT = 60
"""Seconds until GitHub must have answered."""
MAX_RELEASES = 1_000
"""Newest releases that are searched for a draft; drafts cannot be found by their tag."""
MAX_ASSETS = 1_000
"""GitHub's own limit for one release."""
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9._-]+")
_AGAIN = "then run `publisher release` again; it takes up where this ended"
_FORBIDDEN, _LIMITED = 403, 429
_HINTS = {
    401: f"give a token that is valid, in the variable that `forge.token_env` names, {_AGAIN}",
    403: f"give the token the permission `contents: write` for this repository, {_AGAIN}",
    404: f"check `forge.repository` and that the token may see it, {_AGAIN}",
    422: f"look at what GitHub objects to, mend it, {_AGAIN}",
}
_ELSE = f"see whether GitHub answers (https://www.githubstatus.com), {_AGAIN}"
_WAIT = f"wait until GitHub's rate limit allows more requests, {_AGAIN}"


@dataclass(frozen=True, slots=True)
class GitHubForge:
    """Publishes releases of one repository, `owner/name`; `api` is the base of GitHub's REST interface.

    Raises:
        Malformed: the repository is not `owner/name`.
    """

    repository: str
    token: str = field(repr=False)
    api: str = "https://api.github.com"

    def __post_init__(self) -> None:
        if not _REPOSITORY.fullmatch(self.repository) or self.repository.endswith(("/.", "/..")):
            raise Malformed(
                f"{self.repository[:120]!r} is not a repository of GitHub", hint="write owner/name"
            )

    def publish(self, release: ForgeRelease) -> str:
        """Find or create the release, complete its assets, make it public; give its address.

        Raises:
            ReleaseError: GitHub refused or failed, or a published release differs.
        """
        if not self.token:
            raise ReleaseError("GitHub needs a token", where=self.repository, hint=_HINTS[401])
        with self._explained(release.tag):
            repository = self._connect()
            found = _published(repository, release.tag)
            if found is not None:
                self._check(found, release)
                return str(found.html_url)
            draft = _draft(repository, release.tag) or self._create(repository, release)
            _describe(draft, release)
            _upload_missing(draft, release.assets)
            _edit(draft, draft=False)
            return str(draft.html_url)

    def _connect(self) -> Any:
        from github3 import GitHub
        from github3.session import GitHubSession

        session = GitHubSession(default_connect_timeout=CONNECT_TIMEOUT, default_read_timeout=READ_TIMEOUT)
        session.base_url = self.api.rstrip("/")
        owner, _, name = self.repository.partition("/")
        return GitHub(token=self.token, session=session).repository(owner, name)

    @staticmethod
    def _create(repository: Any, release: ForgeRelease) -> Any:
        return repository.create_release(
            release.tag, target_commitish=release.commit, name=release.title, body=release.notes, draft=True
        )

    def _check(self, found: Any, release: ForgeRelease) -> None:
        """Refuse a published release that lacks an asset: it may be immutable, and people trust it."""
        there = {asset.name: asset for asset in islice(found.assets(), MAX_ASSETS)}
        wrong = [
            name
            for name, content in sorted(release.assets.items())
            if name not in there or not _same(there[name], content, trusting=True)
        ]
        if wrong:
            raise ReleaseError(
                "the published release lacks files, or holds others under their names",
                where=f"{self.repository} {release.tag}",
                detail="\n".join(wrong),
                hint="find out who published it; delete the release and its tag at GitHub, then run "
                "`publisher release` again",
            )

    @contextmanager
    def _explained(self, tag: str) -> Iterator[None]:
        from github3.exceptions import GitHubException

        where = f"{self.repository} {tag}"
        try:
            yield
        except GitHubException as error:
            raise self._refused(error, where) from error
        except OSError as error:  # github3 lets errors of requests through where it sends PATCH
            raise ReleaseError(
                "GitHub cannot be reached", where=where, detail=self._masked(str(error)), hint=_ELSE
            ) from error

    def _refused(self, error: GitHubException, where: str) -> ReleaseError:
        response = getattr(error, "response", None)
        if response is None:
            return ReleaseError(
                "GitHub cannot be reached, or answers something else than GitHub",
                where=where,
                detail=self._masked(str(error)),
                hint=_ELSE,
            )
        status = int(response.status_code)
        hint = _WAIT if _is_rate_limit(status, response.headers) else _HINTS.get(status, _ELSE)
        said = [str(error), *map(str, getattr(error, "errors", ()))]
        detail = self._masked("\n".join(said))
        return ReleaseError(f"GitHub answered {status}", where=where, detail=detail, hint=hint)

    def _masked(self, text: str) -> str:
        return text.replace(self.token, "***")[:2000]


def _published(repository: Any, tag: str) -> Any:
    from github3.exceptions import NotFoundError

    try:
        return repository.release_from_tag(tag)
    except NotFoundError:
        return None


def _draft(repository: Any, tag: str) -> Any:
    """Find the oldest draft for a tag: a run that was killed leaves one, two at once leave two."""
    drafts = [
        item for item in islice(repository.releases(), MAX_RELEASES) if item.draft and item.tag_name == tag
    ]
    return min(drafts, key=lambda item: item.id, default=None)


def _describe(draft: Any, release: ForgeRelease) -> None:
    if (draft.name, draft.body, draft.target_commitish) != (release.title, release.notes, release.commit):
        _edit(draft, name=release.title, body=release.notes, target_commitish=release.commit)


def _edit(release: Any, **changes: str | bool) -> None:
    if not release.edit(**changes):  # github3 answers False to a 404
        raise ReleaseError(
            "the draft of the release disappeared",
            where=str(release.html_url),
            hint=f"see who deletes drafts, {_AGAIN}",
        )


def _upload_missing(draft: Any, assets: Mapping[str, bytes]) -> None:
    there = {asset.name: asset for asset in islice(draft.assets(), MAX_ASSETS)}
    for name, content in sorted(assets.items()):
        if name in there:
            if _same(there[name], content, trusting=False):
                continue
            there[name].delete()
        draft.upload_asset(_media_type(name), name, content)


def _same(asset: Any, content: bytes, *, trusting: bool) -> bool:
    """Compare by digest; an old server gives none, then the size decides if `trusting`."""
    if asset.state != "uploaded" or asset.size != len(content):
        return False
    digest = asset.as_dict().get("digest")
    return trusting if digest is None else bool(digest == Digest.of(content))


def _media_type(name: str) -> str:
    return "application/json" if name.endswith(".json") else "application/octet-stream"


def _is_rate_limit(status: int, headers: Mapping[str, str]) -> bool:
    spent = headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in headers
    return status == _LIMITED or (status == _FORBIDDEN and spent)
