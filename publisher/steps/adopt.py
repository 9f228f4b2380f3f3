"""Adopt: look up what registries have of a catalog's tags, note it in publisher.lock, and record it.

Nothing is built, copied or moved.  The record begins the chain: the next plan starts from the commit
that was adopted.  Where a chain is there already only tags are added that no record knows, and it
goes on from the commit that was released last.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from publisher.catalog.lock import Lock, LockedBase
from publisher.catalog.lock_file import write_lock
from publisher.catalog.overlay import Overlay
from publisher.catalog.target import TargetId
from publisher.errors import PlanError, PublisherError, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.plan.changes import build_ids
from publisher.plan.declarations import LOCK_FILE
from publisher.plan.plan import WORKTREE, Plan
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, load_snapshot
from publisher.plan.tags import Place, desired_tags
from publisher.records.release import RecordKind, ReleaseRecord
from publisher.records.timeline import Timeline
from publisher.steps.adoption import Adoption, Contents, adopt, is_own
from publisher.steps.asking import ask_everywhere
from publisher.steps.bases import offered_platforms
from publisher.steps.chain import StoredRecord
from publisher.steps.run import Runner
from publisher.steps.workbench import Workbench
from publisher.steps.worktree import Worktree

STEP = "look up"
_COUNTING_HOST = "docker.io"
"""Docker Hub counts each GET of a manifest as a pull, and none of HEAD:
https://docs.docker.com/docker-hub/usage/pulls/"""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the registries gave; `errors` are by place, `adoption` is what they leave."""

    adoption: Adoption
    errors: Mapping[Place, PublisherError]


@dataclass(frozen=True, slots=True)
class AdoptStep:
    """Takes the tags of one commit over.

    `snapshot` is its state, `timeline` the chain so far, `before` what publisher.lock has adopted.
    """

    bench: Workbench
    snapshot: Snapshot
    timeline: Timeline
    before: Mapping[TargetId, LockedBase]
    registry: str | None = None

    def places(self) -> Mapping[Place, TargetId]:
        """Give what is looked up: the declared tags that no record knows, of targets never released."""
        known = {(state.repository, state.tag) for state in self.timeline.tags()}
        ours = {t for t in self.timeline.targets if any(v.released for v in self.timeline.versions(t))}
        return {
            place: target
            for place, target in desired_tags(self.snapshot).items()
            if self.registry in (None, place.registry)
            and target not in ours
            and (place.repository, place.tag) not in known
        }

    def look(self, places: Mapping[Place, TargetId]) -> Looked:
        """Ask every registry what its tags name, and once a digest what that stands for."""
        entries = self.snapshot.entries
        asked = list(places)
        answers = dict(zip(asked, self._ask(asked), strict=True))
        found = {place: answer for place, answer in answers.items() if isinstance(answer, Digest)}
        errors = {place: answer for place, answer in answers.items() if isinstance(answer, PublisherError)}
        own = [place for place in found if is_own(place, entries[places[place]])]
        contents, failed = self._read(own, found)
        errors |= failed
        spoiled = {places[place] for place in errors if self._counts(place, errors[place])}
        whole = {place: target for place, target in places.items() if target not in spoiled}
        adoption = adopt(whole, found, contents, entries, self.before, _whole_seconds(self.bench.now()))
        return Looked(adoption, errors)

    def _counts(self, place: Place, error: PublisherError) -> bool:
        """Tell whether an error spoils the target; an optional registry that is silent is as if not asked."""
        required = self.bench.settings.registries[place.registry].required
        return required or not isinstance(error, RegistryUnreachable)

    def _ask(self, places: Sequence[Place]) -> list[Digest | PublisherError | None]:
        def ask(place: Place) -> Digest | None:
            registry = self.bench.registry(place.repository.host)
            found: Descriptor | None = registry.head_manifest(place.repository.path, place.tag)
            return found.digest if found else None

        return ask_everywhere(
            places, lambda place: place.repository.host, ask, step=STEP, progress=self.bench.progress
        )

    def _read(
        self, own: Sequence[Place], found: Mapping[Place, Digest]
    ) -> tuple[dict[Digest, Contents], dict[Place, PublisherError]]:
        """Read each digest once, where that is no pull if there is a choice."""
        by_digest: dict[Digest, list[Place]] = {}
        for place in own:
            by_digest.setdefault(found[place], []).append(place)
        chosen = [min(places, key=_is_counted) for places in by_digest.values()]

        def read(place: Place) -> Contents:
            registry, source = self.bench.registry(place.repository.host), place.repository
            manifest = registry.get_manifest(source.path, found[place])
            platforms = offered_platforms(registry, source, manifest)
            first = by_digest[found[place]][0].repository
            return Contents(first, platforms, manifest.digest if manifest.is_index else None)

        answers = ask_everywhere(
            chosen, lambda place: place.repository.host, read, step="read", progress=self.bench.progress
        )
        contents: dict[Digest, Contents] = {}
        errors: dict[Place, PublisherError] = {}
        for place, answer in zip(chosen, answers, strict=True):
            if isinstance(answer, PublisherError):
                errors |= dict.fromkeys(by_digest[found[place]], answer)
            else:
                contents[found[place]] = answer
        return contents, errors

    def commit(
        self, runner: Runner, last: StoredRecord | None, adoption: Adoption
    ) -> tuple[StoredRecord, str]:
        """Write the record, and tell people; give it with the address of the notes.

        Raises:
            RegistryError, ReleaseError: staging or a destination failed; running it again goes on.
        """
        published = runner.transaction.run(last, self.record(last, adoption))
        if published.stored is None:
            raise PlanError("no record was due, though there are tags to adopt")
        return published.stored, runner.releases.run(published.stored, published.outcomes)

    def record(self, last: StoredRecord | None, adoption: Adoption) -> ReleaseRecord:
        """Make the record; the first one starts from the adopted commit, later ones stay where they are."""
        commit = self.snapshot.commit
        before = last.record if last else None
        return ReleaseRecord(
            sequence=before.sequence + 1 if before else 1,
            previous=last.digest if last else None,
            source=self.bench.settings.source,
            base=before.base if before else commit,
            head=before.head if before else commit,
            time=self.bench.now(),
            who=self.bench.who,
            why=f"Adopt {len(adoption.tags)} tags of {commit[:12]} as they are",
            unfinished=before.unfinished if before else (),
            holds=before.holds if before else (),
            adopted=adoption.tags,
            kind=RecordKind.ADOPT,
        )


def _whole_seconds(now: datetime) -> datetime:
    return now.replace(microsecond=0)


def _is_counted(place: Place) -> bool:
    return place.repository.host == _COUNTING_HOST


def asked_of(places: Mapping[Place, TargetId]) -> Mapping[str, int]:
    """Count the tags that each registry is asked for."""
    return dict(sorted(Counter(place.registry for place in places).items()))


def lock_with(snapshot: Snapshot, worktree: Worktree, found: Mapping[TargetId, LockedBase]) -> Lock:
    """Give the working tree's lock with what was adopted.

    Left out is what changed since the adopted commit: that is to be built.
    """
    lock = worktree.snapshot.lock
    before = replace(lock, adopted=snapshot.lock.adopted)
    files = Overlay(worktree.files, {LOCK_FILE: write_lock(before)})
    now = load_snapshot(files, WORKTREE, last=snapshot)
    adopted = {target: entry for target, entry in found.items() if _is_unchanged(snapshot, now, target)}
    return replace(lock, adopted={**lock.adopted, **adopted})


def _is_unchanged(before: Snapshot, now: Snapshot, target: TargetId) -> bool:
    if target not in now.entries:
        return False
    same = before.outlines.get(target) == now.outlines.get(target)
    return same and build_ids(before, target) == build_ids(now, target)


def plan_after(snapshot: Snapshot, worktree: Worktree, lock: Lock) -> Plan:
    """Give the plan that committing the working tree with this lock causes, from the adopted commit on."""
    files = Overlay(worktree.files, {LOCK_FILE: write_lock(lock)})
    return make_plan(snapshot, load_snapshot(files, WORKTREE, last=snapshot))
