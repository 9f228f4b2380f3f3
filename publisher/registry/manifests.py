"""Manifests of one registry: their bytes are checked against every digest that is named for them."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from publisher.errors import DigestMismatch, Malformed, NotFound, RegistryError
from publisher.oci.descriptor import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
)
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.registry.address import checked_reference, path_of
from publisher.registry.auth import pull_scope, push_scope
from publisher.registry.capabilities import Learned
from publisher.registry.refusals import Reply, clean, refuse
from publisher.registry.retry import Transient
from publisher.registry.session import Call, Session
from publisher.registry.unsupported import REFUSALS, explained, lacks_blobs

_ACCEPT = {"Accept": f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_INDEX}, {DOCKER_MANIFEST}"}
_FOUND_OR_NOT = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})
_WRITTEN = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.ACCEPTED})
_KNOWN = INDEX_TYPES | MANIFEST_TYPES


class Manifests:
    """Read and write manifests through a session."""

    def __init__(self, session: Session, learned: Learned) -> None:
        self._session = session
        self._learned = learned

    def head(self, repository: str, reference: str) -> Descriptor | None:
        """Ask what a tag or digest is; None when it is not there."""
        reply = self._session.ask(self._call("HEAD", repository, reference, expected=_FOUND_OR_NOT))
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        promised = _promised(reply.headers, self._where(repository, reference))
        kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        length = reply.headers.get("Content-Length", "")
        if promised is None or kind not in _KNOWN or not length.isdigit():
            found = self.find(repository, reference)
            return found.descriptor if found else None
        self._compare(repository, reference, promised)
        return Descriptor(kind, promised, int(length))

    def get(self, repository: str, reference: str) -> Manifest:
        """Read a manifest.

        Raises:
            NotFound: it is not there.
            DigestMismatch: the bytes are not what the reference or header promises.
        """
        if found := self.find(repository, reference):
            return found
        raise NotFound("there is no such manifest", where=self._where(repository, reference))

    def find(self, repository: str, reference: str) -> Manifest | None:
        """Read a manifest; None when it is not there."""
        reply = self._session.ask(self._call("GET", repository, reference, expected=_FOUND_OR_NOT))
        if reply.status == HTTPStatus.NOT_FOUND:
            return None
        digest = Digest.of(reply.body)
        self._compare(repository, reference, digest)
        if (promised := _promised(reply.headers, self._where(repository, reference))) and promised != digest:
            raise self._mismatch(
                repository, reference, f"the header promises {promised}, the bytes have {digest}"
            )
        return self._parsed(reply, self._where(repository, reference))

    def put(self, repository: str, reference: str, manifest: Manifest) -> Reply:
        """Write a manifest under a tag or its digest and check the digest that comes back."""
        self._compare(repository, reference, manifest.digest)
        reply = self._session.retried(lambda: self._written(repository, reference, manifest))
        returned = _promised(reply.headers, self._where(repository, reference))
        if returned and returned != manifest.digest:
            raise self._mismatch(
                repository, reference, f"sent {manifest.digest}, the registry stored {returned}"
            )
        self._learned.learn_written(manifest, reply)
        return reply

    def _written(self, repository: str, reference: str, manifest: Manifest) -> Reply:
        call = self._call(
            "PUT",
            repository,
            reference,
            body=manifest.raw,
            expected=_WRITTEN | REFUSALS,
            headers={"Content-Type": manifest.media_type},
        )
        reply = self._session.once(call)
        if reply.status in _WRITTEN:
            return reply
        error = refuse(self._session.asked(call.method, call.url), reply)
        if not isinstance(error, RegistryError):
            raise error
        if lacks_blobs(reply):  # docker-registry 2 does not see a blob that is just being sent once more
            raise Transient(error)
        raise explained(self._learned, manifest, reference, reply, error)

    def _call(
        self,
        method: str,
        repository: str,
        reference: str,
        *,
        expected: frozenset[int],
        headers: Mapping[str, str] = _ACCEPT,
        body: bytes | None = None,
    ) -> Call:
        path = path_of(self._session.host, repository)
        scope = push_scope(path) if method == "PUT" else pull_scope(path)
        url = f"{self._session.base}/v2/{path}/manifests/{checked_reference(reference)}"
        return Call(method, url, frozenset({scope}), headers, body, expected)

    def _parsed(self, reply: Reply, where: str) -> Manifest:
        served = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        try:
            manifest = parse_manifest(reply.body, served if served in _KNOWN else "")
        except Malformed as error:
            raise RegistryError(
                "what the registry sent is not a manifest", where=where, detail=error.what
            ) from error
        if served in _KNOWN and served != manifest.media_type:
            raise RegistryError(
                "a manifest is served as another type than it says itself",
                where=where,
                detail=clean(f"served as {served}, says {manifest.media_type}"),
            )
        return manifest

    def _compare(self, repository: str, reference: str, digest: Digest) -> None:
        if ":" in reference and reference != digest:
            raise self._mismatch(repository, reference, f"its bytes have the digest {digest}")

    def _mismatch(self, repository: str, reference: str, detail: str) -> DigestMismatch:
        return DigestMismatch(
            "a manifest is not what it should be", where=self._where(repository, reference), detail=detail
        )

    def _where(self, repository: str, reference: str) -> str:
        return f"{self._session.host}/{repository}{'@' if ':' in reference else ':'}{reference}"


def _promised(headers: Mapping[str, str], where: str) -> Digest | None:
    text = headers.get("Docker-Content-Digest", "")
    try:
        return Digest(text) if text else None
    except Malformed as error:
        raise DigestMismatch(
            "the registry names a digest that is none", where=where, detail=clean(text)
        ) from error
