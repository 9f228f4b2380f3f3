from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.errors import MissingTool, PublisherError, RegistryError, UsageError
from publisher.ports.progress import Progress
from publisher.registry.credentials import Credentials, Secret
from publisher.tools.credential_helper import CredentialHelpers
from publisher.tools.process import Runner


def helpers(folder: Path, script: str, **variables: str) -> CredentialHelpers:
    """Put a helper called `test` on a PATH of its own."""
    program = folder / "docker-credential-test"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return CredentialHelpers(Runner(Progress(), {"PATH": f"{folder}:{os.defpath}", **variables}))


def answer(username: str, secret: str) -> str:
    return f"""printf '%s' '{{"ServerURL":"x","Username":"{username}","Secret":"{secret}"}}'"""


def test_the_server_goes_in_and_a_login_comes_out(tmp_path: Path) -> None:
    script = f'test "$1" = get && test "$(cat)" = quay.io && {answer("robot", "s3cret")}'
    found = helpers(tmp_path, script).get("test", "quay.io")
    assert found == Credentials("robot", Secret("s3cret"), "docker-credential-test")


def test_an_identity_token_is_known_by_its_user_name(tmp_path: Path) -> None:
    found = helpers(tmp_path, answer("<token>", "long")).get("test", "quay.io")
    assert found
    assert found.is_identity_token


def test_a_server_that_it_does_not_know_is_nothing(tmp_path: Path) -> None:
    script = "echo credentials not found in native keychain; exit 1"
    assert helpers(tmp_path, script).get("test", "quay.io") is None
    assert helpers(tmp_path, answer("robot", "")).get("test", "quay.io") is None


@pytest.mark.parametrize(
    "script",
    [
        "echo s3cret; echo the keychain is locked >&2; exit 2",
        "echo s3cret",
        """echo '{"Username": "robot", "Secret": ["s3cret"]}'""",
        """echo '["s3cret"]'""",
        "yes s3cret",
    ],
)
def test_one_that_fails_says_so_and_never_shows_what_it_wrote(tmp_path: Path, script: str) -> None:
    with pytest.raises(RegistryError, match="credential helper") as failed:
        helpers(tmp_path, script).get("test", "quay.io")
    assert "s3cret" not in "\n".join(_messages(failed.value))
    assert "docker-credential-test get" in failed.value.hint
    assert failed.value.where == "quay.io"


def test_what_it_complains_about_is_shown(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="the keychain is locked"):
        helpers(tmp_path, "echo the keychain is locked >&2; exit 2").get("test", "quay.io")


@pytest.mark.parametrize("name", ["", "../sh", "a b", "x;y", "ü", "-x\n"])
def test_a_name_that_is_none_is_not_run(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="no name of a credential helper"):
        helpers(tmp_path, answer("robot", "x")).get(name, "quay.io")


def test_one_that_is_not_there_is_a_missing_tool(tmp_path: Path) -> None:
    with pytest.raises(MissingTool, match="docker-credential-other"):
        helpers(tmp_path, "").get("other", "quay.io")


def test_it_sees_the_variables_that_helpers_live_on_and_no_others(tmp_path: Path) -> None:
    script = answer("robot", "'\"$AWS_PROFILE-$HUB_TOKEN-$COSIGN_PASSWORD\"'")
    found = helpers(tmp_path, script, AWS_PROFILE="ours", HUB_TOKEN="t", COSIGN_PASSWORD="p").get("test", "q")
    assert found
    assert found.password.reveal() == "ours--"


def _messages(error: BaseException | None) -> list[str]:
    """Give what an error and its causes would show."""
    found = []
    while error is not None:
        found += error.lines() if isinstance(error, PublisherError) else [str(error)]
        error = error.__cause__
    return found
