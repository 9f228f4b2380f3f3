"""One state of the catalog, complete: every target with everything that determines its builds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from publisher.catalog.entry import Entry, Status
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.lock import Lock
from publisher.catalog.problem import Problem
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.codec import canonical
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import Identity
from publisher.plan.builds import LazyBuilds
from publisher.plan.declarations import own_files, read_declarations
from publisher.plan.graph import waves
from publisher.plan.inputs import BuildInputs
from publisher.plan.memory import Memory
from publisher.plan.names import find_owners, unique_entries
from publisher.plan.plan import EMPTY_BASE
from publisher.plan.resolution import resolve_all
from publisher.plan.sources import read_sources

if TYPE_CHECKING:
    from publisher.catalog.smoke import SmokeTest

NO_TEST = Digest.of(b"")
"""Stands for the test of a target that has none."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a commit says.

    `entries` are all declared targets; `inputs` those that can be built, by platform in
    canonical order; `outlines` the rest: what is known of each, as one digest, so that two
    states can be compared.  `kept` are entries that cannot be read in this state and stand
    as they were in the last one, with the file that declares them.
    `owners` maps `image:tag`, aliases and `latest` included, to the target that it names.
    """

    commit: str
    settings: Settings
    lock: Lock = field(default_factory=Lock)
    entries: Mapping[TargetId, Entry] = field(default_factory=dict)
    inputs: Mapping[TargetId, Mapping[Platform, BuildInputs]] = field(default_factory=dict)
    identities: Mapping[TargetId, Mapping[Platform, Identity]] = field(default_factory=dict)
    smoke: Mapping[TargetId, SmokeTest] = field(default_factory=dict)
    parents: Mapping[TargetId, tuple[TargetId, ...]] = field(default_factory=dict)
    owners: Mapping[str, TargetId] = field(default_factory=dict)
    outlines: Mapping[TargetId, Digest] = field(default_factory=dict)
    kept: Mapping[TargetId, str] = field(default_factory=dict)
    tree: Mapping[str, TreeFile] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)

    def shares_builds(self, base: Snapshot, target: TargetId) -> bool:
        """Tell whether the builds of a target are known to be those of `base`, without working them out."""
        return isinstance(self.inputs, LazyBuilds) and self.inputs.are_those_of(target, base.inputs)

    def test_digest(self, target: TargetId) -> Digest:
        """Give the identity of a target's smoke test; where its file lies does not count."""
        test = self.smoke.get(target)
        return Digest.of(canonical(replace(test, source=""))) if test else NO_TEST

    def is_dormant(self, target: TargetId) -> bool:
        """Tell whether a target is kept as it is: frozen, at its end of life, or adopted."""
        return self.entries[target].status is not Status.ACTIVE or target in self.lock.adopted

    def waves(self) -> Mapping[TargetId, int]:
        """Give each target that can be built the longest path to it, in build order."""
        return waves({target: self.parents[target] for target in self.inputs})


def empty_snapshot(settings: Settings) -> Snapshot:
    """Give the state before there was anything; settings are the head's."""
    return Snapshot(EMPTY_BASE, settings)


def load_snapshot(
    files: Files, commit: str, *, last: Snapshot | None = None, memory: Memory | None = None
) -> Snapshot:
    """Read a whole state in two batches of git objects.

    `last` is the state before this one: entries that cannot be read now stay as they were
    there, and a name that two targets claim stays with the one that had it.  `memory` holds
    what was read before, by default for `last`, so that equal files of two states are read once.

    Raises:
        CatalogError: `publisher.yml` is missing, or it or `publisher.lock` cannot be read.
        HistoryError: an object is not in the repository.
    """
    memory = memory or (last.memory if last else Memory())
    memory.recall_nodes(files.tree, own_files(files.tree))
    declared = read_declarations(files, last.entries if last else {}, memory.declarations)
    memory.keep_nodes()
    entries, repeated = unique_entries(declared.entries)
    names = find_owners(entries, last.owners if last else {})
    sources = read_sources(files, entries.values(), declared.settings, memory)
    resolution = resolve_all(entries, names.owners, declared, sources, [*repeated, *names.problems], memory)
    return Snapshot(
        commit, declared.settings, declared.lock, entries,
        inputs=resolution.inputs, identities=resolution.identities, smoke=sources.smoke,
        parents=resolution.parents, owners=names.owners, outlines=resolution.outlines,
        kept=declared.kept, tree=files.tree, problems=resolution.problems, memory=memory,
    )  # fmt: skip
