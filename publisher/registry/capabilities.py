"""What a registry was seen to support; found out by asking, once for each client."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from publisher.oci.descriptor import OCI_INDEX
from publisher.registry.refusals import Reply, codes

_REPOSITORY_MISSING = frozenset({"NAME_UNKNOWN", "MANIFEST_UNKNOWN"})


@dataclass(slots=True)
class Capabilities:
    """`referrers_api`: None until an answer tells."""

    referrers_api: bool | None = None

    def learn_referrers(self, reply: Reply) -> None:
        """Take note of an answer to `GET /v2/<name>/referrers/<digest>`.

        A 404 that says the *repository* is missing tells nothing: taken for a missing API it would
        make us write fallback tags to a registry that never reads them.
        """
        if self.referrers_api is not None:
            return
        kind = reply.headers.get("Content-Type", "").partition(";")[0].strip()
        if reply.status == HTTPStatus.OK and kind == OCI_INDEX:
            self.referrers_api = True
        elif not (reply.status == HTTPStatus.NOT_FOUND and codes(reply.body) & _REPOSITORY_MISSING):
            self.referrers_api = False
