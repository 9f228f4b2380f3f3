"""The docker configuration for the programs that we call."""

from __future__ import annotations

import base64
import json
import stat
from pathlib import Path
from typing import Any

import pytest

from publisher.errors import Malformed
from publisher.registry import docker_config
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.docker_config import write_docker_config

LOGIN = Credentials("me", Secret("s3cret:with colon"))


def written(tmp_path: Path, user: Any, **logins: Credentials) -> dict[str, Any]:
    path = tmp_path / "user.json"
    if user is not None:
        path.write_text(user if isinstance(user, str) else json.dumps(user))
    folder = tmp_path / "ours"
    folder.mkdir()
    named = {name.replace("_", "."): login for name, login in logins.items()}
    assert write_docker_config(folder, path, named) == folder
    document: dict[str, Any] = json.loads((folder / "config.json").read_text())
    return document


def test_credentials_are_added_for_their_owner_only(tmp_path: Path) -> None:
    document = written(tmp_path, None, quay_io=LOGIN)
    assert base64.b64decode(document["auths"]["quay.io"]["auth"]) == b"me:s3cret:with colon"
    assert stat.S_IMODE((tmp_path / "ours" / "config.json").stat().st_mode) == 0o600


def test_docker_hub_has_a_name_of_its_own(tmp_path: Path) -> None:
    assert list(written(tmp_path, None, docker_io=LOGIN)["auths"]) == ["https://index.docker.io/v1/"]


def test_the_users_other_entries_stay(tmp_path: Path) -> None:
    user = {
        "auths": {"a.b": {"auth": "x"}, "quay.io": {"auth": "old"}}, "credsStore": "desktop",
        "credHelpers": {"c.d": "pass", "quay.io": "pass"}, "HttpHeaders": {"a": "b"},
    }  # fmt: skip
    document = written(tmp_path, user, quay_io=LOGIN)
    assert document["auths"]["a.b"] == {"auth": "x"}
    assert document["auths"]["quay.io"] != {"auth": "old"}
    assert document["HttpHeaders"] == {"a": "b"}
    assert document["credHelpers"] == {"c.d": "pass", "quay.io": ""}, "a helper would hide what we were given"


@pytest.mark.parametrize("user", [[], "[]", {"auths": None}, {"auths": []}, {"credHelpers": "x"}])
def test_an_odd_configuration_of_the_user(tmp_path: Path, user: Any) -> None:
    assert "quay.io" in written(tmp_path, user, quay_io=LOGIN)["auths"]


def test_a_configuration_that_is_too_large_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docker_config, "MAX_CONFIG", 5)
    assert "credsStore" not in written(tmp_path, {"credsStore": "desktop"}, quay_io=LOGIN)


def test_a_configuration_that_is_no_json_is_told(tmp_path: Path) -> None:
    with pytest.raises(Malformed) as caught:
        written(tmp_path, "{", quay_io=LOGIN)
    assert "user.json" in caught.value.where
