"""Times, sizes and numbers as people write them."""

from __future__ import annotations

from publisher.plan.wording import number, size

__all__ = ["about", "brief", "duration", "number", "size"]


def duration(seconds: float) -> str:
    """Show seconds: `0.4 s`, `12.3 s`, `3 min 04 s`, `2 h 05 min`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def about(seconds: float) -> str:
    """Show seconds as an estimate deserves: `8 s`, `35 s`, `4 min`, `2 h 10 min`."""
    whole = max(round(seconds), 1)
    if whole < 58:
        return f"{whole if whole < 10 else 5 * round(whole / 5)} s"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60 // 10 * 10:02d} min"


def brief(seconds: float) -> str:
    """Show seconds for a table that names their unit: `0.4`, `12`, `3,061`."""
    return f"{seconds:.1f}" if seconds < 9.95 else f"{seconds:,.0f}"
