"""What the Dockerfiles of a state say to those who build them, each asked once.

A reading holds answers and not the file: a catalog of a hundred thousand Dockerfiles fits into memory,
and a state that differs from the last in one file reads one file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from publisher.catalog.dockerfile.reader import Dockerfile, declared_args, read_dockerfile
from publisher.catalog.dockerfile.stages import Resolved, resolve
from publisher.catalog.entry import Entry
from publisher.catalog.portable import is_portable, on_platform
from publisher.catalog.settings import Settings
from publisher.errors import CatalogError
from publisher.oci.platform import Platform
from publisher.plan.names import base_reference

BASE_ARGUMENT = "BASE"


@dataclass(frozen=True, slots=True)
class Question:
    """What a build asks of its Dockerfile; `args` are in name order."""

    args: tuple[tuple[str, str], ...]
    stage: str | None
    platform: Platform
    build_platform: Platform


@dataclass(frozen=True, slots=True)
class Reading:
    """What one Dockerfile answers; `visible` are the names that any stage declares with ARG."""

    visible: frozenset[str]
    answers: Mapping[Question, Resolved | CatalogError] = field(default_factory=dict)

    def answer(self, question: Question) -> Resolved:
        """Give what a build uses.

        Raises:
            CatalogError: the Dockerfile makes no sense with these arguments.
        """
        found = self.answers[question]
        if isinstance(found, CatalogError):
            raise found.with_traceback(None)  # raised often: each time would add to it
        return found


def build_arguments(entry: Entry, settings: Settings) -> Mapping[str, str]:
    """Give the arguments of a build: those declared, and BASE for the parent."""
    base = base_reference(entry.base, settings.references) if entry.base else None
    return {**entry.args, BASE_ARGUMENT: base} if base else entry.args


def question_of(entry: Entry, platform: Platform, settings: Settings) -> Question:
    """Give what a build of an entry asks."""
    args = build_arguments(entry, settings)
    given = tuple(sorted(args.items())) if args else ()
    return Question(given, entry.stage, platform, settings.build_platform(platform))


def read(raw: bytes, path: str, questions: Iterable[Question]) -> Reading:
    """Read a Dockerfile and answer everything.

    Raises:
        CatalogError: it cannot be read.
    """
    dockerfile = read_dockerfile(raw, path)
    portable = is_portable(dockerfile)
    answers: dict[Question, Resolved | CatalogError] = {}
    known: dict[object, Resolved | CatalogError] = {}
    for question in questions:
        key = (question.args, question.stage) if portable else question
        if key not in known:
            known[key] = _answer(dockerfile, question)
        found = known[key]
        answers[question] = (
            on_platform(found, question.platform) if portable and isinstance(found, Resolved) else found
        )
    return Reading(stage_arguments(dockerfile), answers)


def _answer(dockerfile: Dockerfile, question: Question) -> Resolved | CatalogError:
    try:
        return resolve(
            dockerfile, dict(question.args), question.stage, question.platform, question.build_platform
        )
    except CatalogError as error:
        return error


def stage_arguments(dockerfile: Dockerfile) -> frozenset[str]:
    """Give the names that any stage declares with ARG."""
    return frozenset(_declared(dockerfile))


def _declared(dockerfile: Dockerfile) -> Iterator[str]:
    for stage in dockerfile.stages:
        for one in stage.instructions:
            if one.keyword == "ARG":
                yield from (name for name, _ in declared_args(one, dockerfile.escape))
