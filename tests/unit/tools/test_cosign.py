"""What is asked of cosign, and how its answers are read; `tests/contract/test_signer.py` runs it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.errors import AttestError, UsageError, VerifyError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference
from publisher.ports.progress import Progress
from publisher.records.evidence import EvidenceKind
from publisher.tools.cosign import CosignSigner
from publisher.tools.cosign_transcript import Transcript
from publisher.tools.process import Completed, Runner

DIGEST = Digest.of(b"image")
IMAGE = Reference.parse(f"registry.test/demo@{DIGEST}")
WITH_KEY = SigningSettings()
KEYLESS = SigningSettings(mode=SigningMode.KEYLESS, identity="https://github.com/us/it/.github/w.yml@refs/heads/main",
                          issuer="https://token.actions.githubusercontent.com")  # fmt: skip
LISTED = f"2026/01/31 12:00:00 <-- 404 https://registry.test/v2/demo/manifests/sha256-{DIGEST.hex} (1ms)"
NOTHING = ["Error: no signatures found", "error during command execution: no signatures found"]


class ScriptedRunner(Runner):
    """Runs nothing; keeps what it was asked and answers from a script."""

    def __init__(self, returncode: int = 0, stdout: bytes = b"", lines: list[str] | None = None) -> None:
        super().__init__(
            Progress(), {"ACTIONS_ID_TOKEN_REQUEST_TOKEN": "ghs", "DOCKER_CONFIG": "/docker", "X": "y"}
        )
        self.answer = Completed(returncode, stdout, b"")
        self.lines = lines or []
        self.argv: list[str] = []
        self.options: dict[str, Any] = {}

    def run(self, argv: Any, *, on_line: Callable[[str], None] | None = None, **options: Any) -> Completed:
        self.argv, self.options = [str(word) for word in argv], options
        for line in self.lines if on_line else ():
            on_line(line)  # type: ignore[misc]
        return self.answer


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    for name in ("cosign.key", "cosign.pub"):
        (tmp_path / name).write_text("key")
    return tmp_path


def signer(runner: Runner, keys: Path, settings: SigningSettings = WITH_KEY, **more: Any) -> CosignSigner:
    return CosignSigner(settings, keys, "secret", runner, **more)


def test_a_key_signs_offline(keys: Path) -> None:
    runner = ScriptedRunner()
    signer(runner, keys).sign(IMAGE)
    assert runner.argv == ["cosign", "sign", f"--key={keys}/cosign.key", "--use-signing-config=false",
                           "--tlog-upload=false", "--yes", IMAGE.pinned]  # fmt: skip
    assert runner.options["env"] == {"COSIGN_PASSWORD": "secret", "DOCKER_CONFIG": "/docker"}
    assert "secret" in runner.options["secrets"]


def test_keyless_signing_leaves_the_defaults_and_passes_the_job_s_identity(tmp_path: Path) -> None:
    runner = ScriptedRunner()
    signer(runner, tmp_path, KEYLESS, docker_config=Path("/mine")).sign(IMAGE)
    assert runner.argv == ["cosign", "sign", "--yes", IMAGE.pinned]
    assert runner.options["env"]["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] == "ghs"
    assert runner.options["env"]["DOCKER_CONFIG"] == "/mine"
    assert "ghs" in runner.options["secrets"]


def test_keyless_verification_names_identity_and_issuer_exactly(tmp_path: Path) -> None:
    runner = ScriptedRunner(0, b"[]")
    signer(runner, tmp_path, KEYLESS).verify(IMAGE)
    exact = [f"--certificate-identity={KEYLESS.identity}", f"--certificate-oidc-issuer={KEYLESS.issuer}"]
    assert runner.argv == ["cosign", "verify", *exact, "--verbose", IMAGE.pinned]
    assert "ACTIONS_ID_TOKEN_REQUEST_TOKEN" not in runner.options["env"]
    with pytest.raises(UsageError, match="identity"):
        signer(runner, tmp_path, SigningSettings(mode=SigningMode.KEYLESS)).verify(IMAGE)


def test_a_predicate_is_attested_under_its_uri_from_standard_input(keys: Path) -> None:
    runner = ScriptedRunner()
    signer(runner, keys, insecure_hosts=["registry.test"]).attest(IMAGE, EvidenceKind.SBOM, b'{"a": 1}')
    assert runner.argv[6:] == ["--type", "https://spdx.dev/Document", "--predicate", "-",
                               "--allow-http-registry=true", IMAGE.pinned]  # fmt: skip
    assert runner.options["input"] == b'{"a": 1}'


@pytest.mark.parametrize(("kind", "raw"), [(EvidenceKind.SIGNATURE, b"{}"), (EvidenceKind.SBOM, b"[]")])
def test_what_is_no_predicate_is_not_attested(keys: Path, kind: EvidenceKind, raw: bytes) -> None:
    runner = ScriptedRunner()
    with pytest.raises(AttestError):
        signer(runner, keys).attest(IMAGE, kind, raw)
    assert runner.argv == []


def claims(*pairs: tuple[str, str]) -> bytes:
    plain = [
        {"critical": {"type": kind, "image": {"docker-manifest-digest": digest}}} for kind, digest in pairs
    ]
    return b"\n" + json.dumps(plain).encode()


@pytest.mark.parametrize(
    ("answer", "signed"),
    [
        (claims((EvidenceKind.SIGNATURE, DIGEST)), True),
        (claims((EvidenceKind.SBOM, DIGEST), (EvidenceKind.SIGNATURE, DIGEST)), True),
        (claims((EvidenceKind.SBOM, DIGEST)), False),
        (claims((EvidenceKind.SIGNATURE, Digest.of(b"other"))), False),
        (claims(("cosign container image signature", DIGEST)), False),
        (b"", False),
    ],
)
def test_exit_0_is_not_enough_for_a_signature(keys: Path, answer: bytes, signed: bool) -> None:
    assert signer(ScriptedRunner(0, answer), keys).verify(IMAGE) is signed


def envelope(kind: str, digest: Digest, predicate: Mapping[str, object]) -> bytes:
    statement = {
        "predicateType": kind,
        "predicate": predicate,
        "subject": [{"digest": {"sha256": digest.hex}}],
    }
    payload = base64.b64encode(json.dumps(statement).encode()).decode()
    return json.dumps({"payloadType": "application/vnd.in-toto+json", "payload": payload}).encode() + b"\n"


def test_only_predicates_of_the_kind_and_the_digest_are_given(keys: Path) -> None:
    answer = envelope(EvidenceKind.SBOM, DIGEST, {"b": 1, "a": 2})
    answer += envelope(EvidenceKind.PROVENANCE, DIGEST, {"c": 1})
    answer += envelope(EvidenceKind.SBOM, Digest.of(b"other"), {"d": 1})
    found = signer(ScriptedRunner(0, answer), keys).verified_predicates(IMAGE, EvidenceKind.SBOM)
    assert found == (b'{"a":2,"b":1}',)


@pytest.mark.parametrize("answer", [b"{", b"[1]", b'[{"critical": {}}]'])
def test_an_answer_that_is_not_understood_proves_nothing(keys: Path, answer: bytes) -> None:
    with pytest.raises(VerifyError, match="not understood"):
        signer(ScriptedRunner(0, answer), keys).verify(IMAGE)
    with pytest.raises(VerifyError, match="not understood"):
        signer(ScriptedRunner(0, answer), keys).verified_predicates(IMAGE, EvidenceKind.SBOM)


def test_nothing_found_is_believed_when_the_registry_answered(keys: Path) -> None:
    found = signer(ScriptedRunner(10, b"", [LISTED, *NOTHING]), keys)
    assert not found.verify(IMAGE)
    assert found.verified_predicates(IMAGE, EvidenceKind.SBOM) == ()


@pytest.mark.parametrize("end", ["429", "503", "401", "403", "read: connection reset by peer GET"])
@pytest.mark.parametrize(("returncode", "answer"), [(10, b""), (0, claims((EvidenceKind.SBOM, DIGEST)))])
def test_nothing_found_is_not_believed_when_it_did_not(
    keys: Path, end: str, returncode: int, answer: bytes
) -> None:
    runner = ScriptedRunner(
        returncode, answer, [LISTED.replace("404", end), *(NOTHING if returncode else [])]
    )
    with pytest.raises(VerifyError, match="did not answer") as caught:
        signer(runner, keys).verify(IMAGE)
    assert end.split(maxsplit=1)[0] in caught.value.detail


def test_any_other_failure_is_shown_as_cosign_said_it(keys: Path) -> None:
    runner = ScriptedRunner(
        1, b"", ["noise", "Error: loading key: bad", "second line", "error during command execution: x"]
    )
    with pytest.raises(VerifyError) as caught:
        signer(runner, keys).verify(IMAGE)
    assert caught.value.detail == "loading key: bad\nsecond line"


def test_people_get_commands_that_ask_for_the_type(keys: Path) -> None:
    (command,) = signer(ScriptedRunner(), keys).manual_verify_commands(IMAGE, [EvidenceKind.SIGNATURE])
    assert command == (
        f"cosign verify-attestation --key={keys}/cosign.pub --insecure-ignore-tlog=true "
        f"--type https://sigstore.dev/cosign/sign/v1 {IMAGE.pinned} >/dev/null"
    )


def test_an_answer_after_trying_again_counts() -> None:
    transcript = Transcript()
    transcript.add(LISTED.replace("404", "503"))
    assert transcript.trouble
    transcript.add(LISTED)
    assert not transcript.trouble


@pytest.mark.parametrize(
    ("line", "usable"),
    [
        ("<-- 401 https://registry.test/v2/ (1ms)", True),
        ("<-- tls: no handshake GET https://127.0.0.1:5000/v2/ (1ms)", True),
        ("<-- 406 https://registry.test/v2/demo/referrers/sha256:1 (1ms)", True),
        ("<-- 406 https://registry.test/v2/demo/manifests/sha256:1 (1ms)", False),
        ("<-- 307 https://registry.test/v2/demo/blobs/sha256:1 (1ms)", True),
        ("<-- 200 https://registry.test/v2/demo/blobs/sha256:1 (1ms) [body redacted]", True),
        ("<-- 403 https://auth.test/token?scope=x (1ms)", False),
    ],
)
def test_which_answers_are_usable(line: str, usable: bool) -> None:
    transcript = Transcript()
    transcript.add(f"2026/01/31 12:00:00 {line}")
    assert (not transcript.trouble) is usable
