"""Status: look at every live tag at every registry, with as few requests as will do; nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.plan.snapshot import Snapshot
from publisher.records.release import LAYERS_NAME
from publisher.records.timeline import Timeline
from publisher.steps.asking import ask_everywhere
from publisher.steps.live_tags import live_tags, never_released
from publisher.steps.standing import BAD, LiveTag, Standing, TagStatus, judge
from publisher.steps.workbench import Workbench

STEP = "status"


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How every tag stands; `release` is the newest record, `silent` the registries that did not answer."""

    head: str
    release: int | None
    tags: tuple[TagStatus, ...]
    silent: Mapping[str, str]

    @property
    def is_good(self) -> bool:
        """Tell whether every registry has what the records promise."""
        return not self.silent and not any(tag.standing in BAD for tag in self.tags)


class _Kind(StrEnum):
    TAG = "tag"
    MANIFEST = "manifest"
    REFERRERS = "referrers"


class _Question(NamedTuple):
    kind: _Kind
    repository: Repository
    reference: str


_Answer = Descriptor | tuple[Descriptor, ...] | None
_Answers = Mapping[_Question, _Answer | PublisherError]


@dataclass(frozen=True, slots=True)
class StatusStep:
    """Looks; `quick` leaves out what is behind the tags."""

    bench: Workbench
    snapshot: Snapshot
    timeline: Timeline
    quick: bool = False

    def run(self, only: Collection[TargetId] | None = None, registry: str | None = None) -> StatusReport:
        """Look at the tags of some targets, or all, at one registry, or all."""
        tags = [
            tag
            for tag in live_tags(self.snapshot, self.timeline)
            if (only is None or tag.target in only) and registry in (None, tag.registry)
        ]
        found = self._ask(_Question(_Kind.TAG, *tag.key) for tag in tags if tag.digest)
        right = [] if self.quick else [tag for tag in tags if _is_right(tag, found)]
        contents = self._ask(question for tag in right for question in self._questions(tag))
        answers = {**found, **contents}
        statuses = [self._status(tag, answers) for tag in tags]
        last = self.timeline.last
        return StatusReport(
            self.snapshot.commit, last.sequence if last else None, tuple(statuses), _silent(statuses)
        )

    def _ask(self, wanted: Iterable[_Question]) -> _Answers:
        """Ask each thing once, whoever wants to know it."""
        questions = list(dict.fromkeys(wanted))
        answers = ask_everywhere(
            questions,
            lambda one: one.repository.host,
            self._answer,
            step=STEP,
            progress=self.bench.progress,
        )
        return dict(zip(questions, answers, strict=True))

    def _answer(self, question: _Question) -> _Answer:
        registry = self.bench.registry(question.repository.host)
        if question.kind is _Kind.REFERRERS:
            return registry.referrers(question.repository.path, Digest(question.reference))
        return registry.head_manifest(question.repository.path, question.reference)

    def _questions(self, tag: LiveTag) -> Iterator[_Question]:
        """Ask for what lies behind a right tag: the platforms, and the evidence of all, where it belongs."""
        place = self._evidence(tag)
        for subject in tag.subjects:
            if subject != tag.digest:
                yield _Question(_Kind.MANIFEST, tag.repository, subject)
            yield _Question(_Kind.REFERRERS, place, subject)

    def _evidence(self, tag: LiveTag) -> Repository:
        """Give the repository that holds the evidence of what is at this one."""
        registries = self.snapshot.settings.registries
        named = registries[tag.registry].evidence
        if named is None:
            return tag.repository
        internal = tag.repository == registries[tag.registry].repository(LAYERS_NAME)
        return registries[named].repository(LAYERS_NAME if internal else tag.target.image)

    def _status(self, tag: LiveTag, answers: _Answers) -> TagStatus:
        if tag.digest is None:
            mended = never_released(self.timeline, self.snapshot, tag.target)
            return replace(judge(tag, None), repair=mended)
        own = answers[_Question(_Kind.TAG, *tag.key)]
        found = own.digest if isinstance(own, Descriptor) else None
        wanted = list(self._questions(tag)) if found == tag.digest and not self.quick else []
        asked = {one: answers[one] for one in wanted}
        for answer in (own, *asked.values()):
            if isinstance(answer, PublisherError):
                return TagStatus(tag, Standing.UNKNOWN, found, answer.what)
        return judge(tag, found, ", ".join(_lacking(tag, asked)))


def _is_right(tag: LiveTag, answers: _Answers) -> bool:
    answer = answers.get(_Question(_Kind.TAG, *tag.key))
    return isinstance(answer, Descriptor) and answer.digest == tag.digest


def _lacking(tag: LiveTag, asked: _Answers) -> Iterator[str]:
    """Say what is not behind a tag that should be."""
    manifests = [one for one, answer in asked.items() if one.kind is _Kind.MANIFEST and answer is None]
    if manifests:
        are = "is" if len(manifests) == 1 else "are"
        yield f"{len(manifests)} of {len(tag.subjects) - 1} platforms {are} not there"
    listed = {one: answer for one, answer in asked.items() if isinstance(answer, tuple)}
    missing = {
        (one.repository.host, digest)
        for one, answer in listed.items()
        for digest in tag.subjects[Digest(one.reference)] - {item.digest for item in answer}
    }
    if missing:
        places = ", ".join(sorted({host for host, _ in missing}))
        total = sum(map(len, tag.subjects.values()))
        are = "is" if len(missing) == 1 else "are"
        yield f"{len(missing)} of {total} referrers {are} not listed at {places}"


def _silent(statuses: Iterable[TagStatus]) -> Mapping[str, str]:
    """Name the registries of which something could not be asked, each with the first reason."""
    found: dict[str, str] = {}
    for status in statuses:
        if status.standing is Standing.UNKNOWN:
            found.setdefault(status.tag.registry, status.said)
    return found
