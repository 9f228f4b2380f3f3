"""Times and sizes as people write them."""

from __future__ import annotations

from publisher.plan.wording import size

__all__ = ["duration", "size"]


def duration(seconds: float) -> str:
    """Show seconds: `0.4 s`, `12.3 s`, `3 min 04 s`, `2 h 05 min`."""
    if round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"
