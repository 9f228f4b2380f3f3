"""A docker configuration for the programs that we call: the user's, plus credentials from the environment."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from publisher import codec
from publisher.registry.credentials import Credentials

MAX_CONFIG = 1024 * 1024
"""Largest configuration that is read, in bytes."""


def write_docker_config(directory: Path, user: Path, credentials: Mapping[str, Credentials]) -> Path:
    """Write `config.json`, readable by its owner only; give the directory, which the caller removes.

    `user` is the user's own file; its other entries are kept, so that credential helpers go on working.
    """
    document = _user_document(user)
    auths, helpers = _object(document, "auths"), _object(document, "credHelpers")
    for host, login in credentials.items():
        pair = f"{login.username}:{login.password.reveal()}".encode()
        key = "https://index.docker.io/v1/" if host == "docker.io" else host
        auths[key] = {"auth": base64.b64encode(pair).decode()}
        helpers[key] = ""  # else `credsStore` or a helper of the user's would be asked instead
    path = directory / "config.json"
    path.touch(mode=0o600)
    path.write_text(json.dumps(document), encoding="utf-8")
    return directory


def _object(document: dict[str, Any], name: str) -> dict[str, Any]:
    if not isinstance(document.get(name), dict):
        document[name] = {}
    found: dict[str, Any] = document[name]
    return found


def _user_document(path: Path) -> dict[str, Any]:
    if not path.is_file() or path.stat().st_size > MAX_CONFIG:
        return {}
    document = codec.parse(path.read_bytes(), where=str(path))
    return document if isinstance(document, dict) else {}
