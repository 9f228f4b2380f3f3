"""Build one platform of one target, unless staging already holds that build."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from publisher.attestation.provenance import Run, build_provenance
from publisher.catalog.files import Files
from publisher.catalog.settings import MediaFormat
from publisher.catalog.target import TargetId
from publisher.errors import BuildError
from publisher.oci.platform import Platform
from publisher.plan.inputs import Base, BuildInputs, Parent
from publisher.plan.materials import check_materials, expected_materials
from publisher.plan.snapshot import Snapshot
from publisher.ports.builder import Builder, BuildRequest, BuildResult, Output, PushTo
from publisher.ports.progress import Progress
from publisher.records.build import BuildRecord
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.results import Results
from publisher.steps.staged_builds import StagedBuild, StagedBuilds
from publisher.steps.staged_index import stage_index
from publisher.steps.workbench import Workbench
from publisher.tools.materialise import materialise

STEP = "build"


@dataclass(frozen=True, slots=True)
class BuildStep:
    """Builds the targets of one snapshot."""

    bench: Workbench
    snapshot: Snapshot
    files: Files
    desk: EvidenceDesk
    results: Results

    @property
    def staged(self) -> StagedBuilds:
        """Give the builds in staging."""
        return StagedBuilds(self.bench.staging, self.desk, self.bench.progress)

    def run(self, target: TargetId, platform: Platform) -> BuildRecord:
        """Find the build in staging or make it.

        Raises:
            BuildError: it failed, a base is not locked, or other materials were used than planned.
            RegistryError, AttestError: staging or cosign failed.
        """
        inputs = self.snapshot.inputs[target][platform]
        started = time.monotonic()
        with self.desk.writing(inputs.build_id):
            staged = self.staged.find(inputs.build_id, platform)
            reused = staged is not None
            if staged is None:
                staged = self._build(inputs)
        record = _record(inputs, staged, reused, time.monotonic() - started)
        self.results.builds[target, platform] = record
        return record

    def _build(self, inputs: BuildInputs) -> StagedBuild:
        images = self._images(inputs)
        began = self.bench.now()
        result = call_builder(self.bench, self.files, inputs, images, PushTo(self.bench.builds))
        self.bench.progress.reached("build:pushed")
        run = provenance_run(self.bench, self.snapshot.commit, began)
        predicate = build_provenance(inputs, result.materials, run)
        return self.staged.add(inputs.build_id, inputs.platform, result.digest, predicate)

    def _images(self, inputs: BuildInputs) -> dict[str, str]:
        crossing = {parent.reference for parent in inputs.parents if parent.platform != inputs.platform}
        images = {
            parent.reference: self._parent_index(parent)
            if parent.reference in crossing
            else self.desk.reference(self.built(parent.target, parent.platform).digest).pinned
            for parent in inputs.parents
        }
        return images | {base.reference: locked_base(inputs, base) for base in inputs.bases}

    def _parent_index(self, parent: Parent) -> str:
        """Give the index of a parent, for stages that run on another platform than the target."""
        builds = [self.built(parent.target, item) for item in sorted(self.snapshot.inputs[parent.target])]
        return self.desk.reference(stage_index(self.bench, builds).digest).pinned

    def built(self, target: TargetId, platform: Platform) -> BuildRecord:
        """Give the build of this run, or the one that staging holds from an earlier run."""
        record = self.results.builds.get((target, platform))
        return record if record is not None else self._find(target, platform)

    def _find(self, target: TargetId, platform: Platform) -> BuildRecord:
        inputs = self.snapshot.inputs[target][platform]
        staged = self.staged.find(inputs.build_id, platform)
        if staged is None:
            raise BuildError(
                f"the parent {target} is not in staging",
                where=f"{self.bench.builds}:{inputs.build_id.staging_tag}",
                hint=f"run with a `--base` from before {target} was added: it is built again then",
            )
        return _record(inputs, staged, reused=True, seconds=0.0)


def _where(inputs: BuildInputs) -> str:
    return f"{inputs.target} {inputs.platform} ({inputs.dockerfile})"


class Site(Protocol):
    """What a build needs of a workbench."""

    @property
    def builder(self) -> Callable[[Platform], Builder]:
        """Give the builder of a platform."""

    @property
    def progress(self) -> Progress:
        """Give what hears of BuildKit's lines."""

    @property
    def run_directory(self) -> Path:
        """Give the folder that holds `logs`."""


def call_builder(
    site: Site, files: Files, inputs: BuildInputs, images: Mapping[str, str], output: Output
) -> BuildResult:
    """Materialise the context, build, and compare what was used with what was meant.

    Raises:
        BuildError: it failed, or other materials were used than planned.
    """
    node = f"{inputs.target} {inputs.platform}"
    with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
        dockerfile, context = materialise(files, inputs, Path(folder))
        request = BuildRequest(
            platform=inputs.platform,
            dockerfile=dockerfile,
            context=context,
            images=images,
            args=inputs.args,
            stage=inputs.stage,
            epoch=inputs.epoch,
            output=output,
            oci=inputs.format == MediaFormat.OCI,
            frontend=_frontend(inputs),
            log=site.run_directory / "logs" / log_name(inputs.target, inputs.platform, STEP),
            where=_where(inputs),
        )
        result = site.builder(inputs.platform).build(
            request, lambda text: site.progress.update(STEP, node, text)
        )
    check_materials(expected_materials(inputs, images), result.materials, where=_where(inputs))
    return result


def _record(inputs: BuildInputs, staged: StagedBuild, reused: bool, seconds: float) -> BuildRecord:
    found = staged.descriptor
    return BuildRecord(
        inputs.target,
        inputs.platform,
        inputs.build_id,
        found.digest,
        found.size,
        found.media_type,
        staged.statement,
        reused,
        round(seconds, 2),
    )


def locked_base(inputs: BuildInputs, base: Base) -> str:
    """Give the locked reference of an external base, `source@digest`.

    Raises:
        BuildError: the lock does not name it for this platform.
    """
    locked = base.locked
    digest = None
    if locked is not None:
        digest = (
            locked.index
            if base.platform != inputs.platform and locked.index
            else locked.digests.get(base.platform)
        )
    if locked is None or digest is None:
        raise BuildError(
            f"the base {base.reference} is not locked for {base.platform}",
            where=f"{inputs.target}, {inputs.dockerfile}",
            hint="run `publisher refresh bases` and commit publisher.lock",
        )
    return f"{locked.source}@{digest}"


def provenance_run(bench: Workbench, commit: str, started: datetime) -> Run:
    """Say who builds, for the provenance: the catalog's own publisher, at this run."""
    source = bench.settings.source
    return Run(
        source, commit, f"{source}#publisher", bench.run_directory.name, started, bench.now(), bench.version
    )


def _frontend(inputs: BuildInputs) -> str | None:
    return locked_base(inputs, inputs.frontend) if inputs.frontend is not None else None


def log_name(target: TargetId, platform: Platform, step: str) -> str:
    """Give the file name of a log, safe on every file system."""
    return f"{target.replace('/', '_').replace(':', '_')}-{platform.slug}-{step}.log"
