"""Refused credentials: which variables to set, no password anywhere; the right ones let every tool in."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from tests.integration.expectations import expect_failure, expect_published
from tests.integration.gated import IMAGE, Gated
from tests.integration.small import Ran

RIGHT, WRONG = "right-Pa55-word", "wr0ng-Pa55-word"


def login(name: str, password: str) -> dict[str, str]:
    """Give the variables that publisher.yml names for a registry."""
    return {f"{name.upper()}_USER": "robot", f"{name.upper()}_PASSWORD": password}


@pytest.mark.parametrize("registry", ["staging", "hub"])
def test_wrong_credentials_are_refused_and_right_ones_serve_every_tool(
    gated: Gated, registry: str, tmp_path: Path
) -> None:
    gated.new_edition(f"{registry} wants a password")
    gated.gates[registry].login = f"robot:{RIGHT}"
    gate, tags = gated.gates[registry].host, gated.catalog.all_tags()

    for variables in ({}, login(registry, WRONG)):
        ran = gated.run_with({"TMPDIR": str(tmp_path), **variables}, "run", "--verbose")
        expect_failure(
            ran, 7, "denies access", gate, f"{registry.upper()}_USER", f"{registry.upper()}_PASSWORD"
        )
        expect_secret(WRONG, ran, gated, tmp_path)
        assert gated.catalog.all_tags() == tags

    half = gated.run_with({f"{registry.upper()}_USER": "robot"}, "run")
    expect_failure(half, 2, f"{registry.upper()}_PASSWORD is not", f"set {registry.upper()}_PASSWORD")

    right = gated.run_with({"TMPDIR": str(tmp_path), **login(registry, RIGHT)}, "run", "--verbose")
    assert right.code == 0, right.text
    expect_secret(RIGHT, right, gated, tmp_path)
    expect_published(gated.catalog, IMAGE)


def test_credentials_of_the_users_own_docker_configuration_serve_as_well(
    gated: Gated, tmp_path: Path
) -> None:
    gated.new_edition("docker login")
    host = gated.gates["staging"].host
    gated.gates["staging"].login = f"robot:{RIGHT}"
    pair = base64.b64encode(f"robot:{RIGHT}".encode()).decode()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"auths": {host: {"auth": pair}}}))
    ran = gated.catalog.run("run", DOCKER_CONFIG=str(tmp_path))
    assert ran.code == 0, ran.text
    expect_published(gated.catalog, IMAGE)

    gated.new_edition("docker login with a helper")
    program = tmp_path / "docker-credential-keychain"
    answer = json.dumps({"ServerURL": host, "Username": "robot", "Secret": RIGHT})
    program.write_text(f"#!/bin/sh\ncat >> {tmp_path}/asked; echo >> {tmp_path}/asked; echo '{answer}'\n")
    program.chmod(0o755)
    config.write_text(json.dumps({"credHelpers": {host: "keychain"}}))
    path = f"{tmp_path}:{os.environ['PATH']}"
    ran = gated.catalog.run("run", "--verbose", DOCKER_CONFIG=str(tmp_path), PATH=path)
    assert ran.code == 0, ran.text
    assert RIGHT not in ran.text
    assert f"{host}\n" in (tmp_path / "asked").read_text()
    expect_published(gated.catalog, IMAGE)


def expect_secret(password: str, ran: Ran, gated: Gated, scratch: Path) -> None:
    """Require that a password stands in no output and in no file that is left, plain or encoded."""
    encoded = base64.b64encode(f"robot:{password}".encode()).decode()
    for text in (password, encoded):
        assert text not in ran.text
        folders = (gated.catalog.repository.parent / "state", gated.catalog.repository / "releases", scratch)
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        assert not [path for path in files if text.encode() in path.read_bytes()]
