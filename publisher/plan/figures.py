"""What earlier releases took, as their records tell it: seconds of building, and what a registry holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median, median_low

from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform


@dataclass(frozen=True, slots=True)
class Contents:
    """What a registry holds of one released image.

    `manifests`: the index and its platforms; `blobs`, `bytes`: their distinct layers and
    configurations; `referrers`, `evidence_bytes`: what is attached to the manifests.
    """

    manifests: int
    blobs: int
    bytes: int
    referrers: int
    evidence_bytes: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What a target took when it was released last; absent where no record tells."""

    seconds: Mapping[Platform, float] = field(default_factory=dict)
    contents: Contents | None = None


@dataclass(frozen=True, slots=True)
class History:
    """Figures by target, and for a target without any the median of its image."""

    targets: Mapping[TargetId, Figures] = field(default_factory=dict)
    image_seconds: Mapping[tuple[str, Platform], float] = field(default_factory=dict)
    image_contents: Mapping[str, Contents] = field(default_factory=dict)

    @classmethod
    def of(cls, targets: Mapping[TargetId, Figures]) -> History:
        """Work the medians out."""
        seconds: defaultdict[tuple[str, Platform], list[float]] = defaultdict(list)
        contents: defaultdict[str, list[Contents]] = defaultdict(list)
        for target, figures in targets.items():
            for platform, taken in figures.seconds.items():
                seconds[target.image, platform].append(taken)
            contents[target.image] += [figures.contents] if figures.contents else []
        return cls(
            targets,
            {key: median(taken) for key, taken in seconds.items()},
            {image: _middle(held) for image, held in contents.items() if held},
        )

    def seconds(self, target: TargetId, platform: Platform) -> float | None:
        """Give what building a target on a platform took, or nearly took; None where nothing tells."""
        own = self.targets.get(target, _NOTHING).seconds.get(platform)
        return self.image_seconds.get((target.image, platform)) if own is None else own

    def contents(self, target: TargetId) -> Contents | None:
        """Give what a registry holds of a target, or of its like; None where nothing tells."""
        return self.targets.get(target, _NOTHING).contents or self.image_contents.get(target.image)


_NOTHING = Figures()


def _middle(held: Iterable[Contents]) -> Contents:
    columns = zip(
        *((c.manifests, c.blobs, c.bytes, c.referrers, c.evidence_bytes) for c in held), strict=True
    )
    return Contents(*(median_low(column) for column in columns))
