"""Lists that a registry gives in pages, after RFC 8288 `Link: <…>; rel="next"`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from publisher.errors import RegistryError
from publisher.registry.address import follow, origin
from publisher.registry.refusals import Reply, path_of_url
from publisher.registry.session import Call, Session

MAX_LINK = 8 * 1024
"""Characters of a Link header that are read."""
_NEXT = re.compile(r'<([^<>]*)>\s*;\s*rel="?next"?')


def pages(session: Session, call: Call, most: int) -> Iterator[Reply]:
    """Read page after page of one list, from the registry itself only.

    Raises:
        RegistryError: more than `most` pages, or a page at another host: half a list must not look whole.
    """
    reply = session.ask(call)
    yield reply
    for _ in range(most - 1):
        address = next_page(reply)
        if address is None:
            return
        if origin(address) != origin(session.base):
            raise RegistryError("the registry continues a list at another host", where=session.host)
        reply = session.ask(replace(call, url=address, expected=frozenset({200})))
        yield reply
    if next_page(reply):
        raise RegistryError(
            f"the registry's list has more than {most} pages",
            where=session.host,
            detail=path_of_url(call.url),
        )


def next_page(reply: Reply) -> str | None:
    """Give the address of the page after this one."""
    match = _NEXT.search(reply.headers.get("Link", "")[:MAX_LINK])
    return follow(reply.url, match[1]) if match else None
