"""Assemble the index of a target from its platform manifests."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.settings import MediaFormat
from publisher.catalog.target import TargetId
from publisher.oci.descriptor import Descriptor
from publisher.oci.index import assemble_index
from publisher.plan.snapshot import Snapshot
from publisher.records.build import BuildRecord
from publisher.records.image import IndexedPlatform, IndexRecord
from publisher.steps.build import BuildStep
from publisher.steps.results import Results
from publisher.steps.workbench import Workbench

STEP = "index"


@dataclass(frozen=True, slots=True)
class IndexStep:
    """Makes indexes in staging."""

    bench: Workbench
    snapshot: Snapshot
    results: Results
    builds: BuildStep

    def run(self, target: TargetId) -> IndexRecord:
        """Write the index under its permanent tag, unless it is there.

        Raises:
            RegistryError: staging failed.
        """
        builds = [self.builds.built(target, platform) for platform in sorted(self.snapshot.inputs[target])]
        index = assemble_index(map(_descriptor, builds), oci=self.bench.settings.format is MediaFormat.OCI)
        path = self.bench.builds.path
        if self.bench.staging.head_manifest(path, index.digest.permanent_tag) is None:
            self.bench.staging.put_manifest(path, index.digest.permanent_tag, index)
        self.bench.progress.reached("index:written")
        platforms = tuple(IndexedPlatform(build.platform, build.digest, build.build_id) for build in builds)
        record = IndexRecord(target, index.digest, index.size, index.media_type, platforms)
        self.results.indexes[target] = record
        return record


def _descriptor(build: BuildRecord) -> Descriptor:
    return Descriptor(build.media_type, build.digest, build.size, build.platform)
