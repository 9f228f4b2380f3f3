"""Signatures and attestations with cosign 3, as Sigstore bundles in OCI referrers.

cosign swallows errors while it lists and fetches referrers: a 429 reads "no signatures found", exactly
like an unsigned image.  So it runs verbosely, and a negative answer counts only if each request behind it was
answered in the end (`publisher.tools.cosign_transcript`).

Where the API is absent cosign reads, changes and writes the fallback tag: one writer a digest at a time is
the caller's duty.
Signing twice adds a second signature: look (`verify`, or the list of referrers) before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from publisher import codec
from publisher.attestation.bundle import BundleStatement, parse_envelope
from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.errors import AttestError, Malformed, UsageError, VerifyError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference
from publisher.records.evidence import EvidenceKind
from publisher.tools.cosign_transcript import Transcript
from publisher.tools.process import Completed, Runner

_TIMEOUT = 300.0
_PASSWORD = "COSIGN_PASSWORD"
_AMBIENT = (
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "GITHUB_ACTIONS",
    "SIGSTORE_ID_TOKEN",
)
"""Variables from which cosign takes the identity of a CI job."""
_TOKENS = frozenset({"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SIGSTORE_ID_TOKEN"})
"""One of them is needed: without, cosign waits for somebody to log in with a browser."""
_OFFLINE_SIGNING = ("--use-signing-config=false", "--tlog-upload=false")
_OFFLINE_VERIFYING = "--insecure-ignore-tlog=true"


class CosignSigner:
    """Signs and verifies as the identity of the settings; `directory` is where their key files lie.

    `insecure_hosts` are registries that speak plain HTTP and are not on loopback; `docker_config` is the
    directory with the registries' credentials.
    """

    def __init__(
        self,
        settings: SigningSettings,
        directory: Path,
        password: str,
        runner: Runner,
        *,
        insecure_hosts: Collection[str] = (),
        docker_config: Path | None = None,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._password = password
        self._runner = runner
        self._insecure_hosts = frozenset(insecure_hosts)
        self._docker_config = docker_config

    def sign(self, reference: Reference) -> None:
        """Attach a signature.

        Raises:
            AttestError: cosign failed, with its last lines.
        """
        self._write(["sign", *self._signing(), *self._registry(reference), reference.pinned], reference)

    def attest(self, reference: Reference, kind: EvidenceKind, predicate: bytes) -> None:
        """Attach a signed statement; cosign re-serialises the predicate: other bytes, the same value.

        Raises:
            AttestError: cosign failed, with its last lines; or the predicate is not a JSON object.
        """
        if kind is EvidenceKind.SIGNATURE or not isinstance(codec.parse(predicate), dict):
            raise AttestError(
                "a predicate must be a JSON object of a kind other than signature", where=str(reference)
            )
        # The URI as type: for its short names cosign drops fields that it does not know, or stores text.
        options = ["--type", kind, "--predicate", "-"]
        argv = ["attest", *self._signing(), *options, *self._registry(reference), reference.pinned]
        self._write(argv, reference, predicate)

    def verify(self, reference: Reference) -> bool:
        """Tell whether a signature of type signature is there: `cosign verify` accepts an SBOM's as well.

        Raises:
            VerifyError: cosign could not tell (registry error, missing tool).
        """
        completed, transcript = self._look(["verify", *self._verifying()], reference)
        signed = completed.returncode == 0 and any(
            claim == (EvidenceKind.SIGNATURE, reference.digest)
            for claim in _claims(completed.stdout, reference)
        )
        return signed or self._sure_that_not(transcript, completed, reference)

    def verified_predicates(self, reference: Reference, kind: EvidenceKind) -> tuple[bytes, ...]:
        """Give the predicates (canonical JSON) of that kind: signed as expected, about this digest.

        Raises:
            VerifyError: cosign could not tell.
        """
        completed, transcript = self._look(
            ["verify-attestation", *self._verifying(), "--type", kind], reference
        )
        statements = _statements(completed.stdout, reference) if completed.returncode == 0 else []
        if completed.returncode == 0 and not statements:
            raise VerifyError("cosign verified something and did not show it", where=reference.pinned,
                              hint="run again; if it stays, use the pinned version of cosign")  # fmt: skip
        found = tuple(
            statement.predicate
            for statement in statements
            if statement.predicate_type == kind and reference.digest in statement.subjects
        )
        if not found:
            self._sure_that_not(transcript, completed, reference)
        return found

    def _write(self, argv: Sequence[str], reference: Reference, predicate: bytes | None = None) -> None:
        ambient = {} if self._settings.mode is SigningMode.KEY else self._ambient(reference)
        secrets = [self._password, *(value for name, value in ambient.items() if name in _TOKENS)]
        self._runner.run(
            ["cosign", *argv], input=predicate, env={**self._environment(), **ambient}, secrets=secrets,
            timeout=_TIMEOUT, error=AttestError, what=f"cosign {argv[0]} failed", where=reference.pinned,
            hint="check keys and credentials, then run again: what is attached already is not added twice",
        )  # fmt: skip

    def _ambient(self, reference: Reference) -> dict[str, str]:
        found = self._runner.picked(*_AMBIENT)
        if not any(found.get(name) for name in _TOKENS):
            raise AttestError("there is no identity to sign as", where=reference.pinned,
                              hint="keyless signing needs a job of GitHub Actions with the permission "
                              "`id-token: write`, or SIGSTORE_ID_TOKEN")  # fmt: skip
        return found

    def _look(self, argv: Sequence[str], reference: Reference) -> tuple[Completed, Transcript]:
        transcript = Transcript()
        completed = self._runner.run(
            ["cosign", *argv, "--verbose", *self._registry(reference), reference.pinned],
            env=self._environment(), secrets=[self._password], timeout=_TIMEOUT, on_line=transcript.add,
            check=False, error=VerifyError, what=f"cosign {argv[0]} failed", where=reference.pinned,
            hint="run again when the registry answers",
        )  # fmt: skip
        return completed, transcript

    def _sure_that_not(self, transcript: Transcript, completed: Completed, reference: Reference) -> bool:
        """Give False if cosign could look and found nothing; else it could not tell."""
        if transcript.trouble:
            raise VerifyError("the registry did not answer cosign: it cannot tell what is signed",
                              where=reference.pinned, detail="\n".join(transcript.trouble),
                              hint="run again when the registry answers")  # fmt: skip
        if completed.returncode and not transcript.found_nothing:
            raise VerifyError("cosign cannot verify", where=reference.pinned, detail=transcript.error,
                              hint="check the key or identity in the settings")  # fmt: skip
        return False

    def _environment(self) -> dict[str, str]:
        config = {"DOCKER_CONFIG": str(self._docker_config)} if self._docker_config else {}
        return {**self._runner.picked("DOCKER_CONFIG"), **config, _PASSWORD: self._password}

    def _signing(self) -> list[str]:
        if self._settings.mode is SigningMode.KEYLESS:
            return ["--yes"]
        return [f"--key={self._key(self._settings.private, 'private')}", *_OFFLINE_SIGNING, "--yes"]

    def _verifying(self) -> list[str]:
        settings = self._settings
        if settings.mode is SigningMode.KEY:
            return [f"--key={self._key(settings.public, 'public')}", _OFFLINE_VERIFYING]
        if not settings.identity or not settings.issuer:
            raise UsageError("keyless signatures are verified by an exact identity and issuer",
                             hint="give `signing.identity` and `signing.issuer`")  # fmt: skip
        return [f"--certificate-identity={settings.identity}", f"--certificate-oidc-issuer={settings.issuer}"]

    def _key(self, name: str | None, which: str) -> str:
        if name and "://" in name:  # a key management service, as cosign writes it
            return name
        path = self._directory / (name or "")
        if not name or not path.is_file():
            raise UsageError(f"the {which} key is not there", where=str(path),
                             hint="make one with `cosign generate-key-pair`, or mend `signing`")  # fmt: skip
        return str(path)

    def _registry(self, reference: Reference) -> list[str]:
        return ["--allow-http-registry=true"] if reference.repository.host in self._insecure_hosts else []


def generate_key_pair(runner: Runner, directory: Path, password: str) -> None:
    """Make cosign.key and cosign.pub in a directory that has neither; for demos and tests.

    Raises:
        AttestError: a key is there already, or cosign failed.
    """
    if (directory / "cosign.key").exists() or (directory / "cosign.pub").exists():
        raise AttestError(
            "a key is there already", where=str(directory), hint="remove it if nothing is signed with it"
        )
    runner.run(["cosign", "generate-key-pair"], cwd=directory, env={_PASSWORD: password}, secrets=[password],
               timeout=_TIMEOUT, error=AttestError, what="cosign could not make a key pair",
               where=str(directory), hint="check that the directory can be written")  # fmt: skip


def _claims(raw: bytes, reference: Reference) -> list[tuple[str, Digest]]:
    """Read the answer of `cosign verify`: of each good signature the statement's type and digest."""
    try:
        criticals = [item["critical"] for item in codec.parse(raw.strip() or b"[]")]
        return [(item["type"], Digest(item["image"]["docker-manifest-digest"])) for item in criticals]
    except (Malformed, KeyError, TypeError) as error:
        raise VerifyError("cosign's answer is not understood", where=reference.pinned, detail=repr(error),
                          hint="use the pinned version of cosign") from error  # fmt: skip


def _statements(raw: bytes, reference: Reference) -> list[BundleStatement]:
    """Read the answer of `cosign verify-attestation`: one DSSE envelope a line."""
    try:
        return [parse_envelope(codec.parse(line)) for line in raw.splitlines() if line.strip()]
    except Malformed as error:
        raise VerifyError("cosign's answer is not understood", where=reference.pinned, detail=str(error),
                          hint="use the pinned version of cosign") from error  # fmt: skip
