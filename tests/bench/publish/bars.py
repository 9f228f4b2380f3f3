"""What was measured against what it must be, as a table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

_HEADS = ("what", "ours", "other", "ratio", "must", "goal", "")


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure beside a limit: a ratio to another program's, or, without `other`, ours alone."""

    what: str
    ours: float
    must: float
    goal: float
    other: float | None = None
    unit: str = ""

    @property
    def value(self) -> float:
        """Give what the limits are about."""
        return self.ours if self.other is None else self.ours / self.other

    @property
    def holds(self) -> bool:
        """Tell whether it is within what it must be."""
        return self.value <= self.must

    @property
    def verdict(self) -> str:
        """Say it in a word."""
        return "goal" if self.value <= self.goal else "must" if self.holds else "MISSED"

    def cells(self) -> tuple[str, ...]:
        """Give the row."""
        bare = self.other is None
        return (
            self.what,
            _shown(self.ours, self.unit),
            "" if self.other is None else _shown(self.other, self.unit),
            "" if bare else f"{self.value:.3f}×",
            _limit(self.must, bare, self.unit),
            _limit(self.goal, bare, self.unit),
            self.verdict,
        )


def as_table(bars: Iterable[Bar]) -> str:
    """Align the bars as a Markdown table."""
    rows = [_HEADS, *(bar.cells() for bar in bars)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |" for row in rows]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def _limit(value: float, bare: bool, unit: str) -> str:
    return _shown(value, unit) if bare else f"{value:g}×"


def _shown(value: float, unit: str) -> str:
    text = f"{value:,.0f}" if value >= 1000 or float(value).is_integer() else f"{value:.2f}"
    return f"{text} {unit}".rstrip()
