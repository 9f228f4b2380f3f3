from __future__ import annotations

import base64
import json
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from publisher.errors import MissingTool, UsageError
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.docker_logins import DockerLogins, Helper


def auth(name: str) -> dict[str, str]:
    return {"auth": base64.b64encode(f"{name}:pass:word".encode()).decode()}


def logins(folder: Path, helper: Helper | None = None, **document: Any) -> DockerLogins:
    path = folder / "config.json"
    path.write_text(json.dumps(document))
    return DockerLogins(path, helper)


def name_of(found: Credentials | None) -> str | None:
    return found.username if found else None


class Helpers:
    """Knows some servers, and remembers who was asked about what."""

    def __init__(self, **known: str) -> None:
        self.known = known
        self.asked: list[tuple[str, str]] = []

    def get(self, name: str, server: str) -> Credentials | None:
        """Answer like a helper."""
        self.asked.append((name, server))
        if name == "gone":
            raise MissingTool(f"there is no program `docker-credential-{name}`")
        return Credentials(self.known[name], Secret("x")) if name in self.known else None


def test_a_password_may_hold_a_colon(tmp_path: Path) -> None:
    found = logins(tmp_path, auths={"quay.io": auth("robot")}).of("quay.io", "a/b")
    assert found
    assert (found.username, found.password.reveal(), found.is_identity_token) == ("robot", "pass:word", False)


@pytest.mark.parametrize("key", ["docker.io", "https://index.docker.io/v1/", "index.docker.io"])
def test_docker_hub_has_several_names(tmp_path: Path, key: str) -> None:
    assert logins(tmp_path, auths={key: auth("robot")}).of("docker.io", "library/debian")


@pytest.mark.parametrize("host", ["quay.io:8443", "docker.io", "quay.io.example.org"])
def test_other_hosts_get_nothing(tmp_path: Path, host: str) -> None:
    assert logins(tmp_path, auths={"quay.io": auth("robot")}).of(host) is None


def test_the_longest_key_that_covers_a_repository_wins(tmp_path: Path) -> None:
    keys = ("quay.io", "quay.io/ascend", "https://quay.io/ascend/dev", "quay.io/asc")
    docker = logins(tmp_path, auths={key: auth(key.rpartition("/")[2]) for key in keys})
    asked = (
        "",
        "other/a",
        "ascend",
        "ascend/a",
        "ascend/dev",
        "ascend/dev/a",
        "ascend/device",
        "ascension/a",
    )
    assert [name_of(docker.of("quay.io", one)) for one in asked] == [
        "quay.io", "quay.io", "ascend", "ascend", "dev", "dev", "ascend", "quay.io",
    ]  # fmt: skip


@pytest.mark.parametrize("entry", [{}, {"auth": ""}, {"auth": base64.b64encode(b"robot").decode()}, [], "x"])
def test_an_entry_without_a_login_is_none(tmp_path: Path, entry: object) -> None:
    assert logins(tmp_path, auths={"quay.io": entry}).of("quay.io") is None


def test_a_login_in_plain_fields(tmp_path: Path) -> None:
    entry = {"username": "robot", "password": "word"}
    assert name_of(logins(tmp_path, auths={"quay.io": entry}).of("quay.io")) == "robot"


def test_an_identity_token_is_known_as_one(tmp_path: Path) -> None:
    entry = {**auth("robot"), "identitytoken": "long"}
    found = logins(tmp_path, auths={"quay.io": entry}).of("quay.io")
    assert found == Credentials(
        "robot", Secret("long"), found.source if found else "", is_identity_token=True
    )


def test_no_configuration_is_no_login(tmp_path: Path) -> None:
    assert DockerLogins(tmp_path / "config.json").of("quay.io") is None


@pytest.mark.parametrize(
    "text", ["{", '{"auths": {"quay.io": {"auth": "%%%"}}}', '{"auths": {"quay.io": {"auth": "/w=="}}}']
)
def test_a_broken_configuration_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UsageError):
        DockerLogins(tmp_path / "config.json").of("quay.io")


@pytest.mark.parametrize(
    "document", [[], {"auths": []}, {"credHelpers": 1, "credsStore": 7}, {"auths": {"quay.io": 1}}]
)
def test_a_configuration_of_another_shape_says_nothing(tmp_path: Path, document: object) -> None:
    (tmp_path / "config.json").write_text(json.dumps(document))
    assert DockerLogins(tmp_path / "config.json", Helpers().get).of("quay.io", "a") is None


def test_a_helper_that_is_named_for_the_host_comes_before_the_general_one(tmp_path: Path) -> None:
    helpers = Helpers(own="own", store="store")
    docker = logins(tmp_path, helpers.get, credsStore="store", credHelpers={"quay.io": "own"})
    assert name_of(docker.of("quay.io", "a/b")) == "own"
    assert name_of(docker.of("ghcr.io", "a/b")) == "store"
    assert helpers.asked == [("own", "quay.io"), ("store", "ghcr.io")]


def test_docker_hub_goes_by_its_old_name_with_helpers(tmp_path: Path) -> None:
    helpers = Helpers(own="own")
    docker = logins(tmp_path, helpers.get, credHelpers={"docker.io": "own"})
    assert name_of(docker.of("docker.io", "a/b")) == "own"
    assert helpers.asked == [("own", "https://index.docker.io/v1/")]


def test_a_helper_that_knows_nothing_leaves_it_to_the_file(tmp_path: Path) -> None:
    helpers = Helpers()
    docker = logins(tmp_path, helpers.get, credHelpers={"quay.io": "own"}, auths={"quay.io": auth("file")})
    assert name_of(docker.of("quay.io")) == "file"


def test_an_empty_name_says_that_there_is_no_helper(tmp_path: Path) -> None:
    helpers = Helpers(store="store")
    docker = logins(tmp_path, helpers.get, credsStore="store", credHelpers={"quay.io": ""})
    assert docker.of("quay.io", "a") is None
    assert helpers.asked == []


def test_a_helper_is_asked_once_about_a_server(tmp_path: Path) -> None:
    helpers, start = Helpers(store="store"), Barrier(8)
    docker = logins(tmp_path, helpers.get, credsStore="store")

    def ask(number: int) -> None:
        start.wait()
        docker.of("quay.io", f"repository/{number}")

    threads = [Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert helpers.asked == [("store", "quay.io")]


def test_a_general_helper_that_is_missing_is_a_warning_and_one_for_the_host_an_error(tmp_path: Path) -> None:
    heard: list[str] = []
    path = tmp_path / "config.json"
    path.write_text('{"credsStore": "gone"}')
    docker = DockerLogins(path, Helpers().get, heard.append)
    assert docker.of("quay.io") is None
    assert ["gone" in text for text in heard] == [True]
    with pytest.raises(MissingTool, match="docker-credential-gone"):
        logins(tmp_path, Helpers().get, credHelpers={"quay.io": "gone"}).of("quay.io")
