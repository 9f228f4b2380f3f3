"""What to write into `publisher.yml` for a registry that refuses a kind of manifest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from publisher.catalog.settings import RegistrySettings
from publisher.errors import PublisherError, RegistryError
from publisher.oci.manifest import Manifest
from publisher.transfer.inventory import Shipment

_REFUSAL = re.compile(r"PUT /v2/\S+/manifests/(?P<reference>\S+?): (?:400|405|406|415|422)\b")
"""How the client tells that a manifest was refused, for what it is and not for who sends it."""
_LACKS = "BLOB_UNKNOWN"
"""In the code of a refusal for what the manifest names (distribution specification, error codes)."""


def explained(
    error: PublisherError, parcels: Iterable[Shipment], registry: RegistrySettings | None
) -> PublisherError:
    """Give the error with the setting that fits the registry, where the refusal tells which one does."""
    found = _REFUSAL.search(error.detail)
    if registry is None or found is None or _LACKS in error.detail or not isinstance(error, RegistryError):
        return error
    refused = _find(found["reference"], parcels)
    if refused is None:
        return error
    what, hint = _advice(refused, registry.name)
    return type(error)(f"{error.what} {what}", where=error.where, detail=error.detail, hint=hint)


def _find(reference: str, parcels: Iterable[Shipment]) -> Manifest | None:
    manifests = (manifest for parcel in parcels for manifest in _manifests(parcel))
    return next((one for one in manifests if reference in (one.digest, one.digest.permanent_tag)), None)


def _manifests(parcel: Shipment) -> Iterator[Manifest]:
    for subject in (*parcel.subjects, *parcel.attached):
        yield subject.manifest
        yield from subject.referrers


def _advice(refused: Manifest, name: str) -> tuple[str, str]:
    if refused.subject is not None:
        return (
            "a manifest with a subject, which all evidence is",
            f"name a registry that can hold it: registries.{name}.evidence in publisher.yml",
        )
    if refused.is_index:
        return "an index", f"if it holds none, set registries.{name}.indexes to false in publisher.yml"
    if ".oci." in refused.media_type:
        return (
            f"the media type {refused.media_type}",
            "if it knows Docker's types only, set `format: docker` in publisher.yml: all is built again",
        )
    return f"the media type {refused.media_type}", "look which manifests the registry accepts"
