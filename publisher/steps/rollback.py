"""Roll a target back to a version that it had, and hold it there against later merges."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from publisher.ports.git import Commit
from publisher.records.holds import held
from publisher.records.release import Hold, RecordKind
from publisher.records.retreat import RetreatPlan, find_retreat, target_named
from publisher.steps.amendment import Amender, Amendment, AmendmentReport


@dataclass(frozen=True, slots=True)
class RollbackOptions:
    """`name` is any name of the target, `to` a sequence or a digest; `along` takes what is built on it."""

    name: str
    to: str
    along: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RollbackStep:
    """Moves every name of a target, and holds it."""

    amender: Amender

    def run(self, head: Commit, options: RollbackOptions) -> AmendmentReport:
        """Roll back.

        Raises:
            UsageError: there is no such target or version, or going there is no rollback.
            VerifyError: the older version does not verify any more.
            TagMoved: somebody else moved one of the tags.
            RegistryError: a required registry failed; a rerun goes on from there.
        """
        past = self.amender.past(head)
        target = target_named(past.timeline, options.name)
        found = find_retreat(past.timeline, target, options.to, along=options.along)
        sequence = past.last.record.sequence + 1
        amendment = Amendment(
            RecordKind.ROLLBACK,
            options.reason or f"Roll {target} back to {found.back.digest.short}",
            found.going,
            found.staying,
            holds=_holds(past.last.record.holds, found, options.reason, sequence),
        )
        return self.amender.carry_out(
            past, amendment, lambda switch: self.amender.changes(past.timeline, switch)
        )


def _holds(before: Iterable[Hold], found: RetreatPlan, reason: str, sequence: int) -> tuple[Hold, ...]:
    holds = tuple(before)
    for switch in found.going:
        holds = held(holds, switch.to, switch.newest, reason, sequence)
    return holds
