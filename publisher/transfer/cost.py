"""What a transfer costs each registry at most: requests, and bytes of blobs.

From the deliveries alone, so that nobody has to be asked first: the plan that the engine would
follow at an empty registry.  What a registry has already is one request where this counts more.

- a blob: HEAD where the repository is not new, POST, which mounts; where it is new to the registry,
  PUT with its bytes
- a manifest or a referrer: PUT
- a subject with referrers: GET and PUT of its fallback tag, where the registry keeps no lists itself
- the check of a subject: HEAD, and the list of its referrers
- an image: HEAD of its permanent tag, to see what is there; a repository: the list of its tags
- a tag: HEAD when it is looked at, HEAD, PUT and HEAD when it moves, GET where its manifest is not known
- a registry: whether it keeps lists of referrers and mounts blobs, asked by several threads at once

Retries and logins are left out, and so is a blob that is sent again because a mount was declined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from publisher.plan.cost import PER_RUN
from publisher.plan.wording import count, quota_text, requests_text, size
from publisher.transfer.inventory import Delivery, TagMove
from publisher.transfer.operations import CheckContents, EnterReferrers, PlaceBlob, PutManifest, Step
from publisher.transfer.planning import plan_lane

ASK, SEND, WRITE, LIST = 1, 1, 1, 1
MERGE = 2
TAG_SEEN, TAG_MOVED, TAG_READ = 1, 3, 1
REACH = 16
"""Requests of each kind; see above."""


@dataclass(frozen=True, slots=True)
class TransferCost:
    """What one registry is asked and sent at most; `blobs` and `bytes` are distinct ones."""

    registry: str
    images: int
    blobs: int
    bytes: int
    requests: int
    moves: int


def transfer_cost(deliveries: Sequence[Delivery], moves: Sequence[TagMove]) -> Mapping[str, TransferCost]:
    """Give the most that each registry is asked and sent, in the order in which they are met."""
    parts: defaultdict[str, tuple[list[Delivery], list[TagMove]]] = defaultdict(lambda: ([], []))
    for delivery in deliveries:
        parts[delivery.registry][0].append(delivery)
    for move in moves:
        parts[move.registry][1].append(move)
    return {name: _at(name, *part) for name, part in parts.items()}


def with_record(costs: Mapping[str, TransferCost]) -> Mapping[str, TransferCost]:
    """Add what the release record takes that says so, with all that proves it."""
    return {name: replace(cost, requests=cost.requests + PER_RUN) for name, cost in costs.items()}


def transfer_cost_text(cost: TransferCost, per_minute: int | None) -> str:
    """Say in one line what a registry is asked and sent, its name aside; `per_minute` is its limit."""
    quota = quota_text(cost.requests, per_minute)
    limit = f" ({quota})" if quota else ""
    parts = [f"up to {requests_text(cost.requests)}{limit}, {size(cost.bytes)}"]
    parts += [count(cost.images, "image")] if cost.images else []
    parts += [count(cost.moves, "tag")] if cost.moves else []
    return ", ".join(parts)


def move_requests(move: TagMove) -> int:
    """Count what one tag costs."""
    return TAG_SEEN + TAG_MOVED + (TAG_READ if move.manifest is None else 0)


def _at(registry: str, deliveries: Sequence[Delivery], moves: Sequence[TagMove]) -> TransferCost:
    steps = plan_lane(deliveries).steps
    sent = [
        step.operation.blob.size for step in steps if isinstance(step.operation, PlaceBlob) and _is_new(step)
    ]
    survey = ASK * len(deliveries) + LIST * len({one.repository for one in deliveries})
    requests = REACH + survey + sum(map(_requests, steps)) + sum(map(move_requests, moves))
    return TransferCost(registry, len(deliveries), len(sent), sum(sent), requests, len(moves))


def _requests(step: Step) -> int:
    operation = step.operation
    match operation:
        case PlaceBlob():
            return (ASK if operation.look else 0) + ASK + (SEND if _is_new(step) else 0)
        case PutManifest():
            return WRITE
        case EnterReferrers():
            return MERGE
        case CheckContents():
            return ASK + (LIST if operation.referrers else 0)
        case _:
            assert_never(operation)


def _is_new(step: Step) -> bool:
    """Tell whether a blob may have to be sent: one that follows another of its kind is mounted."""
    return not step.needs
