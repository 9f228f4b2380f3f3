"""What a request to a registry is about, from its method, path and body.

After the distribution specification 1.1 (github.com/opencontainers/distribution-spec/blob/main/spec.md).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN_PATH = "/token"
_PATH = re.compile(r"/v2/(?P<repository>.+?)/(?P<noun>manifests|blobs|tags|referrers)/(?P<rest>.*)")
_INFRASTRUCTURE = re.compile(r"(?:d-|b-|r-|sha256-).+|pending|head")


class Kind(StrEnum):
    """Every kind of request that a client of ours sends."""

    PING = "ping"
    TOKEN = "token"
    HEAD_MANIFEST = "head-manifest"
    GET_MANIFEST = "get-manifest"
    PUT_CHILD = "put-child"
    PUT_INDEX = "put-index"
    PUT_TAG = "put-tag"
    PUT_REFERRER = "put-referrer"
    BEGIN_UPLOAD = "begin-upload"
    MOUNT = "mount"
    PUT_BLOB = "put-blob"
    PATCH_BLOB = "patch-blob"
    UPLOAD_STATUS = "upload-status"
    CANCEL_UPLOAD = "cancel-upload"
    HEAD_BLOB = "head-blob"
    GET_BLOB = "get-blob"
    REFERRERS_LIST = "referrers-list"
    GET_FALLBACK = "get-fallback"
    PUT_FALLBACK = "put-fallback"
    TAGS_LIST = "tags-list"
    OTHER = "other"


_OF_UPLOADS = {
    "PUT": Kind.PUT_BLOB,
    "PATCH": Kind.PATCH_BLOB,
    "GET": Kind.UPLOAD_STATUS,
    "DELETE": Kind.CANCEL_UPLOAD,
}


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a request's target; `rest` follows the noun: a tag, a digest, `uploads/…`, `list`."""

    repository: str
    noun: str
    rest: str
    query: tuple[tuple[str, str], ...]

    def asked(self, name: str) -> str:
        """Give a parameter of the query, empty when it is not there."""
        return dict(self.query).get(name, "")


def address_of(target: str) -> Address:
    """Take a target apart; one that is not about a repository has an empty one."""
    parts = urlsplit(target)
    query = tuple(parse_qsl(parts.query))
    found = _PATH.fullmatch(parts.path)
    if found is None:
        return Address("", "", parts.path, query)
    return Address(found["repository"], found["noun"], found["rest"], query)


def kind_of(method: str, target: str, body: bytes = b"") -> Kind:
    """Tell what a request is about; the body counts where a manifest is written."""
    address = address_of(target)
    if not address.noun:
        return {"/v2/": Kind.PING, TOKEN_PATH: Kind.TOKEN}.get(address.rest, Kind.OTHER)
    if address.noun == "manifests":
        return _written(address.rest, body) if method == "PUT" else _read(method, address.rest)
    if address.noun == "blobs":
        return _upload(method, address) if address.rest.startswith("uploads/") else _blob(method)
    lists = {"tags": Kind.TAGS_LIST, "referrers": Kind.REFERRERS_LIST}
    return lists[address.noun] if method == "GET" else Kind.OTHER


def is_version_tag(reference: str) -> bool:
    """Tell a tag that people pull from a digest and from the tags of our infrastructure."""
    return ":" not in reference and not _INFRASTRUCTURE.fullmatch(reference)


def _read(method: str, reference: str) -> Kind:
    if reference.startswith("sha256-"):
        return Kind.GET_FALLBACK
    return {"HEAD": Kind.HEAD_MANIFEST, "GET": Kind.GET_MANIFEST}.get(method, Kind.OTHER)


def _written(reference: str, body: bytes) -> Kind:
    manifest = parsed(body)
    if reference.startswith("sha256-"):
        return Kind.PUT_FALLBACK
    if "subject" in manifest:
        return Kind.PUT_REFERRER
    if is_version_tag(reference):
        return Kind.PUT_TAG
    return Kind.PUT_INDEX if "manifests" in manifest else Kind.PUT_CHILD


def _blob(method: str) -> Kind:
    return {"HEAD": Kind.HEAD_BLOB, "GET": Kind.GET_BLOB}.get(method, Kind.OTHER)


def _upload(method: str, address: Address) -> Kind:
    if method == "POST":
        elsewhere = address.asked("from") not in ("", address.repository)
        return Kind.MOUNT if address.asked("mount") and elsewhere else Kind.BEGIN_UPLOAD
    return _OF_UPLOADS.get(method, Kind.OTHER)


def parsed(body: bytes) -> dict[str, Any]:
    """Read a manifest; empty for what is none."""
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
