"""Software bills of materials with syft, the same bytes for the same image."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from pathlib import Path
from typing import Any

from publisher import codec
from publisher.errors import AttestError, Malformed
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.tools.process import Runner

MAX_SBOM = 64 * 1024 * 1024
"""Largest document that is taken from syft, in bytes."""
_TIMEOUT = 1800.0
_ENVIRONMENT = {
    "SYFT_CHECK_FOR_APP_UPDATE": "false",
    "SYFT_RELATIONSHIPS_PACKAGE_FILE_OWNERSHIP": "false",  # a tenth of the size for the same packages
}
_CREATED = "1980-01-01T00:00:00Z"
"""The `created` of every document: a real time would make the same image's SBOM differ from run to run."""
_NAMESPACE = "https://publisher.dev/spdx"
"""Start of `documentNamespace`, which must be unique for a document (SPDX 2.3, section 6.5)."""
_HINT = "check that the registry holds the image and has room on this disk for its layers, then run again"


class SyftGenerator:
    """Runs syft against a registry.

    `insecure_hosts` are those that speak plain HTTP; `docker_config` is the directory with credentials.
    """

    def __init__(
        self, runner: Runner, *, insecure_hosts: Collection[str] = (), docker_config: Path | None = None
    ) -> None:
        self._runner = runner
        self._insecure_hosts = frozenset(insecure_hosts)
        self._docker_config = docker_config

    def generate(self, reference: Reference, platform: Platform) -> bytes:
        """Give an SPDX 2.3 JSON document in canonical form; time and namespace come from the digest.

        Raises:
            AttestError: syft failed, with its last lines.
        """
        completed = self._runner.run(
            # Not with --quiet, which keeps the cause of a failure quiet as well.
            ["syft", "scan", f"registry:{reference.pinned}", "--output", "spdx-json", "--platform", platform],
            env=self._environment(reference), timeout=_TIMEOUT, max_output=MAX_SBOM, error=AttestError,
            what="syft could not list the packages", where=f"{reference.pinned} {platform}", hint=_HINT,
        )  # fmt: skip
        try:
            return codec.canonical(normalised(codec.parse(completed.stdout), reference, platform))
        except (Malformed, KeyError, TypeError, AttributeError) as error:
            raise AttestError(
                "syft's answer is not an SPDX document", where=reference.pinned, detail=repr(error),
                hint="use the pinned version of syft",
            ) from error  # fmt: skip

    def _environment(self, reference: Reference) -> dict[str, str]:
        plain = reference.repository.host in self._insecure_hosts
        config = {"DOCKER_CONFIG": str(self._docker_config)} if self._docker_config else {}
        http = {"SYFT_REGISTRY_INSECURE_USE_HTTP": "true"} if plain else {}
        return {**_ENVIRONMENT, **self._runner.picked("DOCKER_CONFIG"), **config, **http}


def normalised(document: Any, reference: Reference, platform: Platform) -> dict[str, Any]:
    """Take the moment and the random number out of an SPDX document."""
    if not document["spdxVersion"].startswith("SPDX-2."):
        raise Malformed("not an SPDX 2 document")
    unique = uuid.uuid5(uuid.NAMESPACE_URL, f"{reference.pinned}#{platform}")
    creation = {**document["creationInfo"], "created": _CREATED}
    return {
        **document,
        "creationInfo": creation,
        "documentNamespace": f"{_NAMESPACE}/{reference.digest}/{unique}",
    }
