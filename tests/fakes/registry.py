"""A registry in memory that keeps the port's promises, a log of what it was asked, and faults on order."""

from __future__ import annotations

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from threading import RLock

from publisher import codec
from publisher.errors import (
    DigestMismatch,
    Malformed,
    NotFound,
    PublisherError,
    RegistryError,
    RegistryUnreachable,
)
from publisher.oci.descriptor import OCI_INDEX, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import is_tag
from publisher.ports.registry import OpenAt, Placement
from publisher.transfer.capabilities import Capabilities
from publisher.transfer.figures import Traffic

_PIECE = 1024 * 1024
_WRITES = frozenset({"put_manifest", "put_blob", "place_blob", "add_referrer", "enter_referrers"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One call: the port's method, and what it was about (a tag or a digest)."""

    method: str
    repository: str = ""
    reference: str = ""

    @property
    def writes(self) -> bool:
        """Tell whether the call changes the registry."""
        return self.method in _WRITES


class FakeRegistry:
    """Implements `publisher.ports.registry`.

    `strict`: a manifest whose blobs or children are missing is refused, as distribution does.
    `down`: nobody answers.  `on_request` hears of each call first and may raise.
    """

    def __init__(
        self,
        host: str = "registry.test",
        *,
        referrers_api: bool = True,
        strict: bool = True,
        mounts: bool = True,
    ) -> None:
        self._host = host
        self.referrers_api = referrers_api
        self.strict = strict
        self.mounts = mounts
        self.down = False
        self.requests: list[Asked] = []
        self.on_request: Callable[[Asked], None] = lambda _: None
        self.manifests: defaultdict[str, dict[Digest, Manifest]] = defaultdict(dict)
        self.tagged: defaultdict[str, dict[str, Digest]] = defaultdict(dict)
        self.blobs: defaultdict[str, dict[Digest, bytes]] = defaultdict(dict)
        self._faults: defaultdict[str, deque[PublisherError]] = defaultdict(deque)
        self._lock = RLock()

    def fail_next(self, method: str, error: PublisherError, times: int = 1) -> None:
        """Let the next calls of a method fail."""
        if not callable(getattr(self, method, None)):
            raise AttributeError(method)  # noqa: TRY004
        self._faults[method].extend([error] * times)

    @property
    def writes(self) -> list[Asked]:
        """Give the calls that changed something, or tried to."""
        return [one for one in self.requests if one.writes]

    @property
    def host(self) -> str:
        """Give the host."""
        return self._host

    def ping(self) -> None:
        """Answer."""
        self._ask("ping")

    def head_manifest(self, repository: str, reference: str) -> Descriptor | None:
        """Look a manifest up."""
        self._ask("head_manifest", repository, reference)
        found = self._find(repository, reference)
        return Descriptor(found.media_type, found.digest, found.size) if found else None

    def get_manifest(self, repository: str, reference: str) -> Manifest:
        """Give a manifest."""
        self._ask("get_manifest", repository, reference)
        if found := self._find(repository, reference):
            return found
        raise NotFound("there is no such manifest", where=self._where(repository, reference))

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        """Store a manifest."""
        self._ask("put_manifest", repository, reference)
        with self._lock:
            return self._store(repository, reference, manifest)

    def has_blob(self, repository: str, digest: Digest) -> bool:
        """Look a blob up."""
        self._ask("has_blob", repository, digest)
        return digest in self.blobs[repository]

    def open_blob(
        self, repository: str, blob: Descriptor, start: int = 0
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Give a blob."""
        return self._open(repository, blob, start)

    def put_blob(
        self,
        repository: str,
        blob: Descriptor,
        open_source: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        """Store a blob."""
        self._ask("put_blob", repository, blob.digest)
        with open_source() as chunks:
            content = b"".join(_checked(chunks, blob, self._host))
        self.blobs[repository][blob.digest] = content

    def place_blob(
        self, repository: str, blob: Descriptor, open_source: OpenAt, mount_from: str | None = None
    ) -> Placement:
        """Take a blob over from a repository that has it, else store it; `put_blob` is heard of then."""
        self._ask("place_blob", repository, blob.digest)
        content = self.blobs[mount_from].get(blob.digest) if mount_from and self.mounts else None
        if content is not None:
            self.blobs[repository][blob.digest] = content
            return Placement.MOUNTED
        self.put_blob(repository, blob, lambda: open_source(0))
        return Placement.SENT

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List referrers."""
        self._ask("referrers", repository, digest)
        with self._lock:
            if not self.referrers_api:
                index = self._find(repository, digest.fallback_tag)
                return index.manifests if index else ()
            stored = self.manifests[repository].values()
            return tuple(one.descriptor for one in stored if one.subject and one.subject.digest == digest)

    def add_referrer(self, repository: str, manifest: Manifest) -> None:
        """Store a referrer."""
        self._ask("add_referrer", repository, manifest.digest)
        if manifest.subject is None:
            raise Malformed(f"manifest {manifest.digest} has no subject")
        with self._lock:
            self._store(repository, manifest.digest, manifest)
            if not self.referrers_api:
                self._enter(repository, manifest.subject.digest.fallback_tag, manifest.descriptor)

    def enter_referrers(
        self, repository: str, subject: Digest, referrers: Sequence[Manifest], *, fresh: bool = False
    ) -> None:
        """Enter stored referrers into the list of their subject."""
        self._ask("enter_referrers", repository, subject)
        if not self.referrers_api:
            with self._lock:
                if fresh:
                    self.tagged[repository].pop(subject.fallback_tag, None)
                for manifest in referrers:
                    self._enter(repository, subject.fallback_tag, manifest.descriptor)

    @property
    def capabilities(self) -> Capabilities:
        """Say what it was made to support."""
        return Capabilities(referrers_api=self.referrers_api, mounts=self.mounts)

    @property
    def traffic(self) -> Traffic:
        """Count the calls."""
        return Traffic(len(self.requests))

    def tags(self, repository: str) -> tuple[str, ...]:
        """List tags."""
        self._ask("tags", repository)
        return tuple(sorted(self.tagged[repository]))

    def _ask(self, method: str, repository: str = "", reference: str = "") -> None:
        asked = Asked(method, repository, str(reference))
        with self._lock:
            self.requests.append(asked)
        self.on_request(asked)
        if self.down:
            raise RegistryUnreachable("the registry does not answer", where=self._host)
        if self._faults[method]:
            raise self._faults[method].popleft()

    def _find(self, repository: str, reference: str) -> Manifest | None:
        digest = self.tagged[repository].get(reference) if is_tag(reference) else Digest(reference)
        return self.manifests[repository].get(digest) if digest else None

    def _store(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        if not is_tag(reference) and Digest(reference) != manifest.digest:
            raise DigestMismatch(
                "a manifest is not what it should be", where=self._where(repository, reference)
            )
        missing = [one for one in manifest.blobs if one.digest not in self.blobs[repository]]
        missing += [one for one in manifest.manifests if one.digest not in self.manifests[repository]]
        if missing and self.strict:
            detail = f"MANIFEST_BLOB_UNKNOWN {missing[0].digest}"
            raise RegistryError(
                "the registry refused", where=self._where(repository, reference), detail=detail
            )
        self.manifests[repository][manifest.digest] = manifest
        if is_tag(reference):
            self.tagged[repository][reference] = manifest.digest
        return manifest.descriptor

    def _enter(self, repository: str, tag: str, entry: Descriptor) -> None:
        index = self._find(repository, tag)
        listed = codec.parse(index.raw)["manifests"] if index else []
        if all(one["digest"] != entry.digest for one in listed):
            plain = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [*listed, entry.to_plain()]}
            self._store(repository, tag, parse_manifest(codec.canonical(plain)))

    @contextmanager
    def _open(self, repository: str, blob: Descriptor, skip: int = 0) -> Iterator[Iterator[bytes]]:
        self._ask("open_blob", repository, blob.digest)
        content = self.blobs[repository].get(blob.digest)
        if content is None:
            raise NotFound("there is no such blob", where=self._where(repository, blob.digest))
        pieces = (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))
        yield _skipping(_checked(pieces, blob, self._host), skip)

    def _where(self, repository: str, reference: str) -> str:
        return f"{self._host}/{repository}{':' if is_tag(reference) else '@'}{reference}"


def _skipping(chunks: Iterator[bytes], skip: int) -> Iterator[bytes]:
    for chunk in chunks:
        yield chunk[skip:]
        skip = max(0, skip - len(chunk))


def _checked(chunks: Iterator[bytes], blob: Descriptor, where: str) -> Iterator[bytes]:
    seen, length = hashlib.sha256(), 0
    held: bytes | None = None
    for chunk in chunks:
        if held is not None:
            yield held
        held = chunk
        seen.update(chunk)
        length += len(chunk)
    if length != blob.size or seen.hexdigest() != blob.digest.hex:
        raise DigestMismatch(f"blob {blob.digest} is not what it should be", where=where)
    if held is not None:
        yield held
