"""The BuildId: what determines the bytes of one build, and nothing else.

Rules of this module:
- equal inputs have equal ids, whatever the image and its tags are called, wherever and
  whenever the plan is made, in whatever order files and arguments are listed;
- anything that can change a byte of the image is in the identity; where that is not
  certain, it is in;
- a parent stands in for its own identity, a base for its locked digest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from itertools import groupby

from publisher.catalog.lock import Generation, LockedBase
from publisher.codec import canonical
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.inputs import Base, ContextFile
from publisher.plan.names import spell

COMPATIBILITY = 1
"""Raised when our way of calling BuildKit changes the bytes that come out."""
DEFAULT_EPOCH = 315532800
"""1980-01-01, the least time that zip files can hold (APPNOTE 4.4.6); seconds."""


@dataclass(frozen=True, slots=True)
class ImageInput:
    """An image that the build uses: the BuildId of a parent, else the locked digest of a base or null."""

    platform: Platform
    parent: BuildId | None = None
    digest: Digest | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The document whose canonical JSON is hashed.

    `images` are in the order in which the Dockerfile first uses them, which ties each to its
    FROM without naming it.  `image_args` are the arguments whose value is a reference to a
    parent: the name of the argument and the place of that parent in `images`.
    """

    instructions: tuple[str, ...]
    files: tuple[ContextFile, ...]
    args: Mapping[str, str]
    image_args: Mapping[str, int]
    stage: str | None
    platform: Platform
    build_platform: Platform | None
    images: tuple[ImageInput, ...]
    frontend: str | None
    frontend_digest: Digest | None
    format: str
    epoch: int
    generation: int
    compatibility: int = COMPATIBILITY


_LARGE = frozenset(("files", "instructions"))
_GROUPS = tuple(
    tuple(names)
    for _, names in groupby(
        sorted(field.name for field in fields(Identity)), lambda name: name if name in _LARGE else ""
    )
)
"""The names of the members in order; each large one stands alone."""


def compute_build_id(identity: Identity) -> BuildId:
    """Hash an identity.

    The canonical JSON is put together from that of its parts, since the two largest are the same for
    every platform: a catalog has thousands of identities.
    """
    return BuildId.of(b"{%s}" % b",".join(_members(identity)))


def _members(identity: Identity) -> Iterator[bytes]:
    """Give the members of the document in the order of their names."""
    for names in _GROUPS:
        if names[0] in _LARGE:
            yield b'"%s":%s' % (names[0].encode(), _large(getattr(identity, names[0])))
        else:
            yield canonical({name: getattr(identity, name) for name in names})[1:-1]


@lru_cache(maxsize=64)
def _large(value: tuple[object, ...]) -> bytes:
    return canonical(value)


def split_args(
    args: Mapping[str, str], references: Sequence[str | None], visible: Collection[str]
) -> tuple[dict[str, str], dict[str, int]]:
    """Tell arguments that only name a parent (by its place in `references`) from those that are text.

    `references` holds the reference of each used image that is in the repository, None for
    external ones.  `visible` names the arguments that a stage declares again: such a value
    can end up in a RUN or a LABEL, so there its text counts.
    """
    places = {reference: place for place, reference in reversed(list(enumerate(references))) if reference}
    spelled = {name: spell(value) for name, value in args.items() if name not in visible}
    named = {name: places[text] for name, text in spelled.items() if text in places}
    return {name: value for name, value in args.items() if name not in named}, named


def locked_digest(base: Base | None) -> Digest | None:
    """Give the digest of a base on its platform; None where the lock has none."""
    return base.locked.digests.get(base.platform) if base and base.locked else None


def epoch_of(bases: Iterable[LockedBase], generation: Generation | None) -> int:
    """Give SOURCE_DATE_EPOCH: the newest date among the target's own entries in the lock."""
    dates = [base.date for base in bases] + ([generation.date] if generation else [])
    return max([DEFAULT_EPOCH, *(int(date.timestamp()) for date in dates)])
