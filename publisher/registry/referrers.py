"""Referrers of a digest: by the API where there is one, else by the fallback tag.

After the distribution specification 1.1, "Listing Referrers" and "Pushing Manifests with Subject".
The fallback index belongs to everybody who writes referrers: entries and fields that others put
there are kept as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from publisher import codec
from publisher.errors import Malformed, RegistryError
from publisher.oci.descriptor import OCI_INDEX, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.registry.address import path_of
from publisher.registry.auth import pull_scope
from publisher.registry.capabilities import Learned
from publisher.registry.locks import KeyedLocks
from publisher.registry.manifests import Manifests
from publisher.registry.pages import pages
from publisher.registry.session import Call, Session

MAX_PAGES = 16
MAX_MERGES = 5
"""Times that a fallback index is written before we give up on those who overwrite it."""
_ANSWERS = frozenset({200, 400, 404, 405, 406, 410, 415, 501, *range(300, 400)})
"""With these a registry tells whether it has the API; redirects (GHCR) mean that it has not."""


class Referrers:
    """Read and write referrers through a session."""

    def __init__(self, session: Session, manifests: Manifests, learned: Learned) -> None:
        self._session = session
        self._manifests = manifests
        self._learned = learned
        self._locks = KeyedLocks()

    def list(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the referrers of a digest, each once."""
        if self._learned.now.referrers_api is not False:
            found = self._by_api(repository, digest)
            if self._learned.now.referrers_api:
                return found
        index = self._manifests.find(repository, digest.fallback_tag)
        return _unique(self._entries(index, repository)) if index else ()

    def add(self, repository: str, manifest: Manifest) -> None:
        """Write a referrer; where the registry has no list of its own, enter it into the fallback index."""
        if manifest.subject is None:
            raise Malformed(f"manifest {manifest.digest} has no subject")
        self._manifests.put(repository, manifest.digest, manifest)
        self._enter(repository, manifest.subject.digest, (manifest,), times=MAX_MERGES)

    def enter(
        self, repository: str, subject: Digest, referrers: Sequence[Manifest], *, fresh: bool = False
    ) -> None:
        """Let `list` give referrers of one subject that are written already.

        Whether somebody else overwrote them in the same moment is not looked at here: whoever
        relies on the list asks for it anyway, and enters them once more.
        """
        if referrers:
            self._enter(repository, subject, referrers, times=0 if fresh else 1)

    def _enter(self, repository: str, subject: Digest, referrers: Sequence[Manifest], *, times: int) -> None:
        if self._learned.now.referrers_api is None:
            self._by_api(repository, subject)
        if self._learned.now.referrers_api:
            return
        entries = [one.descriptor for one in referrers]
        with self._locks.of((repository, subject)):
            if times:
                self._merge(repository, subject.fallback_tag, entries, times)
            else:
                self._begin(repository, subject.fallback_tag, entries)

    def _by_api(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """Ask the API, and learn from the answer whether there is one; where there is none, give nothing."""
        path = path_of(self._session.host, repository)
        url = f"{self._session.base}/v2/{path}/referrers/{digest}"
        call = Call(
            "GET",
            url,
            frozenset({pull_scope(path)}),
            {"Accept": OCI_INDEX},
            expected=_ANSWERS,
            redirects=False,
        )
        found: list[Descriptor] = []
        for reply in pages(self._session, call, MAX_PAGES):
            self._learned.learn_referrers(reply)
            if not self._learned.now.referrers_api or reply.status != 200:
                return ()
            found += self._entries(self._parse(reply.body, repository), repository)
        return _unique(found)

    def _begin(self, repository: str, tag: str, entries: Sequence[Descriptor]) -> None:
        """Write the first index."""
        self._manifests.put(repository, tag, _with_entries(None, [entry.to_plain() for entry in entries]))

    def _merge(self, repository: str, tag: str, entries: Sequence[Descriptor], times: int) -> None:
        """Read, add, write, and read again: a writer elsewhere may have overwritten what we wrote."""
        wanted: dict[str, Any] = {str(entry.digest): entry.to_plain() for entry in entries}
        for _ in range(times):
            index = self._manifests.find(repository, tag)
            there = {str(one.digest) for one in self._entries(index, repository)} if index else set()
            if wanted.keys() <= there:
                return
            merged = _with_entries(index, [plain for digest, plain in wanted.items() if digest not in there])
            wanted = {str(plain["digest"]): plain for plain in codec.parse(merged.raw)["manifests"]}
            self._manifests.put(repository, tag, merged)
        if times > 1 and not self._holds(repository, tag, wanted):
            raise RegistryError(
                "somebody else keeps overwriting the list of referrers",
                where=f"{self._session.host}/{repository}:{tag}",
                hint="run one publisher at a time",
            )

    def _holds(self, repository: str, tag: str, wanted: dict[str, Any]) -> bool:
        index = self._manifests.find(repository, tag)
        return index is not None and wanted.keys() <= {
            str(one.digest) for one in self._entries(index, repository)
        }

    def _parse(self, raw: bytes, repository: str) -> Manifest:
        try:
            return parse_manifest(raw, OCI_INDEX)
        except Malformed as error:
            raise RegistryError(
                "the registry's list of referrers cannot be read",
                detail=error.what,
                where=f"{self._session.host}/{repository}",
            ) from error

    def _entries(self, index: Manifest, repository: str) -> tuple[Descriptor, ...]:
        if not index.is_index:
            raise RegistryError(
                "the registry's list of referrers is not an index", where=f"{self._session.host}/{repository}"
            )
        return index.manifests


def _with_entries(index: Manifest | None, entries: list[dict[str, Any]]) -> Manifest:
    """Add entries at the end of an index and change nothing else in it."""
    plain: dict[str, Any] = (
        codec.parse(index.raw) if index else {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}
    )
    plain["manifests"] = [*(plain.get("manifests") or []), *entries]
    return parse_manifest(codec.canonical(plain), index.media_type if index else OCI_INDEX)


def _unique(found: list[Descriptor] | tuple[Descriptor, ...]) -> tuple[Descriptor, ...]:
    return tuple({one.digest: one for one in reversed(found)}.values())[::-1]
