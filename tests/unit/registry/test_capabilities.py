from __future__ import annotations

import pytest

from publisher.oci.descriptor import OCI_INDEX
from publisher.registry.capabilities import Capabilities
from publisher.registry.pages import next_page
from publisher.registry.refusals import Reply


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
    capabilities = Capabilities()
    capabilities.learn_referrers(answer)
    assert capabilities.referrers_api is known


def test_what_is_known_stays_known() -> None:
    capabilities = Capabilities(referrers_api=True)
    capabilities.learn_referrers(reply(404))
    assert capabilities.referrers_api


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
