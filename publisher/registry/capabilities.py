"""What a registry was seen to support; found out from its answers, once for each client."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus
from threading import Lock

from publisher.oci.descriptor import OCI_INDEX, OCI_MANIFEST
from publisher.oci.manifest import Manifest
from publisher.registry.refusals import Reply, codes
from publisher.transfer.capabilities import Capabilities

_REPOSITORY_MISSING = frozenset({"NAME_UNKNOWN", "MANIFEST_UNKNOWN"})


class Learned:
    """Capabilities that grow with the answers; shared by threads."""

    def __init__(self, known: Capabilities | None = None) -> None:
        self.now = known or Capabilities()
        self._lock = Lock()

    def learn(self, **facts: bool) -> None:
        """Take note of facts, by the names of the capabilities."""
        with self._lock:
            self.now = replace(self.now, **facts)

    def learn_referrers(self, reply: Reply) -> None:
        """Take note of an answer to `GET /v2/<name>/referrers/<digest>`.

        A 404 that says the *repository* is missing tells nothing: taken for a missing API it would
        make us write fallback tags to a registry that never reads them.
        """
        if self.now.referrers_api is not None:
            return
        kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        if reply.status == HTTPStatus.OK and kind == OCI_INDEX:
            self.learn(referrers_api=True)
        elif not (reply.status == HTTPStatus.NOT_FOUND and codes(reply.body) & _REPOSITORY_MISSING):
            self.learn(referrers_api=False)

    def learn_written(self, manifest: Manifest, reply: Reply) -> None:
        """Take note of the answer to the PUT of a manifest: `OCI-Subject` comes with the API."""
        subject, needed = manifest.subject, ability(manifest)
        if subject and not self.now.referrers_api and reply.headers.get("OCI-Subject") == subject.digest:
            self.learn(referrers_api=True)
        if needed and not getattr(self.now, needed):
            self.learn(**{needed: True})


def ability(manifest: Manifest) -> str | None:
    """Name the capability that a manifest needs most; None when every registry has it."""
    if manifest.subject or manifest.artifact_type:
        return "artifacts"
    if manifest.is_index:
        return "indexes"
    return "oci_types" if manifest.media_type == OCI_MANIFEST else None
