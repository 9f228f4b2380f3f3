"""A bill of materials from a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from publisher import codec
from publisher.errors import AttestError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference


@dataclass
class FakeSbom:
    """Implements `publisher.ports.sbom`: (name, version) by digest, `otherwise` for all others."""

    packages: dict[Digest, Sequence[tuple[str, str]]] = field(default_factory=dict)
    otherwise: Sequence[tuple[str, str]] | None = ()
    asked: list[str] = field(default_factory=list)

    def generate(self, reference: Reference, platform: Platform) -> bytes:
        """Give a small SPDX document; AttestError for an image that is in no table."""
        self.asked.append(f"{reference.pinned} {platform}")
        packages = self.packages.get(Digest(reference.digest or ""), self.otherwise)
        if packages is None:
            raise AttestError("no such image", where=reference.pinned, hint="push it")
        return codec.canonical(_document(reference, packages))


def _document(reference: Reference, packages: Sequence[tuple[str, str]]) -> Mapping[str, object]:
    listed = [
        {"SPDXID": f"SPDXRef-Package-{number}", "name": name, "versionInfo": version,
         "downloadLocation": "NOASSERTION"}
        for number, (name, version) in enumerate(packages)
    ]  # fmt: skip
    root = {"SPDXID": "SPDXRef-Image", "name": str(reference.repository), "downloadLocation": "NOASSERTION"}
    root["versionInfo"] = str(reference.digest)
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": str(reference.repository),
        "documentNamespace": f"https://publisher.dev/spdx/{reference.digest}",
        "creationInfo": {"created": "1980-01-01T00:00:00Z", "creators": ["Tool: fake"]},
        "packages": [root, *listed],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES",
                           "relatedSpdxElement": "SPDXRef-Image"}],
    }  # fmt: skip
