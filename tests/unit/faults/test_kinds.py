"""What requests are about."""

from __future__ import annotations

import json

import pytest

from tests.faults.kinds import Kind, address_of, is_version_tag, kind_of

D = "sha256:" + "a" * 64
INDEX = json.dumps({"manifests": []}).encode()
IMAGE = json.dumps({"layers": []}).encode()
REFERRER = json.dumps({"layers": [], "subject": {"digest": D}}).encode()


@pytest.mark.parametrize(
    ("method", "target", "body", "kind"),
    [
        ("GET", "/v2/", b"", Kind.PING),
        ("GET", "/token?service=x&scope=y", b"", Kind.TOKEN),
        ("HEAD", "/v2/a/b/manifests/v1", b"", Kind.HEAD_MANIFEST),
        ("GET", f"/v2/a/b/manifests/{D}", b"", Kind.GET_MANIFEST),
        ("PUT", f"/v2/a/b/manifests/{D}", IMAGE, Kind.PUT_CHILD),
        ("PUT", f"/v2/a/b/manifests/d-{'a' * 64}", INDEX, Kind.PUT_INDEX),
        ("PUT", f"/v2/a/b/manifests/{D}", INDEX, Kind.PUT_INDEX),
        ("PUT", "/v2/a/b/manifests/v1", INDEX, Kind.PUT_TAG),
        ("PUT", "/v2/a/b/manifests/v1", IMAGE, Kind.PUT_TAG),
        ("PUT", "/v2/p/publisher-records/manifests/r-3", IMAGE, Kind.PUT_CHILD),
        ("PUT", f"/v2/a/b/manifests/{D}", REFERRER, Kind.PUT_REFERRER),
        ("PUT", f"/v2/a/b/manifests/sha256-{'a' * 64}", INDEX, Kind.PUT_FALLBACK),
        ("GET", f"/v2/a/b/manifests/sha256-{'a' * 64}", b"", Kind.GET_FALLBACK),
        ("POST", "/v2/a/b/blobs/uploads/", b"", Kind.BEGIN_UPLOAD),
        ("POST", f"/v2/a/b/blobs/uploads/?mount={D}&from=a%2Fb", b"", Kind.BEGIN_UPLOAD),
        ("POST", f"/v2/a/b/blobs/uploads/?mount={D}&from=a%2Fc", b"", Kind.MOUNT),
        ("PUT", f"/v2/a/b/blobs/uploads/u?digest={D}", b"x", Kind.PUT_BLOB),
        ("PATCH", "/v2/a/b/blobs/uploads/u", b"x", Kind.PATCH_BLOB),
        ("GET", "/v2/a/b/blobs/uploads/u", b"", Kind.UPLOAD_STATUS),
        ("DELETE", "/v2/a/b/blobs/uploads/u", b"", Kind.CANCEL_UPLOAD),
        ("HEAD", f"/v2/a/b/blobs/{D}", b"", Kind.HEAD_BLOB),
        ("GET", f"/v2/a/b/blobs/{D}", b"", Kind.GET_BLOB),
        ("GET", f"/v2/a/b/referrers/{D}", b"", Kind.REFERRERS_LIST),
        ("GET", "/v2/a/b/tags/list?n=100", b"", Kind.TAGS_LIST),
        ("GET", "/healthz", b"", Kind.OTHER),
        ("DELETE", f"/v2/a/b/manifests/{D}", b"", Kind.OTHER),
    ],
)
def test_a_request_has_a_kind(method: str, target: str, body: bytes, kind: Kind) -> None:
    assert kind_of(method, target, body) is kind


def test_the_parts_of_a_target() -> None:
    assert address_of("/v2/a/b/blobs/uploads/?mount=m&from=n").asked("from") == "n"
    assert address_of("/v2/a/b/c/manifests/v1").repository == "a/b/c"
    assert address_of("/elsewhere").repository == ""


@pytest.mark.parametrize("tag", ["v1", "latest", "head-on", "8.0.rc1", "d", "dev"])
def test_a_tag_that_people_pull(tag: str) -> None:
    assert is_version_tag(tag)


@pytest.mark.parametrize("tag", ["d-0", "b-0", "r-1", "sha256-0", D, "pending", "head"])
def test_a_tag_of_ours(tag: str) -> None:
    assert not is_version_tag(tag)
