"""What meta/README.md shows: each example can be read, and the workflows give what the settings need."""

from __future__ import annotations

import re

import pytest

from publisher.catalog.meta_entry import KEYS
from publisher.catalog.meta_file import read_meta
from publisher.catalog.settings import ForgeKind, Settings, SigningMode
from publisher.catalog.settings_file import read_settings
from publisher.catalog.smoke_file import read_smoke
from publisher.oci.platform import Platform
from tests.unit.workflows.definitions import ROOT, action, step_of, workflow

README = (ROOT / "meta" / "README.md").read_text(encoding="utf-8")
GIVEN_BY_GITHUB = {"GITHUB_ACTOR"}
"""Variables that every step has without being told."""


META, SMOKE, MATRIX, SETTINGS = (
    text.encode() for text in re.findall(r"^```yaml\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
)


@pytest.fixture(scope="module")
def settings() -> Settings:
    return read_settings("publisher.yml", SETTINGS)


def test_the_meta_file_declares_what_it_seems_to(settings: Settings) -> None:
    [entry], problems = read_meta("meta/cann/meta.yml", META, settings)
    assert problems == ()
    assert (entry.target, entry.base) == (
        "cann:ubuntu-python3.9-cann8.0.rc2.beta1",
        "python:ubuntu-python3.9",
    )
    assert (entry.dockerfile, entry.smoke) == ("meta/cann/ubuntu/Dockerfile", "meta/cann/smoke.yml")


def test_the_matrix_expands_to_what_it_seems_to(settings: Settings) -> None:
    entries, problems = read_meta("meta/cann/meta.yml", MATRIX, settings)
    assert problems == ()
    found = {entry.target.tag: entry for entry in entries}
    assert len(found) == 2 * 2 * 2 - 2 + 1
    assert "ubuntu-python3.10-cann8.0.rc1.beta1" not in found
    assert found["ubuntu-python3.11-cann8.0.rc2.beta1"].platforms == (Platform("linux/arm64"),)
    assert found["openeuler-python3.9-cann8.0.rc2.beta1"].aliases == ("cann8.0.rc2.beta1-oe2203sp4",)
    assert [tag for tag, entry in found.items() if entry.latest] == ["ubuntu-python3.9-cann8.0.rc2.beta1"]
    older = found["openeuler-python3.9-cann8.0.rc1.beta1"]
    assert older.args == {"CANN_VERSION": "8.0.rc1.beta1", "OLD": "1"}


def test_every_key_of_a_tag_is_explained() -> None:
    rows = re.findall(r"^\| (`.*?) \|", README, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", " ".join(rows))) == KEYS


def test_the_smoke_test_checks_what_it_seems_to() -> None:
    smoke = read_smoke("meta/python/smoke.yml", SMOKE)
    assert [check.argv for check in smoke.commands] == [("python3", "--version")]
    assert [check.mode for check in smoke.files] == ["-rwxr-xr-x"]


def test_images_go_where_they_should(settings: Settings) -> None:
    places = {name: [each.prefix for each in settings.route(name)] for name in ("cann", "openmind")}
    three = ["docker.io/ascendai", "quay.io/ascend", "registry.modelers.cn/base_image"]
    assert places == {"cann": three, "openmind": three[2:]}
    assert settings.staging_builds == "ghcr.io/ascend/staging/builds"


def test_the_identity_is_the_workflow_that_publishes(settings: Settings) -> None:
    signing = settings.signing
    assert signing.mode is SigningMode.KEYLESS
    assert signing.issuer == "https://token.actions.githubusercontent.com"
    path = ".github/workflows/publish.yml"
    assert signing.identity == f"{settings.source}/{path}@refs/heads/main"
    assert (ROOT / path).is_file()


def test_the_workflow_gives_every_variable_that_is_named(settings: Settings) -> None:
    [step] = [step for step in workflow("publish")["jobs"]["publish"]["steps"] if "env" in step]
    named = {settings.staging_username_env, settings.staging_password_env, settings.forge.token_env}
    named |= {each.username_env for each in settings.registries.values()}
    named |= {each.password_env for each in settings.registries.values()}
    assert named == set(step["env"]) | GIVEN_BY_GITHUB
    assert settings.forge.kind is ForgeKind.GITHUB


def test_the_builders_are_the_one_that_setup_starts(settings: Settings) -> None:
    script = step_of(action("setup")["runs"], "Start BuildKit")["run"]
    [socket] = re.findall(r"^socket=(\S+)$", script, re.MULTILINE)
    assert {builder.endpoint for builder in settings.builders.values()} == {f"unix://{socket}"}
    assert set(settings.builders) == set(settings.platforms)
    assert settings.build_platform(Platform("linux/arm64")) == Platform("linux/amd64")
