"""Parents that staging already holds, for a trial: read and never written.

Whatever goes wrong here costs time only: a parent that cannot be had is built on the spot.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.errors import AttestError, MissingTool, RegistryError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference
from publisher.plan.inputs import BuildInputs
from publisher.ports.progress import Progress
from publisher.records.evidence import EvidenceKind
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.staged_builds import states_build


@dataclass(slots=True)
class StagedParents:
    """Finds builds by BuildId; with `verifies` only those that carry a valid statement count."""

    desk: EvidenceDesk
    progress: Progress
    verifies: bool
    _silent: bool = field(default=False, init=False)

    def find(self, inputs: BuildInputs) -> str | None:
        """Give `repository@digest` of a build; None where staging has none or does not answer."""
        if self._silent:
            return None
        try:
            return self._find(inputs)
        except (RegistryError, AttestError, MissingTool) as error:
            self._silent = True
            self.progress.note(f"staging cannot be asked, so all parents are built here: {error.what}")
            return None

    def _find(self, inputs: BuildInputs) -> str | None:
        path, tag = self.desk.repository.path, inputs.build_id.staging_tag
        found = self.desk.registry.head_manifest(path, tag)
        if found is None:
            return None
        reference = self.desk.reference(found.digest)
        if self.verifies and not self._is_stated(found.digest, inputs):
            self.progress.warning(
                f"{reference} carries no valid build statement, so {inputs.target} is built here"
            )
            return None
        return self._told(reference, inputs)

    def _is_stated(self, digest: Digest, inputs: BuildInputs) -> bool:
        predicates = self.desk.predicates(digest, EvidenceKind.PROVENANCE)
        return any(states_build(raw, inputs.build_id, inputs.platform) for raw in predicates)

    def _told(self, reference: Reference, inputs: BuildInputs) -> str:
        trust = "verified" if self.verifies else "not verified, since no public key is configured"
        self.progress.note(f"{inputs.target} {inputs.platform} is unchanged: taken from staging ({trust})")
        return reference.pinned
