"""Cut the part about releases out of GitHub's published OpenAPI description.

    npm pack @octokit/openapi@VERSION
    python -m tests.fakes.github.extract octokit-openapi-VERSION.tgz

writes `openapi.json` beside this file.  The whole description has 12 MB; the part is small enough to review.
Its licence (MIT) asks for its notice, which goes along.  Run it again when the pinned version is raised,
and read the difference.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = "@octokit/openapi"
VERSION = "23.0.2"
INTEGRITY = "sha512-pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg=="
DESCRIPTION = "package/generated/api.github.com.json"
LICENSE = "package/LICENSE"
TARGET = Path(__file__).with_name("openapi.json")
RELEASES = "/repos/{owner}/{repo}/releases"
OPERATIONS = (
    ("get", "/repos/{owner}/{repo}"),
    ("get", RELEASES),
    ("post", RELEASES),
    ("get", f"{RELEASES}/tags/{{tag}}"),
    ("get", f"{RELEASES}/{{release_id}}"),
    ("patch", f"{RELEASES}/{{release_id}}"),
    ("delete", f"{RELEASES}/{{release_id}}"),
    ("get", f"{RELEASES}/{{release_id}}/assets"),
    ("post", f"{RELEASES}/{{release_id}}/assets"),
    ("get", f"{RELEASES}/assets/{{asset_id}}"),
    ("delete", f"{RELEASES}/assets/{{asset_id}}"),
)
TRIMMED = frozenset({"full-repository"})
"""Schemas of which only the required properties are kept; the others drag in half of the description."""
_REF = "#/components/schemas/"
_PROSE = frozenset({"description", "title", "example", "examples", "deprecated", "default", "nullable"})
"""Keys that say nothing about validity, and `nullable`, which is translated."""


def main(archive: str) -> None:
    """Check the package and write the extract."""
    raw = Path(archive).read_bytes()
    found = "sha512-" + base64.b64encode(hashlib.sha512(raw).digest()).decode()
    if found != INTEGRITY:
        sys.exit(f"{archive} is not {PACKAGE}@{VERSION}: its integrity is {found}")
    with tarfile.open(archive) as package:
        description = json.loads(_read(package, DESCRIPTION))
        terms = " ".join(_read(package, LICENSE).decode().split())
    TARGET.write_text(json.dumps(extract(description, terms), indent=1, sort_keys=True) + "\n")


def _read(package: tarfile.TarFile, name: str) -> bytes:
    member = package.extractfile(name)
    if member is None:
        sys.exit(f"the package has no {name}")
    return member.read()


def extract(description: Any, terms: str) -> dict[str, Any]:
    """Give the chosen operations and every schema that they reach, as plain JSON Schema."""
    schemas = description["components"]["schemas"]
    operations = {f"{verb} {path}": _operation(description, verb, path) for verb, path in OPERATIONS}
    kept: dict[str, Any] = {}
    waiting = list(_references(operations))
    while waiting:
        name = waiting.pop()
        if name not in kept:
            kept[name] = _plain(_trimmed(name, schemas[name]))
            waiting += _references(kept[name])
    return {
        "source": {"package": PACKAGE, "version": VERSION, "license": terms, "integrity": INTEGRITY},
        "operations": operations,
        "components": {"schemas": kept},
    }


def _operation(description: Any, verb: str, path: str) -> dict[str, Any]:
    operation = description["paths"][path][verb]
    return {
        "request": _schema(operation.get("requestBody", {})),
        "responses": {
            status: _schema(_resolved(description, answer))
            for status, answer in operation["responses"].items()
        },
    }


def _resolved(description: Any, answer: Any) -> Any:
    if "$ref" not in answer:
        return answer
    return description["components"]["responses"][answer["$ref"].rpartition("/")[2]]


def _schema(body: Any) -> Any:
    content = body.get("content", {}).get("application/json")
    return _plain(content["schema"]) if content else None


def _trimmed(name: str, schema: Any) -> Any:
    if name not in TRIMMED:
        return schema
    return {**schema, "properties": {key: schema["properties"][key] for key in schema["required"]}}


def _plain(schema: Any) -> Any:
    """Translate OpenAPI 3.0 into JSON Schema: `nullable` becomes a type, prose goes."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: {name: _plain(item) for name, item in value.items()} if key == "properties" else _plain(value)
        for key, value in schema.items()
        if key not in _PROSE and not key.startswith("x-")
    }
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain


def _references(plain: Any) -> Iterator[str]:
    if isinstance(plain, dict):
        if isinstance(plain.get("$ref"), str):
            yield plain["$ref"].removeprefix(_REF)
        plain = list(plain.values())
    if isinstance(plain, list):
        for item in plain:
            yield from _references(item)


if __name__ == "__main__":
    main(sys.argv[1])
