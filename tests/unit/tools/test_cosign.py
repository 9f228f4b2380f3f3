"""How cosign is called, with a key pair and as the identity of a CI job, and what it is given."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.errors import AttestError, UsageError, VerifyError
from publisher.notes.verify_commands import verify_evidence, verify_signature
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.ports.progress import Progress
from publisher.records.evidence import EvidenceKind
from publisher.tools.cosign import CosignSigner
from publisher.tools.process import Completed, Runner

GOLDEN = Path(__file__).parents[2] / "golden" / "cosign"
KEYLESS = SigningSettings(
    mode=SigningMode.KEYLESS,
    private=None,
    public=None,
    issuer="https://token.actions.githubusercontent.com",
    identity="https://github.com/ascend/images/.github/workflows/publish.yml@refs/heads/main",
)
SETTINGS = {"key": SigningSettings(), "keyless": KEYLESS}
DIGEST = Digest("sha256:" + "1" * 64)
IMAGE = Reference(Repository("ghcr.io/ascend/staging/builds"), digest=DIGEST)
JOB = {
    "ACTIONS_ID_TOKEN_REQUEST_URL": "https://pipelines.example/token",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "the request token",
    "GITHUB_TOKEN": "another token",
    "COSIGN_EXPERIMENTAL": "1",
}


class Recorder(Runner):
    """Starts nothing: keeps each command line and what the program would have been given."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        super().__init__(Progress(), environment)
        self.commands: list[list[str]] = []
        self.given: list[dict[str, Any]] = []

    def run(self, argv: Any, **options: Any) -> Completed:
        """Succeed; verifications find nothing."""
        self.commands.append(list(argv))
        self.given.append(options)
        return Completed(0, b"", b"")


def signer(mode: str, folder: Path, environment: Mapping[str, str] = JOB) -> tuple[CosignSigner, Recorder]:
    for name in ("cosign.key", "cosign.pub"):
        (folder / name).touch()
    recorder = Recorder(environment)
    return CosignSigner(SETTINGS[mode], folder, "the password", recorder), recorder


@pytest.mark.parametrize("mode", SETTINGS)
def test_the_command_lines_are_those_that_were_reviewed(mode: str, tmp_path: Path) -> None:
    cosign, recorder = signer(mode, tmp_path)
    cosign.sign(IMAGE)
    cosign.attest(IMAGE, EvidenceKind.PROVENANCE, b"{}")
    cosign.verify(IMAGE)
    with pytest.raises(VerifyError, match="did not show it"):  # the recorder ends well and writes nothing
        cosign.verified_predicates(IMAGE, EvidenceKind.SBOM)
    lines = [shlex.join(argv).replace(str(tmp_path), "/catalog") for argv in recorder.commands]
    assert "\n".join(lines) + "\n" == (GOLDEN / f"{mode}.txt").read_text()


def test_keyless_signing_gets_the_job_s_identity_and_nothing_else(tmp_path: Path) -> None:
    cosign, recorder = signer("keyless", tmp_path)
    cosign.sign(IMAGE)
    [given] = recorder.given
    asked = {name: JOB[name] for name in JOB if name.startswith("ACTIONS_")}
    assert given["env"] == {**asked, "COSIGN_PASSWORD": "the password"}
    assert "the request token" in given["secrets"]


def test_neither_a_key_nor_a_verification_gets_the_job_s_identity(tmp_path: Path) -> None:
    (by_key, first), (keyless, second) = signer("key", tmp_path), signer("keyless", tmp_path)
    by_key.sign(IMAGE)
    keyless.verify(IMAGE)
    assert all(set(given["env"]) == {"COSIGN_PASSWORD"} for given in first.given + second.given)


@pytest.mark.parametrize("environment", [{}, {"ACTIONS_ID_TOKEN_REQUEST_URL": "u", "SIGSTORE_ID_TOKEN": ""}])
def test_without_an_identity_nothing_waits_for_a_browser(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    cosign, recorder = signer("keyless", tmp_path, environment)
    with pytest.raises(AttestError, match="no identity") as caught:
        cosign.sign(IMAGE)
    assert "id-token: write" in caught.value.hint
    assert recorder.commands == []


def test_keyless_is_never_verified_without_an_exact_identity(tmp_path: Path) -> None:
    for settings in (SigningSettings(SigningMode.KEYLESS, issuer="i"), SigningSettings(SigningMode.KEYLESS)):
        with pytest.raises(UsageError, match="identity and issuer"):
            CosignSigner(settings, tmp_path, "", Recorder({})).verify(IMAGE)


def test_what_people_type_asks_for_the_same_identity(tmp_path: Path) -> None:
    cosign, recorder = signer("keyless", tmp_path)
    cosign.verify(IMAGE)
    exact = {word for word in recorder.commands[0] if word.startswith("--certificate-")}
    typed = [
        verify_signature(IMAGE.repository, DIGEST, KEYLESS),
        verify_evidence(IMAGE.repository, DIGEST, EvidenceKind.SBOM, KEYLESS),
    ]
    assert len(exact) == 2
    for command in typed:
        joined = command.replace("--certificate-identity ", "--certificate-identity=")
        joined = joined.replace("--certificate-oidc-issuer ", "--certificate-oidc-issuer=")
        assert exact < set(shlex.split(joined))
        assert "ignore" not in command
        assert "regexp" not in command
