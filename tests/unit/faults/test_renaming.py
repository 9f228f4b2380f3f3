"""Repositories under other names."""

from __future__ import annotations

from tests.faults.renaming import Renaming

NAMES = Renaming({"t": "t-7", "t/staging": "t/staging", "t/staging/publisher-records": "t-7/records"})


def test_the_longest_beginning_counts() -> None:
    assert NAMES.there("/v2/t/base/manifests/v1") == "/v2/t-7/base/manifests/v1"
    assert NAMES.there("/v2/t/staging/builds/manifests/v1") == "/v2/t/staging/builds/manifests/v1"
    assert NAMES.there("/v2/t/staging/publisher-records/tags/list") == "/v2/t-7/records/tags/list"
    assert NAMES.there("/v2/tt/base/manifests/v1") == "/v2/tt/base/manifests/v1"
    assert NAMES.there("/v2/") == "/v2/"


def test_the_repository_to_mount_from() -> None:
    asked = "/v2/t/leaf/blobs/uploads/?mount=sha256%3Aab&from=t%2Fbase"
    assert NAMES.there(asked) == "/v2/t-7/leaf/blobs/uploads/?mount=sha256%3Aab&from=t-7%2Fbase"


def test_addresses_come_back() -> None:
    assert NAMES.back("http://h:1/v2/t-7/base/blobs/uploads/u?_state=x") == (
        "http://h:1/v2/t/base/blobs/uploads/u?_state=x"
    )
    assert NAMES.back("/v2/t-7/records/blobs/uploads/u") == "/v2/t/staging/publisher-records/blobs/uploads/u"
