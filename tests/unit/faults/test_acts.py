"""What faults do to requests and answers."""

from __future__ import annotations

import json

from tests.faults.acts import ACTS, OTHER_DIGEST, Answer, Request
from tests.faults.kinds import address_of, kind_of
from tests.faults.rules import Fault

D = "sha256:" + "a" * 64


def request(method: str, target: str, body: bytes = b"") -> Request:
    return Request(method, target, (), body, kind_of(method, target, body), address_of(target), "127.0.0.1:9")


def test_one_bit_of_what_is_written_is_wrong() -> None:
    before = ACTS[Fault.WRONG_BYTES].before
    assert before
    changed = before(request("PUT", f"/v2/a/blobs/uploads/u?digest={D}", b"abc"))
    assert len(changed.body) == 3
    assert changed.body != b"abc"
    assert before(request("GET", f"/v2/a/blobs/{D}")).body == b""


def test_one_bit_of_what_is_read_is_wrong() -> None:
    after = ACTS[Fault.WRONG_BYTES].after
    assert after
    assert after(request("GET", f"/v2/a/blobs/{D}"), Answer(200, (), b"abc")).body == b"acc"
    assert after(request("GET", f"/v2/a/blobs/{D}"), Answer(404, (), b"abc")).body == b"abc"


def test_another_digest_is_promised() -> None:
    after = ACTS[Fault.WRONG_DIGEST].after
    assert after
    answer = after(request("HEAD", "/v2/a/manifests/v1"), Answer(200, (("docker-content-digest", D),)))
    assert answer.header("Docker-Content-Digest") == OTHER_DIGEST


def test_a_mount_is_declined_by_not_asking_for_it() -> None:
    before = ACTS[Fault.MOUNT_DECLINED].before
    assert before
    asked = request("POST", f"/v2/a/blobs/uploads/?mount={D}&from=b")
    assert before(asked).target == "/v2/a/blobs/uploads/"


def test_an_upload_goes_on_elsewhere_with_its_state() -> None:
    after = ACTS[Fault.OTHER_HOST].after
    assert after
    asked = request("POST", "/v2/a/blobs/uploads/")
    for place in ("http://127.0.0.1:1/v2/a/blobs/uploads/u?_state=x", "/v2/a/blobs/uploads/u?_state=x"):
        answer = after(asked, Answer(202, (("Location", place),)))
        assert answer.header("Location") == "http://127.0.0.1:9/v2/a/blobs/uploads/u?_state=x"


def test_a_blob_is_fetched_elsewhere() -> None:
    after = ACTS[Fault.OTHER_HOST].after
    assert after
    answer = after(request("GET", f"/v2/a/blobs/{D}"), Answer(200, (), b"abc"))
    assert (answer.status, answer.body) == (307, b"")
    assert answer.header("Location") == f"http://127.0.0.1:9/v2/a/blobs/{D}"


def test_a_lost_write_looks_like_one() -> None:
    instead = ACTS[Fault.LOST_WRITE].instead
    assert instead
    blob = instead(request("PUT", f"/v2/a/blobs/uploads/u?digest={D}", b"abc"))
    assert (blob.status, blob.header("Docker-Content-Digest")) == (201, D)
    manifest = instead(request("PUT", "/v2/a/manifests/v1", b"{}"))
    assert manifest.header("Docker-Content-Digest").startswith("sha256:44136fa355b3")


def test_a_list_that_lags_is_empty() -> None:
    instead = ACTS[Fault.LAGGING].instead
    assert instead
    assert json.loads(instead(request("GET", f"/v2/a/referrers/{D}")).body)["manifests"] == []
    assert instead(request("GET", f"/v2/a/manifests/sha256-{'a' * 64}")).status == 404
