"""Why a target is built: each difference between two identities, with its cause."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.catalog.files import TreeFile
from publisher.catalog.ignore_file import ignore_path
from publisher.catalog.paths import below, folder_of
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import Identity, locked_digest
from publisher.plan.declarations import LOCK_FILE, SETTINGS_FILE
from publisher.plan.inputs import BuildInputs
from publisher.plan.plan import Reason, ReasonCode
from publisher.plan.snapshot import Snapshot

_RANK = {code: rank for rank, code in enumerate(ReasonCode)}


@dataclass(frozen=True, slots=True)
class _Side:
    """One platform of a target in one of the two states."""

    inputs: BuildInputs
    identity: Identity
    parents: Mapping[tuple[TargetId, Platform], BuildId]
    tree: Mapping[str, TreeFile]
    declared: str

    @property
    def place(self) -> str:
        """Give the Dockerfile as its entry names it: seen from the file that declares it."""
        return below(folder_of(self.declared), self.inputs.dockerfile) or self.inputs.dockerfile

    @property
    def ignore(self) -> str | None:
        """Give the `.dockerignore` that applies."""
        return ignore_path(self.tree, self.inputs.dockerfile, self.inputs.context)

    @property
    def wants(self) -> tuple[object, ...]:
        """Give what else says which files count, beside the Dockerfile's path: other reasons name it."""
        return self.identity.instructions, self.identity.args, self.identity.stage

    @property
    def bases(self) -> Mapping[tuple[str, Platform], Digest | None]:
        """Give the locked digest of each external base."""
        return {(base.reference, base.platform): locked_digest(base) for base in self.inputs.bases}


def find_reasons(base: Snapshot, head: Snapshot, target: TargetId) -> tuple[Reason, ...]:
    """Say why a target's BuildIds differ; none when they do not."""
    if target not in base.entries:
        return (Reason(ReasonCode.ADDED, head.entries[target].position.file),)
    if target not in base.inputs:
        return (Reason(ReasonCode.FAILED_BEFORE, _why_left_out(base, target)),)
    found = dict.fromkeys([
        *_woken(base, head, target),
        *_platform_reasons(base, head, target),
        *_build_reasons(base, head, target),
    ])  # fmt: skip
    return tuple(sorted(found, key=lambda reason: (_RANK[reason.code], reason.cause)))


def _why_left_out(snapshot: Snapshot, target: TargetId) -> str:
    own = [problem for problem in snapshot.problems if problem.target == target]
    return f"{own[0].position}: {own[0].message}" if own else "it could not be planned before"


def _woken(base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[Reason]:
    """Name the file by which a target that was adopted or frozen is built from now on."""
    if base.is_dormant(target) and not head.is_dormant(target):
        adopted = target in base.lock.adopted
        yield Reason(ReasonCode.ADDED, LOCK_FILE if adopted else head.entries[target].position.file)


def _platform_reasons(base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[Reason]:
    old, new = base.inputs[target], head.inputs[target]
    yield from (Reason(ReasonCode.PLATFORM_ADDED, platform) for platform in new if platform not in old)
    yield from (Reason(ReasonCode.PLATFORM_REMOVED, platform) for platform in old if platform not in new)


def _build_reasons(base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[Reason]:
    for platform, inputs in head.inputs[target].items():
        former = base.inputs[target].get(platform)
        if former and former.build_id != inputs.build_id:
            old, new = _side(base, former), _side(head, inputs)
            for compare in _COMPARISONS:
                yield from compare(old, new)


def _side(snapshot: Snapshot, inputs: BuildInputs) -> _Side:
    parents = {(p.target, p.platform): snapshot.inputs[p.target][p.platform].build_id for p in inputs.parents}
    identity = snapshot.identities[inputs.target][inputs.platform]
    declared = snapshot.entries[inputs.target].position.file
    return _Side(inputs, identity, parents, snapshot.tree, declared)


def _dockerfile(old: _Side, new: _Side) -> Iterator[Reason]:
    """Name the Dockerfile; a new path counts only where the entry names another one, and that differs.

    One that is gone from its former path was moved: what it says then counts by itself.
    """
    differs = (old.identity.instructions, old.identity.frontend) != (
        new.identity.instructions,
        new.identity.frontend,
    )
    path, another = new.inputs.dockerfile, _names_another(old, new)
    if another and (differs or old.inputs.files != new.inputs.files):
        yield Reason(ReasonCode.PATH_CHANGED, path)
    if differs and (not another or old.inputs.dockerfile not in new.tree):
        yield Reason(ReasonCode.DOCKERFILE_CHANGED, path)


def _names_another(old: _Side, new: _Side) -> bool:
    """Tell whether the entry names another Dockerfile, rather than the same one that moved along with it."""
    former = old.inputs.dockerfile
    return former != new.inputs.dockerfile and (former in new.tree or old.place != new.place)


def _context(old: _Side, new: _Side) -> Iterator[Reason]:
    """Name each file that changed, came or went; where none did, what else decides which files count."""
    named = {
        _place(path, old, new) for path in {f.path for f in set(old.inputs.files) ^ set(new.inputs.files)}
    }
    changed = {path for path in named if old.tree.get(path) != new.tree.get(path)}
    yield from (Reason(ReasonCode.CONTEXT_CHANGED, path) for path in changed)
    if named == changed:
        return
    ignores = {path for side in (old, new) if (path := side.ignore)}
    edited = {path for path in ignores if old.tree.get(path) != new.tree.get(path)}
    yield from (Reason(ReasonCode.CONTEXT_CHANGED, path) for path in edited)
    if not edited and old.wants == new.wants and not _names_another(old, new):
        yield from (Reason(ReasonCode.CONTEXT_CHANGED, path) for path in named - changed)


def _place(path: str, old: _Side, new: _Side) -> str:
    """Say where a file of the context lies in the repository now, or lay before it went."""
    stays = any(file.path == path for file in new.inputs.files)
    folder = (new if stays else old).inputs.context
    return posixpath.normpath(posixpath.join(folder, path))


def _args(old: _Side, new: _Side) -> Iterator[Reason]:
    for name in _differing(old.identity.args, new.identity.args):
        if name not in old.identity.image_args and name not in new.identity.image_args:
            yield Reason(ReasonCode.ARGS_CHANGED, name)


def _stage(old: _Side, new: _Side) -> Iterator[Reason]:
    if old.identity.stage != new.identity.stage:
        yield Reason(ReasonCode.STAGE_CHANGED, new.identity.stage or "the last stage")


def _parents(old: _Side, new: _Side) -> Iterator[Reason]:
    before, after = ({target for target, _ in side.parents} for side in (old, new))
    yield from (Reason(ReasonCode.PARENT_CHANGED, target) for target in (after - before) or (before - after))
    for target, platform in old.parents.keys() & new.parents.keys():
        if old.parents[target, platform] != new.parents[target, platform]:
            yield Reason(ReasonCode.PARENT_REBUILT, target)


def _bases(old: _Side, new: _Side) -> Iterator[Reason]:
    for reference, platform in old.bases.keys() & new.bases.keys():
        if old.bases[reference, platform] != new.bases[reference, platform]:
            yield Reason(ReasonCode.BASE_REFRESHED, reference)
    frontend, refreshed = new.identity.frontend, old.identity.frontend_digest != new.identity.frontend_digest
    if frontend and frontend == old.identity.frontend and refreshed:
        yield Reason(ReasonCode.BASE_REFRESHED, frontend)


def _lock_dates(old: _Side, new: _Side) -> Iterator[Reason]:
    """Name what moved the epoch: a generation, or a base that was looked at again."""
    if old.identity.generation != new.identity.generation:
        yield Reason(ReasonCode.GENERATION, LOCK_FILE)
    elif old.identity.epoch != new.identity.epoch:
        before, after = _dates(old), _dates(new)
        moved = [name for name in before.keys() & after.keys() if before[name] != after[name]]
        yield from (Reason(ReasonCode.BASE_REFRESHED, name) for name in moved)
        if not moved and before.keys() == after.keys():
            yield Reason(ReasonCode.GENERATION, LOCK_FILE)


def _settings(old: _Side, new: _Side) -> Iterator[Reason]:
    if old.identity.format != new.identity.format:
        yield Reason(ReasonCode.FORMAT_CHANGED, SETTINGS_FILE)
    if (
        old.identity.build_platform != new.identity.build_platform
        and old.identity.instructions == new.identity.instructions
    ):
        yield Reason(ReasonCode.ARGS_CHANGED, "BUILDPLATFORM")


_COMPARISONS: tuple[Callable[[_Side, _Side], Iterator[Reason]], ...] = (
    _dockerfile,
    _context,
    _args,
    _stage,
    _parents,
    _bases,
    _lock_dates,
    _settings,
)


def _dates(side: _Side) -> Mapping[str, object]:
    return {base.reference: base.locked.date for base in side.inputs.bases if base.locked}


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name))
