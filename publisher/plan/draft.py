"""One target on one platform, before the BuildIds of its parents are known."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publisher.catalog.context import consumed
from publisher.catalog.dockerfile.reader import Dockerfile
from publisher.catalog.dockerfile.stages import CopySource, ImageUse, Resolved, resolve
from publisher.catalog.entry import Entry
from publisher.catalog.files import TreeFile
from publisher.catalog.ignore_file import Ignore
from publisher.catalog.lock import Lock, LockedBase
from publisher.catalog.paths import below
from publisher.catalog.problem import Position, Problem
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.plan.build_id import (
    DEFAULT_EPOCH,
    Identity,
    ImageInput,
    compute_build_id,
    epoch_of,
    locked_digest,
    split_args,
)
from publisher.plan.declarations import lacks_bases
from publisher.plan.former import Former
from publisher.plan.inputs import Base, BuildInputs, ContextFile, Parent
from publisher.plan.memory import Context
from publisher.plan.names import catalog_name
from publisher.plan.nearest import NearestName
from publisher.plan.readings import build_arguments, question_of
from publisher.plan.rules import Rule
from publisher.plan.sources import Sources

BuildIds = Callable[[TargetId, Platform], BuildId]
_NO_DATE = datetime.fromtimestamp(DEFAULT_EPOCH, UTC)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a build uses: `parents` and `bases` together are all its images, each by its reference."""

    entry: Entry
    platform: Platform
    resolved: Resolved
    args: Mapping[str, str]
    files: tuple[ContextFile, ...]
    parents: tuple[Parent, ...]
    bases: tuple[Base, ...]
    names: tuple[str | None, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Drafter:
    """Drafts builds of one state of the catalog."""

    entries: Mapping[TargetId, Entry]
    owners: Mapping[str, TargetId]
    settings: Settings
    lock: Lock
    sources: Sources
    former: Former | None = None
    contexts: dict[object, Context] = field(default_factory=dict, compare=False, repr=False)
    _names: dict[str, str | None] = field(default_factory=dict, compare=False, repr=False)
    _contexts: dict[object, tuple[ContextFile, ...]] = field(default_factory=dict, compare=False, repr=False)
    _nearest: NearestName = field(default_factory=NearestName, compare=False, repr=False)

    def draft(self, entry: Entry, platform: Platform, dockerfile: Dockerfile | None = None) -> Draft:
        """Find out what a build uses; `dockerfile` stands for the entry's, with ONBUILDs of a parent in it.

        Raises:
            CatalogError: the Dockerfile cannot be resolved with these arguments.
        """
        resolved = self._resolve(entry, platform, dockerfile)
        names = tuple(self._name(use.reference) for use in resolved.images)
        files = self.files(entry, resolved.sources)
        if self.former and dockerfile is None:
            found = self.former.draft(entry, platform, resolved, files, names, self.owners, self.entries)
            if found:
                return found
        uses = list(zip(resolved.images, names, strict=True))
        return Draft(
            entry, platform, resolved, build_arguments(entry, self.settings), files,
            parents=tuple(Parent(use.reference, self.owners[name], use.platform)
                          for use, name in uses if name and self._is_parent(name)),
            bases=tuple(self._base(use, name) for use, name in uses if not (name and self._is_parent(name))),
            names=names, problems=tuple(self._problems(entry, uses, self.frontend(resolved, platform))),
        )  # fmt: skip

    def _resolve(self, entry: Entry, platform: Platform, dockerfile: Dockerfile | None) -> Resolved:
        question = question_of(entry, platform, self.settings)
        if dockerfile is None:
            return self.sources.dockerfiles.reading(entry.dockerfile).answer(question)
        return resolve(dockerfile, dict(question.args), entry.stage, platform, question.build_platform)

    def _name(self, reference: str) -> str | None:
        if reference not in self._names:
            self._names[reference] = catalog_name(Reference.parse(reference), self.settings, self.owners)
        return self._names[reference]

    def _is_parent(self, name: str) -> bool:
        return name in self.owners and self.owners[name] not in self.lock.adopted

    def files(self, entry: Entry, sources: tuple[CopySource, ...] | None) -> tuple[ContextFile, ...]:
        """Give the files of the context that a build can use; of unknown sources, the whole folder.

        Raises:
            CatalogError: a pattern of a source is wrong.
        """
        key = (entry.context, entry.dockerfile, entry.smoke, sources)
        if key not in self._contexts:
            inside, ignore = self.sources.tree.below(entry.context), self.sources.ignore_for(entry)
            known = self.contexts.get(key)
            if known is None or known[0] != inside or known[1] != ignore:
                known = self.contexts[key] = inside, ignore, _consumed(entry, sources, inside, ignore)
            self._contexts[key] = known[2]
        return self._contexts[key]

    def _base(self, use: ImageUse, name: str | None) -> Base:
        adopted = self.lock.adopted.get(self.owners[name]) if name and name in self.owners else None
        locked = adopted or self.lock.bases.get(use.reference) or _pinned(use)
        return Base(use.reference, use.platform, locked)

    def frontend(self, resolved: Resolved, platform: Platform) -> Base | None:
        """Give the image of `# syntax=`, which runs where the builder runs."""
        if resolved.frontend is None:
            return None
        return self._base(ImageUse(resolved.frontend, self.settings.build_platform(platform), 1), None)

    def _problems(
        self, entry: Entry, uses: list[tuple[ImageUse, str | None]], frontend: Base | None
    ) -> Iterator[Problem]:
        if frontend:
            yield from self._unlocked(entry, frontend, 1)
        for use, name in uses:
            at = Position(entry.dockerfile, use.line, 1)
            if name is None:
                yield from self._unlocked(entry, self._base(use, None), use.line)
            elif name not in self.owners:
                place = entry.place("base") if name == entry.base else at
                near = self._nearest.fix(name, self.owners)
                yield Rule.NO_PARENT.problem(f"{name} is not declared", place, entry.target, fix=near)
            else:
                yield from self._parent_problems(entry, use, self.owners[name], at)
        if entry.base and entry.base not in [name for _, name in uses]:
            yield self._unused_base(entry, entry.base)

    def _unlocked(self, entry: Entry, base: Base, line: int) -> Iterator[Problem]:
        if locked_digest(base) is None and not lacks_bases(self.settings, self.lock):
            message = f"publisher.lock has no digest of {base.reference} for {base.platform}"
            yield Rule.UNLOCKED_BASE.problem(message, Position(entry.dockerfile, line, 1), entry.target)

    def _unused_base(self, entry: Entry, base: TargetId) -> Problem:
        if base not in self.owners:
            near = self._nearest.fix(base, self.owners)
            return Rule.NO_PARENT.problem(
                f"{base} is not declared", entry.place("base"), entry.target, fix=near
            )
        if not self.settings.references:
            return Rule.NO_PARENT.problem(
                f"`base: {base}` has no reference: catalog.references is empty",
                entry.place("base"),
                entry.target,
                fix="add `references` to publisher.yml",
            )
        return Rule.UNUSED_BASE.problem(
            f"the built stage does not use `base: {base}`", entry.place("base"), entry.target
        )

    def _parent_problems(
        self, entry: Entry, use: ImageUse, parent: TargetId, at: Position
    ) -> Iterator[Problem]:
        if parent not in self.lock.adopted and use.platform not in self.entries[parent].platforms:
            yield Rule.PARENT_PLATFORM.problem(
                f"{entry.target} needs {parent} on {use.platform}, where it is not built", at, entry.target
            )


def _consumed(
    entry: Entry, sources: tuple[CopySource, ...] | None, inside: Mapping[str, TreeFile], ignore: Ignore
) -> tuple[ContextFile, ...]:
    dockerfile = below(entry.context, entry.dockerfile) or ""
    test = below(entry.context, entry.smoke) if entry.smoke else None
    found = consumed(inside, dockerfile, ignore, sources, (test,) if test else ())
    return tuple(ContextFile(path, inside[path].mode, inside[path].oid) for path in found)


def _pinned(use: ImageUse) -> LockedBase | None:
    """Let a reference with a digest stand for itself."""
    if "@" not in use.reference:
        return None
    reference = Reference.parse(use.reference)
    if reference.digest is None:
        return None
    return LockedBase(reference.repository, {use.platform: reference.digest}, _NO_DATE)


def finish(draft: Draft, drafter: Drafter, ids: BuildIds) -> tuple[BuildInputs, Identity]:
    """Complete a draft; `ids` gives the BuildIds of its parents."""
    entry = draft.entry
    identity = _identity(draft, drafter, ids)
    build_platform = drafter.settings.build_platform(draft.platform)
    inputs = BuildInputs(
        target=entry.target, platform=draft.platform, build_platform=build_platform,
        dockerfile=entry.dockerfile, dockerfile_oid=drafter.sources.tree.files[entry.dockerfile].oid,
        context=entry.context, files=draft.files, args=draft.args, stage=entry.stage,
        parents=draft.parents, bases=draft.bases, frontend=drafter.frontend(draft.resolved, draft.platform),
        format=identity.format, epoch=identity.epoch, generation=identity.generation,
        build_id=compute_build_id(identity),
    )  # fmt: skip
    return inputs, identity


def _identity(draft: Draft, drafter: Drafter, ids: BuildIds) -> Identity:
    entry, resolved = draft.entry, draft.resolved
    generation = drafter.lock.generations.get(entry.target)
    references = [
        use.reference if name else None for use, name in zip(resolved.images, draft.names, strict=True)
    ]
    visible = drafter.sources.dockerfiles.reading(entry.dockerfile).visible
    args, image_args = split_args(draft.args, references, visible)
    build_platform = drafter.settings.build_platform(draft.platform)
    return Identity(
        instructions=resolved.instructions, files=draft.files, args=args, image_args=image_args,
        stage=entry.stage, platform=draft.platform,
        build_platform=build_platform if resolved.uses_build_platform else None,
        images=_images(draft, ids),
        frontend=resolved.frontend,
        frontend_digest=locked_digest(drafter.frontend(draft.resolved, draft.platform)),
        format=str(drafter.settings.format),
        epoch=epoch_of([base.locked for base in draft.bases if base.locked], generation),
        generation=generation.number if generation else 0,
    )  # fmt: skip


def _images(draft: Draft, ids: BuildIds) -> tuple[ImageInput, ...]:
    parents = {(p.reference, p.platform): ids(p.target, p.platform) for p in draft.parents}
    bases = {(base.reference, base.platform): locked_digest(base) for base in draft.bases}
    used = [(use.reference, use.platform) for use in draft.resolved.images]
    return tuple(ImageInput(key[1], parents.get(key), bases.get(key)) for key in used)
