"""What was worked out for an earlier state, as far as it holds for this one too.

Two commits that are compared share nearly everything.  A draft, or a finished build, is taken over only
where everything that it follows from is the same, so the result is what working it out again would give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from publisher.catalog.dockerfile.stages import Resolved
from publisher.catalog.entry import Entry
from publisher.catalog.lock import Lock
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform
from publisher.plan.inputs import ContextFile

if TYPE_CHECKING:
    from publisher.plan.builds import Builds
    from publisher.plan.draft import Draft


@dataclass(frozen=True, slots=True)
class Former:
    """An earlier state: `drafts` as first made, `final` those with the instructions of their parents."""

    settings: Settings
    lock: Lock
    owners: Mapping[str, TargetId]
    entries: Mapping[TargetId, Entry]
    drafts: Mapping[TargetId, Mapping[Platform, Draft]]
    final: Mapping[TargetId, Mapping[Platform, Draft]]
    builds: Builds

    def draft(
        self,
        entry: Entry,
        platform: Platform,
        resolved: Resolved,
        files: tuple[ContextFile, ...],
        names: tuple[str | None, ...],
        owners: Mapping[str, TargetId],
        entries: Mapping[TargetId, Entry],
    ) -> Draft | None:
        """Give the draft that these make, if it was made before and nothing was wrong with it."""
        found = self.drafts.get(entry.target, {}).get(platform)
        if found is None or found.problems or found.resolved is not resolved or found.files != files:
            return None
        if found.names != names or found.entry != entry:
            return None
        used = (*names, entry.base) if entry.base else names
        return found if all(self._means_the_same(name, owners, entries) for name in used if name) else None

    def _means_the_same(
        self, name: str, owners: Mapping[str, TargetId], entries: Mapping[TargetId, Entry]
    ) -> bool:
        before, now = self.owners.get(name), owners.get(name)
        if before is None or now is None:
            return before is now
        return before == now and self.entries[before].platforms == entries[now].platforms

    def built_from(
        self, target: TargetId, drafts: Mapping[Platform, Draft], same: Callable[[TargetId], bool]
    ) -> bool:
        """Tell whether a target was built from just these drafts, on parents that are the `same`."""
        before = self.final.get(target, {})
        if target not in self.builds.inputs or before.keys() != drafts.keys():
            return False
        if not all(before[platform] is draft for platform, draft in drafts.items()):
            return False
        return all(same(parent.target) for draft in drafts.values() for parent in draft.parents)
