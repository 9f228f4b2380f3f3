"""What every live tag should name, by the catalog and the chain of records, and how it stands.  Pure.

A tag is live where the newest record that names it still holds, and where the catalog's routes lead.
What the records promise goes before what the catalog would have: a change that was not released
yet is no fault of a registry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest, named_instead
from publisher.oci.reference import Repository
from publisher.records.image import AttestedImage

Key = tuple[Repository, str]
"""A repository and a tag in it."""


class Standing(StrEnum):
    """How a tag stands at a registry, the best first.

    `in-place`, `held` (at the version that a rollback chose) and `adopted` are as they should be.
    `lagging`: an optional registry that the newest record itself calls behind.  `unpublished`: it is
    declared and was never released.  `behind`: it names an older version.  `drifted`: it names what no
    record knows there.  `incomplete`: it is right, but manifests or evidence are missing.  `missing`:
    it is not there.  `unknown`: the registry did not say.
    """

    IN_PLACE = "in-place"
    HELD = "held"
    ADOPTED = "adopted"
    LAGGING = "lagging"
    UNPUBLISHED = "unpublished"
    BEHIND = "behind"
    INCOMPLETE = "incomplete"
    MISSING = "missing"
    DRIFTED = "drifted"
    UNKNOWN = "unknown"


GOOD = frozenset({Standing.IN_PLACE, Standing.HELD, Standing.ADOPTED})
"""As it should be."""
BAD = frozenset({Standing.BEHIND, Standing.INCOMPLETE, Standing.MISSING, Standing.DRIFTED, Standing.UNKNOWN})
"""Not as the records promise; what lags or was never released is said by the records themselves."""


@dataclass(frozen=True, slots=True)
class LiveTag:
    """A tag at a registry, and what it should name.

    `digest` is None where its target was never released.  `known` are digests that the tag, or its
    target, had before.  `image` is the attested version where the chain describes it.
    """

    registry: str
    repository: Repository
    tag: str
    target: TargetId
    digest: Digest | None
    known: frozenset[Digest] = frozenset()
    image: AttestedImage | None = None
    held: bool = False
    adopted: bool = False
    lagging: bool = False

    @property
    def key(self) -> Key:
        """Give what identifies the tag."""
        return self.repository, self.tag

    @property
    def subjects(self) -> Mapping[Digest, frozenset[Digest]]:
        """Give what must be behind the tag: manifests, the one that it names first, and their referrers."""
        if self.image is None or self.digest is None:
            return {}
        platforms = {item.digest: item.referrers for item in self.image.platforms}
        wanted = {self.digest: platforms.get(self.digest, ())}
        if self.digest == self.image.digest:
            wanted = {self.digest: self.image.referrers, **platforms}
        return {subject: frozenset(item.digest for item in of) for subject, of in wanted.items()}

    @property
    def name(self) -> str:
        """Give `image:tag`; an internal layer has only a permanent tag, so its target stands for it."""
        if self.tag == (self.digest.permanent_tag if self.digest else None):
            return str(self.target)
        return f"{self.target.image}:{self.tag}"


@dataclass(frozen=True, slots=True)
class TagStatus:
    """How one tag stands: `found` is what it names there, `said` what is wrong, `repair` what mends it."""

    tag: LiveTag
    standing: Standing
    found: Digest | None = None
    said: str = ""
    repair: str = ""


def judge(tag: LiveTag, found: Digest | None, lacking: str = "") -> TagStatus:
    """Compare what a tag names with what it should; `lacking` is what is missing behind the right digest."""
    standing = _standing(tag, found, lacking)
    return TagStatus(tag, standing, found, _said(tag, standing, found, lacking), repair(tag, standing))


def _standing(tag: LiveTag, found: Digest | None, lacking: str) -> Standing:
    if tag.digest is None:
        return Standing.UNPUBLISHED
    if found == tag.digest:
        return Standing.INCOMPLETE if lacking else _good(tag)
    if found is not None and found not in tag.known:
        return Standing.DRIFTED
    if tag.lagging:
        return Standing.LAGGING
    return Standing.MISSING if found is None else Standing.BEHIND


def _good(tag: LiveTag) -> Standing:
    if tag.adopted:
        return Standing.ADOPTED
    return Standing.HELD if tag.held else Standing.IN_PLACE


def _said(tag: LiveTag, standing: Standing, found: Digest | None, lacking: str) -> str:
    if standing in GOOD or tag.digest is None:
        return ""
    if standing is Standing.INCOMPLETE:
        return lacking
    return named_instead(found, tag.digest)


def repair(tag: LiveTag, standing: Standing) -> str:
    """Give the one command that mends a tag; none where nothing is wrong, or nobody can know."""
    match standing:
        case Standing.IN_PLACE | Standing.ADOPTED | Standing.UNKNOWN:
            return ""
        case Standing.HELD:
            return f"publisher thaw {tag.target}"
        case Standing.UNPUBLISHED:
            return "publisher run"
    if tag.adopted:  # no contents of ours to bring back: it is built here from now on
        return f"publisher republish {tag.target} --rebuild REASON"
    force = " --force" if standing is Standing.DRIFTED else ""
    return f"publisher republish {tag.target} --registry {tag.registry}{force}"
