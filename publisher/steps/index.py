"""Assemble the index of a target from its platform manifests."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.plan.snapshot import Snapshot
from publisher.records.image import IndexedPlatform, IndexRecord
from publisher.steps.build import BuildStep
from publisher.steps.results import Results
from publisher.steps.staged_index import stage_index
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
        index = stage_index(self.bench, builds)
        self.bench.progress.reached("index:written")
        platforms = tuple(IndexedPlatform(build.platform, build.digest, build.build_id) for build in builds)
        record = IndexRecord(target, index.digest, index.size, index.media_type, platforms)
        self.results.indexes[target] = record
        return record
