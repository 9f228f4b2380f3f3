"""The tags of a repository."""

from __future__ import annotations

from http import HTTPStatus

from publisher import codec
from publisher.errors import Malformed, RegistryError
from publisher.oci.reference import is_tag
from publisher.registry.address import path_of
from publisher.registry.auth import pull_scope
from publisher.registry.pages import pages
from publisher.registry.refusals import Reply
from publisher.registry.session import Call, Session

PAGE = 1000
MAX_PAGES = 100
MAX_TAGS = PAGE * MAX_PAGES
"""Some registries give all tags on one page, whatever they are asked for."""
_FOUND_OR_NOT = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})


def list_tags(session: Session, repository: str) -> tuple[str, ...]:
    """List the tags of a repository, sorted; empty when it is not there.

    Raises:
        RegistryError: more than `MAX_PAGES` pages or `MAX_TAGS` tags, or the list cannot be read.
    """
    path = path_of(session.host, repository)
    url = f"{session.base}/v2/{path}/tags/list?n={PAGE}"
    found: set[str] = set()
    for reply in pages(
        session, Call("GET", url, frozenset({pull_scope(path)}), expected=_FOUND_OR_NOT), MAX_PAGES
    ):
        if reply.status == HTTPStatus.NOT_FOUND:
            return ()
        found.update(_tags(reply, f"{session.host}/{repository}"))
        if len(found) > MAX_TAGS:
            raise RegistryError(f"a repository has more than {MAX_TAGS} tags", where=f"{session.host}/{path}")
    return tuple(sorted(found))


def _tags(reply: Reply, where: str) -> list[str]:
    try:
        plain = codec.parse(reply.body)
    except Malformed as error:
        raise RegistryError("the registry's list of tags cannot be read", where=where) from error
    names = (plain.get("tags") or []) if isinstance(plain, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) and is_tag(name) for name in names):
        raise RegistryError("the registry's list of tags cannot be read", where=where)
    return names
