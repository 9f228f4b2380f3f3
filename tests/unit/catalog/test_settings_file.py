"""`publisher.yml`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog import settings as values
from publisher.catalog.settings import (
    BuilderSettings,
    Driver,
    ForgeKind,
    Layout,
    MediaFormat,
    Route,
    Settings,
    SigningMode,
)
from publisher.catalog.settings_file import read_settings
from publisher.errors import CatalogError
from publisher.oci.platform import Platform

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
LEAST = "version: 1\nsource: https://github.com/ascend/images\nstaging: {prefix: ghcr.io/ascend/staging}\n"
WHOLE = """
version: 1
source: https://github.com/ascend/images
format: docker
catalog: {root: meta/, layout: native, references: [docker.io/ascendai, quay.io/ascend],
          platforms: [linux/arm64, linux/amd64]}
staging: {prefix: "127.0.0.1:5000", username_env: S_USER, password_env: S_TOKEN}
registries:
  hub:      {prefix: docker.io/ascendai, username_env: HUB_USER, password_env: HUB_TOKEN,
             requests_per_minute: 300, readme: dockerhub}
  modelers: {prefix: registry.modelers.cn/base_image, required: false, evidence: hub, indexes: false,
             concurrency: 3, ca_file: certificates/modelers.pem}
routes:
  - {images: [openmind], to: [modelers]}
  - {images: ["*"], to: [hub, modelers]}
builders: {linux/amd64: {driver: remote, endpoint: "unix:///run/buildkit.sock"},
           linux/arm64: {driver: existing, name: arm, platform: linux/amd64}}
signing: {mode: key, private: keys/cosign.key, public: keys/cosign.pub, password_env: PW}
policy: {tests: {linux/amd64: native, linux/arm64: untested}}
forge: {kind: github, token_env: GH, api: "https://ghe.example.org/api/v3/"}
"""


def read(text: str) -> Settings:
    return read_settings("publisher.yml", text.encode())


def refused(text: str) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        read(text)
    return caught.value


def test_the_whole_form() -> None:
    settings = read(WHOLE)
    assert settings.source == "https://github.com/ascend/images"
    assert settings.format is MediaFormat.DOCKER
    assert settings.root == "meta"
    assert settings.references == ("docker.io/ascendai", "quay.io/ascend")
    assert settings.platforms == (AMD64, ARM64)
    assert settings.staging == "127.0.0.1:5000"
    assert (settings.staging_username_env, settings.staging_password_env) == ("S_USER", "S_TOKEN")
    hub = settings.registries["hub"]
    assert (hub.prefix, hub.requests_per_minute, hub.readme) == ("docker.io/ascendai", 300, "dockerhub")
    modelers = settings.registries["modelers"]
    assert (modelers.required, modelers.evidence, modelers.indexes) == (False, "hub", False)
    assert (hub.required, hub.evidence, hub.indexes) == (True, None, True)
    assert (modelers.concurrency, modelers.ca_file) == (3, "certificates/modelers.pem")
    assert (hub.concurrency, hub.ca_file) == (None, None)
    assert settings.routes == (Route(("openmind",), ("modelers",)), Route(("*",), ("hub", "modelers")))
    assert settings.builders == {
        AMD64: BuilderSettings(Driver.REMOTE, "unix:///run/buildkit.sock"),
        ARM64: BuilderSettings(Driver.EXISTING, name="arm", platform=AMD64),
    }
    assert (settings.signing.private, settings.signing.public) == ("keys/cosign.key", "keys/cosign.pub")
    assert settings.tests == {AMD64: values.TestLevel.NATIVE, ARM64: values.TestLevel.UNTESTED}
    assert (settings.forge.kind, settings.forge.repository) == (ForgeKind.GITHUB, "ascend/images")
    assert settings.forge.api == "https://ghe.example.org/api/v3"


def test_defaults() -> None:
    assert read(LEAST) == Settings(
        source="https://github.com/ascend/images", staging="ghcr.io/ascend/staging"
    )


def test_the_openeuler_layout_brings_its_references_and_platforms() -> None:
    settings = read(LEAST + "catalog: {layout: openeuler}")
    assert settings.layout is Layout.OPENEULER
    assert not settings.assumed
    assert settings.references == ("docker.io/openeuler",)
    assert settings.platforms == (Platform("linux/amd64"), Platform("linux/arm64"))
    own = read(LEAST + "catalog: {layout: openeuler, references: [quay.io/x], platforms: [linux/arm64]}")
    assert own.references == ("quay.io/x",)
    assert own.platforms == (Platform("linux/arm64"),)
    assert read(LEAST).layout is Layout.NATIVE


def test_keyless() -> None:
    identity = "https://github.com/a/b/.github/workflows/publish.yml@refs/heads/main"
    issuer = "https://token.actions.githubusercontent.com"
    signing = read(LEAST + f"signing: {{mode: keyless, issuer: '{issuer}', identity: '{identity}'}}").signing
    assert (signing.mode, signing.issuer, signing.identity) == (SigningMode.KEYLESS, issuer, identity)
    assert signing.private is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sorce: x", "did you mean `source`?"),
        ("catalog: {layout: openEuler}", "did you mean `openeuler`?"),
        ("catalog: {root: ../x}", "not a folder of the repository"),
        ("catalog: {platforms: [x]}", "not a platform"),
        ("catalog: {platforms: [linux/amr64]}", "did you mean `linux/arm64`?"),
        ("catalog: {references: [ascendai]}", "docker.io/ascendai"),
        ("format: OCI", "did you mean `oci`?"),
        ("registries: {hub: {prefix: docker.io/x, evidence: quay}}", "no registry is called `quay`"),
        ("registries: {hub: {prefix: docker.io/x, evidence: hub}}", "it is the same registry"),
        ("registries: {a: {prefix: b.io/x, evidence: c}, c: {prefix: d.io/x, required: false}}", "required"),
        ("registries: {a: {prefix: b.io/x, evidence: c}, c: {prefix: d.io/x, indexes: false}}", "no indexes"),
        ("registries: {a: {prefix: b.io/x, evidence: c}, c: {prefix: d.io/x, evidence: a}}", "kept at `a`"),
        ("registries: {hub: {prefix: docker.io/x, required: no}}", "`required` is 'no'"),
        ("registries: {hub: {}}", "`prefix` is missing"),
        ("registries: {hub: {prefix: docker.io}}", "not a registry prefix"),
        ("registries: {hub: {prefix: 'https://docker.io/x'}}", "not a registry prefix"),
        ("registries: {hub: {prefix: docker.io/X}}", "not a registry prefix"),
        ("registries: {hub: {prefix: 'host:99999/x'}}", "not a registry prefix"),
        ("registries: {hub: {prefix: 'docker.io/x/'}}", "not a registry prefix"),
        ("registries: {hub: {prefix: 'docker.io/../x'}}", "not a registry prefix"),
        ("registries: {-hub: {prefix: docker.io/x}}", "not a name for a registry"),
        ("registries: {a: {prefix: docker.io/x}, b: {prefix: docker.io/x}}", "same prefix"),
        ("registries: {a: {prefix: ghcr.io/ascend/staging}}", "staging have the same prefix"),
        ("registries: {hub: {prefix: docker.io/x, requests_per_minute: 0}}", "whole number"),
        ("registries: {hub: {prefix: docker.io/x, concurrency: many}}", "whole number"),
        ("registries: {hub: {prefix: docker.io/x, ca_file: ../ca.pem}}", "leaves the repository"),
        (
            "routes: [{images: [a], to: [hbu]}]\nregistries: {hub: {prefix: docker.io/x}}",
            "did you mean `hub`?",
        ),
        ("routes: [{images: [], to: []}]", "needs images and registries"),
        ("routes: [{images: [a]}]", "`to` is missing"),
        ("builders: {linux/amd64: {driver: remote}}", "`endpoint` is missing"),
        ("builders: {linux/amd64: {driver: existing, name: --x}}", "not a name"),
        ("builders: {linux/amd64: {driver: remote, endpoint: /run/x}}", "not an address"),
        ("builders: {linux/amd64: {}, linux/x86_64: {}}", "twice"),
        ("signing: {private: ../cosign.key}", "leaves the repository"),
        ("signing: {private: /etc/cosign.key}", "leaves the repository"),
        ("signing: {mode: keyless}", "`identity` is missing"),
        ("signing: {mode: key, issuer: 'https://x.org'}", "no meaning"),
        ("policy: {tests: {linux/amd64: some}}", "untested"),
        ("forge: {kind: local, directory: ../releases}", "leaves the repository"),
        ("forge: {kind: github, repository: nobody}", "not owner/name"),
        ("forge: {kind: github, api: 'https://user:pw@x.org'}", "not a plain web address"),
        ("version: 1", "stands here and in line 1"),
    ],
)
def test_refusals(line: str, said: str) -> None:
    error = refused(LEAST + line)
    assert said in error.detail
    assert "publisher.yml:4:" in error.detail
    assert error.exit_code == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("- a", "must be a mapping"),
        ("version: 1", "`source` is missing"),
        (LEAST.replace("version: 1", "version: 2"), "`version` is '2'"),
        (LEAST.replace("prefix", "prefx"), "`prefix` is missing"),
    ],
)
def test_refusals_of_the_whole(text: str, said: str) -> None:
    assert said in refused(text).detail


def test_all_problems_are_listed_with_their_places() -> None:
    error = refused(LEAST + "fromat: oci\npolice: {}\n")
    assert error.where == "publisher.yml:4:1"
    assert [line.split(": ")[0] for line in error.detail.splitlines()] == [
        "publisher.yml:4:1",
        "publisher.yml:5:1",
    ]


def test_a_secret_in_the_place_of_a_variable_is_not_shown() -> None:
    error = refused(LEAST + "registries: {hub: {prefix: docker.io/x, password_env: dckr-pat-Abc.123}}")
    assert "Abc" not in str(error)
    assert "not the name of an environment variable" in error.detail


@given(st.binary(max_size=300))
def test_random_bytes_are_a_catalog_error(raw: bytes) -> None:
    with pytest.raises(CatalogError, match="cannot be used"):
        read_settings("publisher.yml", raw)
