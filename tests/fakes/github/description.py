"""Check exchanges against GitHub's published OpenAPI description (the extract in `openapi.json`)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.fakes.github.exchange import Exchange

_DOCUMENT: Any = json.loads(Path(__file__).with_name("openapi.json").read_text())
_ERROR = {"$ref": "#/components/schemas/basic-error"}
_EVERYWHERE = frozenset({401, 403, 404, 422, 429})
"""Errors that GitHub may give to any request, whether an operation lists them or not."""


def objections(exchanges: Iterable[Exchange]) -> list[str]:
    """Say where exchanges differ from the description: unknown operation, status, request or answer."""
    return [f"{item.method} {item.path}: {text}" for item in exchanges for text in _objections(item)]


def _objections(exchange: Exchange) -> list[str]:
    operation = _DOCUMENT["operations"].get(f"{exchange.method.lower()} {exchange.route}")
    if operation is None:
        return [] if exchange.status in _EVERYWHERE else ["the description has no such operation"]
    schema = operation["responses"].get(str(exchange.status))
    if str(exchange.status) not in operation["responses"] and exchange.status not in _EVERYWHERE:
        return [f"the description has no answer {exchange.status}"]
    found = _differences(schema or (_ERROR if exchange.response is not None else None), exchange.response)
    return found + (
        _differences(operation["request"], exchange.request) if exchange.request is not None else []
    )


def _differences(schema: Any, value: Any) -> list[str]:
    if schema is None:
        return [] if value is None else ["an answer without a body is described"]
    validator = Draft202012Validator(
        {**schema, "components": _DOCUMENT["components"]}, format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
