"""`WWW-Authenticate`, after RFC 9110 section 11.6.1 and distribution's token specification."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_HEADER = 8 * 1024
"""Characters of the header that are read."""
_SCHEME = re.compile(r"(?i)(?:^|,)\s*(bearer|basic)(?=\s|$)")
_PARAMETER = re.compile(r'\s*,?\s*([A-Za-z_]+)=(?:"([^"]*)"|([^\s",]+))')


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a registry wants to be asked: `bearer` with realm and service, or `basic`."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def scopes(self) -> frozenset[str]:
        """Give the scopes that the registry asks for, each like `repository:a/b:pull,push`."""
        return frozenset(normal_scope(text) for text in self.parameters.get("scope", "").split())


def parse_challenge(header: str | None) -> Challenge | None:
    """Read the header; a bearer challenge wins over a basic one, other schemes are not understood."""
    text = (header or "")[:MAX_HEADER]
    found = {
        match[1].lower(): Challenge(match[1].lower(), _parameters(text, match.end()))
        for match in _SCHEME.finditer(text)
    }
    return found.get("bearer") or found.get("basic")


def normal_scope(text: str) -> str:
    """Sort the actions of a scope: registries name them in any order."""
    kind, colon, actions = text.rpartition(":")
    return f"{kind}{colon}{','.join(sorted(actions.split(',')))}"


def _parameters(text: str, position: int) -> dict[str, str]:
    found: dict[str, str] = {}
    while match := _PARAMETER.match(text, position):
        quoted = match[2] is not None
        found.setdefault(match[1].lower(), match[2] if quoted else match[3])
        position = match.end()
    return found
