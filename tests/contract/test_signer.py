"""What a signer promises, on the fake and on cosign, with and without the referrers API."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog.settings import SigningSettings
from publisher.errors import AttestError, UsageError, VerifyError
from publisher.notes.verify_commands import verify_evidence, verify_signature
from publisher.oci.reference import Reference, Repository
from publisher.ports.progress import Progress
from publisher.records.evidence import PLATFORM_EVIDENCE, EvidenceKind
from publisher.tools.cosign import CosignSigner, generate_key_pair
from tests.contract.signers import PASSWORD, World, cosign_world, fake_world, runner
from tests.stack import Stack, tool_folder

PROVENANCE = {
    "buildDefinition": {
        "buildType": "https://example.org/build/v1",
        "externalParameters": {"a": ["é", 1]},
        "ours": {"kept": True},
    },
    "runDetails": {"builder": {"id": "x"}},
}
SBOM = {"spdxVersion": "SPDX-2.3", "packages": [{"name": "openssl", "versionInfo": "3.0"}]}
RESULT = {"result": "PASSED", "configuration": [], "passedTests": ["python runs"]}
PREDICATES: Mapping[EvidenceKind, object] = {
    EvidenceKind.PROVENANCE: PROVENANCE, EvidenceKind.SBOM: SBOM, EvidenceKind.TEST_RESULT: RESULT,
}  # fmt: skip


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folders = tmp_path_factory.mktemp("ours"), tmp_path_factory.mktemp("theirs")
    for folder in folders:
        generate_key_pair(runner(Progress()), folder, PASSWORD)
    return folders


@pytest.fixture(params=["fake", "fake-without-api", "cosign-staging", "cosign-quay"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    kind, _, place = request.param.partition("-")
    if kind == "fake":
        yield fake_world(api=not place)
        return
    yield from cosign_world(request.getfixturevalue("stack").url(place), request.getfixturevalue("keys"))


def test_one_signature_verifies_and_nothing_did_before(world: World) -> None:
    assert not world.signer.verify(world.image)
    world.signer.sign(world.image)
    assert world.signer.verify(world.image)
    assert world.bundles() == [(EvidenceKind.SIGNATURE, {})]


def test_an_attestation_is_not_a_signature(world: World) -> None:
    world.signer.attest(world.image, EvidenceKind.SBOM, json.dumps(SBOM).encode())
    assert not world.signer.verify(world.image)
    assert world.signer.verified_predicates(world.image, EvidenceKind.SBOM)


def test_another_key_verifies_nothing(world: World) -> None:
    world.signer.sign(world.image)
    world.signer.attest(world.image, EvidenceKind.SBOM, json.dumps(SBOM).encode())
    assert not world.stranger.verify(world.image)
    assert world.stranger.verified_predicates(world.image, EvidenceKind.SBOM) == ()


def test_each_kind_gives_its_own_predicate_as_a_json_object(world: World) -> None:
    for kind, predicate in PREDICATES.items():
        assert world.signer.verified_predicates(world.image, kind) == ()
        world.signer.attest(world.image, kind, json.dumps(predicate).encode())
    for kind, predicate in PREDICATES.items():
        assert [json.loads(raw) for raw in world.signer.verified_predicates(world.image, kind)] == [predicate]
    found = sorted(world.bundles(), key=lambda pair: list(PREDICATES).index(pair[0]))  # type: ignore[arg-type]
    assert found == list(PREDICATES.items())


def test_two_statements_of_a_kind_are_both_given(world: World) -> None:
    for number in (1, 2):
        world.signer.attest(
            world.image, EvidenceKind.TEST_RESULT, json.dumps({**RESULT, "n": number}).encode()
        )
    found = world.signer.verified_predicates(world.image, EvidenceKind.TEST_RESULT)
    assert sorted(json.loads(raw)["n"] for raw in found) == [1, 2]


def test_a_registry_that_refuses_is_not_an_unsigned_image(world: World) -> None:
    world.signer.sign(world.image)
    with pytest.raises(VerifyError, match="registry"):
        world.signer.verify(world.break_listing())
    with pytest.raises(VerifyError, match="registry"):
        world.signer.verified_predicates(world.break_listing(), EvidenceKind.SBOM)


def test_what_is_not_there_cannot_be_signed(world: World) -> None:
    gone = replace(world.image, repository=Repository(f"{world.image.repository}-gone"))
    with pytest.raises(AttestError):
        world.signer.sign(gone)
    with pytest.raises(AttestError):
        world.signer.attest(gone, EvidenceKind.SBOM, b"{}")


@pytest.fixture
def cosign(stack: Stack, keys: tuple[Path, Path]) -> Iterator[World]:
    yield from cosign_world(stack.url("staging"), keys)


def test_the_commands_for_people_prove_each_kind(cosign: World, keys: tuple[Path, Path]) -> None:
    for kind, predicate in PREDICATES.items():
        cosign.signer.attest(cosign.image, kind, json.dumps(predicate).encode())
    shown = replace(SigningSettings(), public=str(keys[0] / "cosign.pub"))
    repository, digest = cosign.image.repository, cosign.image.digest
    assert digest is not None
    commands = [
        verify_signature(repository, digest, shown)
        if kind is EvidenceKind.SIGNATURE
        else verify_evidence(repository, digest, kind, shown)
        for kind in PLATFORM_EVIDENCE
    ]
    assert [paste(command) for command in commands] == [
        kind is not EvidenceKind.SIGNATURE for kind in PLATFORM_EVIDENCE
    ]
    cosign.signer.sign(cosign.image)
    assert all(paste(command) for command in commands)


def paste(command: str) -> bool:
    assert shlex.split(command)[0] == "cosign"
    return subprocess.run(command, shell=True, capture_output=True, check=False).returncode == 0


def test_the_password_is_in_no_command_and_a_wrong_one_fails(cosign: World, keys: tuple[Path, Path]) -> None:
    cosign.signer.sign(cosign.image)
    assert PASSWORD not in str(cosign.commands.shown)
    wrong = CosignSigner(SigningSettings(), keys[0], "wrong-password", runner(Progress()))
    with pytest.raises(AttestError) as caught:
        wrong.sign(cosign.image)
    assert "decrypt" in str(caught.value)
    assert "wrong-password" not in str(caught.value)


def test_a_registry_that_is_down_cannot_be_asked(keys: tuple[Path, Path]) -> None:
    signer = CosignSigner(SigningSettings(), keys[0], PASSWORD, runner(Progress()))
    gone = Reference.parse(f"127.0.0.1:1/demo@sha256:{'0' * 64}")
    with pytest.raises(VerifyError):
        signer.verify(gone)
    with pytest.raises(VerifyError):
        signer.verified_predicates(gone, EvidenceKind.SBOM)


def test_a_missing_key_is_named(tmp_path: Path) -> None:
    signer = CosignSigner(SigningSettings(), tmp_path, "", runner(Progress()))
    with pytest.raises(UsageError, match=r"cosign\.key"):
        signer.sign(Reference.parse(f"127.0.0.1:1/demo@sha256:{'0' * 64}"))


def test_a_key_pair_is_never_overwritten(keys: tuple[Path, Path]) -> None:
    before = (keys[0] / "cosign.key").read_bytes()
    with pytest.raises(AttestError, match="already"):
        generate_key_pair(runner(Progress()), keys[0], PASSWORD)
    assert (keys[0] / "cosign.key").read_bytes() == before


def test_the_tool_is_the_pinned_one() -> None:
    assert shutil.which("cosign") == str(tool_folder() / "cosign")
