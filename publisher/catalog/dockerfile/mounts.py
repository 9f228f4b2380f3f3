"""`RUN --mount=…`: where a mount takes its files from.

https://docs.docker.com/reference/dockerfile/#run---mount
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_FIELD = re.compile(r'(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)')
_SOURCE_KEYS = ("source", "src")


@dataclass(frozen=True, slots=True)
class Mount:
    """A mount as written: `kind` is its type, `origin` a stage or image, `source` a path in it."""

    kind: str
    origin: str | None
    source: str


def read_mount(text: str) -> Mount:
    """Read the value of one `--mount`; unknown keys have no meaning here."""
    fields = _fields(text)
    source = next((fields[key] for key in _SOURCE_KEYS if key in fields), "")
    return Mount(fields.get("type", "bind"), fields.get("from") or None, source)


def _fields(text: str) -> Mapping[str, str]:
    """Give the comma-separated `key=value` pairs; of a key that stands twice the last counts."""
    found: dict[str, str] = {}
    for match in _FIELD.finditer(text):
        field = match[1].replace('""', '"') if match[1] is not None else match[2]
        key, _, value = field.partition("=")
        if key.lower() in _SOURCE_KEYS:
            found.pop("source", None)
            key = "source"
        found[key.lower()] = value
    return found
