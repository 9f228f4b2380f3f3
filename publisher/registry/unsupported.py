"""What it means when a registry refuses a manifest: that it is lost on it, or that something is missing.

Registries say so in many words; only clear ones are learned from, the others get a hint.
"""

from __future__ import annotations

from http import HTTPStatus

from publisher.errors import RegistryError
from publisher.oci.manifest import Manifest
from publisher.oci.reference import is_tag
from publisher.registry.capabilities import Learned, ability
from publisher.registry.refusals import Reply, codes

REFUSALS = frozenset({400, 403, 404, 405, 406, 409, 412, 415, 422, 501})
"""Statuses with which registries refuse a manifest for what it is."""
_NOT_YET = frozenset({"MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN"})
_TYPE_CODES = frozenset({"UNSUPPORTED", "MANIFEST_INVALID", "TAG_INVALID"})
_TYPE_WORDS = ("media type", "mediatype", "media-type", "content type", "content-type", "not supported")
_FIXED_WORDS = ("immutable", "cannot be overwritten", "cannot be updated", "overwrite is not allowed")
_FIXED_STATUSES = frozenset({HTTPStatus.CONFLICT, HTTPStatus.PRECONDITION_FAILED})
MAX_TEXT = 8 * 1024
"""Bytes of a refusal that are searched for words."""


def lacks_blobs(reply: Reply) -> bool:
    """Tell that the registry does not see blobs yet; some take a moment until they do.

    docker-registry 2 also calls the digest invalid when it meets a link that is being written anew.
    """
    found = codes(reply.body)
    return bool(found & _NOT_YET) and found <= _NOT_YET | {"DIGEST_INVALID"}


def explained(
    learned: Learned, manifest: Manifest, reference: str, reply: Reply, error: RegistryError
) -> RegistryError:
    """Give the error for a manifest that was refused, and take note of what the registry cannot hold."""
    text = reply.body[:MAX_TEXT].decode(errors="replace").lower()
    if is_tag(reference) and _is_fixed(reply, text):
        learned.learn(tags_move=False)
        return RegistryError(
            "the registry does not let an existing tag name something else",
            where=error.where,
            detail=error.detail,
            hint="let tags be overwritten in its settings for this repository, or publish under a new tag",
        )
    if reply.status == HTTPStatus.FORBIDDEN or not _is_about_types(reply, text):
        return error
    needed = ability(manifest)
    if needed is None:
        return error
    if _is_clear(reply, text):
        learned.learn(**{needed: False})
    return RegistryError(_WHAT[needed], where=error.where, detail=error.detail, hint=_HINTS[needed])


def _is_fixed(reply: Reply, text: str) -> bool:
    existing = reply.status in _FIXED_STATUSES and "exist" in text
    return existing or any(word in text for word in _FIXED_WORDS)


def _is_about_types(reply: Reply, text: str) -> bool:
    said = codes(reply.body)
    if _is_clear(reply, text):
        return True
    return bool(said) and said <= _TYPE_CODES


def _is_clear(reply: Reply, text: str) -> bool:
    unsupported = "UNSUPPORTED" in codes(reply.body)
    return (
        reply.status in {HTTPStatus.UNSUPPORTED_MEDIA_TYPE, HTTPStatus.NOT_ACCEPTABLE}
        or unsupported
        or any(word in text for word in _TYPE_WORDS)
    )


_WHAT = {
    "artifacts": "the registry refuses an artifact (a signature, an attestation or a record)",
    "indexes": "the registry refuses an index (an image of several platforms)",
    "oci_types": "the registry refuses an image with OCI media types",
}
_HINTS = {
    "artifacts": (
        "if it cannot hold them, say `evidence: NAME` at it in publisher.yml; NAME is a registry that can"
    ),
    "indexes": (
        "if it cannot hold them, say `indexes: false` at it in publisher.yml; "
        "if it takes docker's media types only, `format: docker`"
    ),
    "oci_types": "if it takes docker's media types only, say `format: docker` in publisher.yml",
}
