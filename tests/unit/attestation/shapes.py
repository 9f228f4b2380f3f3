"""The published shapes of predicates, as JSON Schema written from their protobuf definitions."""

from __future__ import annotations

from typing import Any

_DESCRIPTOR = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["uri"]}, {"required": ["digest"]}, {"required": ["content"]}],
    "properties": {
        "name": {"type": "string"},
        "uri": {"type": "string"},
        "digest": {"type": "object", "additionalProperties": {"type": "string", "pattern": "^[0-9a-f]+$"}},
        "content": {"type": "string"},
        "downloadLocation": {"type": "string"},
        "mediaType": {"type": "string"},
        "annotations": {"type": "object"},
    },
}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"}
SLSA_V1: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["buildDefinition", "runDetails"],
    "properties": {
        "buildDefinition": {
            "type": "object",
            "additionalProperties": False,
            "required": ["buildType", "externalParameters"],
            "properties": {
                "buildType": {"type": "string", "pattern": "^https://"},
                "externalParameters": {"type": "object"},
                "internalParameters": {"type": "object"},
                "resolvedDependencies": {"type": "array", "items": _DESCRIPTOR},
            },
        },
        "runDetails": {
            "type": "object",
            "additionalProperties": False,
            "required": ["builder"],
            "properties": {
                "builder": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["id"],
                    "properties": {
                        "id": {"type": "string"},
                        "version": {"type": "object", "additionalProperties": {"type": "string"}},
                        "builderDependencies": {"type": "array", "items": _DESCRIPTOR},
                    },
                },
                "metadata": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "invocationId": {"type": "string"},
                        "startedOn": _TIME,
                        "finishedOn": _TIME,
                    },
                },
                "byproducts": {"type": "array", "items": _DESCRIPTOR},
            },
        },
    },
}
"""The shape of https://slsa.dev/spec/v1.0/provenance#schema, in the names of its protobuf."""

_NAMES = {"type": "array", "items": {"type": "string"}}
TEST_RESULT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["result", "configuration"],
    "properties": {
        "result": {"enum": ["PASSED", "WARNED", "FAILED"]},
        "url": {"type": "string"},
        "passedTests": _NAMES,
        "warnedTests": _NAMES,
        "failedTests": _NAMES,
        "configuration": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "anyOf": [{"required": ["uri"]}, {"required": ["digest"]}],
                "properties": {
                    "name": {"type": "string"},
                    "uri": {"type": "string"},
                    "digest": {"type": "object", "additionalProperties": {"type": "string"}},
                    "annotations": {"type": "object"},
                },
            },
        },
    },
}
"""The shape of in-toto's test-result predicate v0.1, in the names of its protobuf."""
