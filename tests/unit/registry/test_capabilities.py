from __future__ import annotations

import pytest

from publisher.oci.descriptor import (
    DOCKER_INDEX,
    DOCKER_MANIFEST,
    OCI_EMPTY,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
)
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.registry.capabilities import Learned
from publisher.registry.pages import next_page
from publisher.registry.refusals import Reply
from publisher.transfer.capabilities import Capabilities
from tests.contract.registries import image_of, referrer_of


def reply(status: int, kind: str = "", body: bytes = b"", link: str = "") -> Reply:
    return Reply(status, {"Content-Type": kind, "Link": link}, body, "https://quay.io/v2/a/b/tags/list?n=1")


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (reply(200, OCI_INDEX), True),
        (reply(200, f"{OCI_INDEX}; charset=utf-8"), True),
        (reply(200, "text/html"), False),
        (reply(404, "text/plain", b"404 page not found"), False),
        (reply(405), False),
        (reply(303), False),
        (reply(404, "application/json", b'{"errors": [{"code": "NAME_UNKNOWN"}]}'), None),
    ],
)
def test_what_an_answer_tells_of_the_referrers_api(answer: Reply, known: bool | None) -> None:
    learned = Learned()
    learned.learn_referrers(answer)
    assert learned.now.referrers_api is known


def test_what_is_known_stays_known() -> None:
    learned = Learned(Capabilities(referrers_api=True))
    learned.learn_referrers(reply(404))
    assert learned.now.referrers_api


SUBJECT = Descriptor(OCI_MANIFEST, Digest.of(b"subject"), 7)
CONFIG = Descriptor(OCI_EMPTY, Digest.of(b"{}"), 2)


@pytest.mark.parametrize(
    ("header", "known"), [(str(SUBJECT.digest), True), (str(CONFIG.digest), None), ("", None)]
)
def test_a_registry_that_names_the_subject_has_the_referrers_api(header: str, known: bool | None) -> None:
    learned = Learned()
    answer = Reply(201, {"OCI-Subject": header} if header else {}, b"", "https://quay.io/v2/a/b")
    learned.learn_written(referrer_of(SUBJECT, "note", CONFIG), answer)
    assert learned.now == Capabilities(referrers_api=known, artifacts=True)


def test_what_was_written_is_supported() -> None:
    learned, answer = Learned(), reply(201)
    learned.learn_written(image_of(CONFIG, CONFIG), answer)
    assert learned.now == Capabilities(oci_types=True)
    learned.learn_written(Manifest(DOCKER_INDEX, b""), answer)
    assert learned.now == Capabilities(oci_types=True, indexes=True)
    learned.learn_written(Manifest(DOCKER_MANIFEST, b""), answer)
    assert learned.now == Capabilities(oci_types=True, indexes=True)


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ('</v2/a/b/tags/list?n=1&last=x>; rel="next"', "https://quay.io/v2/a/b/tags/list?n=1&last=x"),
        ("<?last=x>; rel=next", "https://quay.io/v2/a/b/tags/list?last=x"),
        ('</first>; rel="first", </next>; rel="next"', "https://quay.io/next"),
        ('</previous>; rel="prev"', None),
        ("", None),
        ("<" * 100_000, None),
    ],
)
def test_the_next_page(link: str, address: str | None) -> None:
    assert next_page(reply(200, link=link)) == address
