"""What a registry holds already: as few questions as tell what need not be done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from publisher.errors import AccessDenied, RegistryError
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.registry import Registry
from publisher.registry.engine.stopping import given_up
from publisher.transfer.inventory import Delivery
from publisher.transfer.operations import CheckContents
from publisher.transfer.planning import Facts, thorough_checks

_MANY = 3
"""Deliveries to one repository from which asking for all of its tags is cheaper."""

T = TypeVar("T")
R = TypeVar("R")
Pair = tuple[Repository, str]
Found = tuple[int, bool, frozenset[Pair]]


def survey(
    registry: Registry,
    deliveries: Sequence[Delivery],
    width: int,
    *,
    thorough: bool = False,
    stopped: Callable[[], bool] = lambda: False,
) -> Facts:
    """Ask for every root, and of those that are there what else is; if `thorough` for every blob too.

    Raises:
        RegistryError: the registry fails, or the whole run is `stopped`.
    """
    if not deliveries:
        return Facts()
    with ThreadPoolExecutor(max_workers=width, thread_name_prefix="survey") as pool:
        bare = _bare_repositories(registry, deliveries, pool)
        asked = [(n, one) for n, one in enumerate(deliveries) if one.repository not in bare]
        gone = _gone(registry, [one for _, one in asked], pool, stopped) if thorough else frozenset()
        look = partial(_unless_stopped, stopped, lambda item: _look_at(registry, item[0], item[1], gone))
        found = list(pool.map(look, asked))
    return Facts(
        frozenset(number for number, complete, _ in found if complete),
        frozenset(pair for _, _, held in found for pair in held),
        bare,
    )


def _bare_repositories(
    registry: Registry, deliveries: Sequence[Delivery], pool: ThreadPoolExecutor
) -> frozenset[Repository]:
    """Give the repositories without a single tag: nothing is finished there."""
    counts = Counter(one.repository for one in deliveries)
    many = [repository for repository, count in counts.items() if count >= _MANY]
    bare = pool.map(lambda repository: _is_bare(registry, repository), many)
    return frozenset(repository for repository, is_bare in zip(many, bare, strict=True) if is_bare)


def _is_bare(registry: Registry, repository: Repository) -> bool:
    try:
        return not registry.tags(repository.path)
    except RegistryError:  # more tags than are listed: surely not bare; other faults show again at once
        return False


def _unless_stopped(stopped: Callable[[], bool], ask: Callable[[T], R], about: T) -> R:
    if stopped():
        raise given_up()
    return ask(about)


def _gone(
    registry: Registry,
    deliveries: Sequence[Delivery],
    pool: ThreadPoolExecutor,
    stopped: Callable[[], bool],
) -> frozenset[Pair]:
    """Give the blobs that are not there, whatever manifests say."""
    wanted = list(
        dict.fromkeys(
            (one.repository, digest)
            for one in deliveries
            for check in thorough_checks(one)
            for digest in _blobs(one, check.digest)
        )
    )
    ask = partial(_unless_stopped, stopped, lambda pair: _has_blob(registry, *pair))
    there = list(pool.map(ask, wanted))
    return frozenset(pair for pair, is_there in zip(wanted, there, strict=True) if not is_there)


def _blobs(delivery: Delivery, digest: Digest) -> Iterator[Digest]:
    """Give the blobs of a subject and of its referrers."""
    for subject in (*delivery.shipment.subjects, *delivery.shipment.attached):
        if subject.manifest.digest == digest:
            for manifest in (subject.manifest, *(subject.referrers if delivery.evidence else ())):
                yield from (blob.digest for blob in manifest.blobs)


def _has_blob(registry: Registry, repository: Repository, digest: Digest) -> bool:
    try:
        return registry.has_blob(repository.path, digest)
    except AccessDenied:
        return False


def _look_at(registry: Registry, number: int, delivery: Delivery, gone: frozenset[Pair]) -> Found:
    """Know nothing of a repository that denies access: what is to be written there meets that itself."""
    try:
        return _look(registry, number, delivery, gone)
    except AccessDenied:
        return number, False, frozenset()


def _look(registry: Registry, number: int, delivery: Delivery, gone: frozenset[Pair]) -> Found:
    wanted = thorough_checks(delivery)
    root = delivery.shipment.root.manifest.digest
    first = next(check for check in wanted if check.digest == root)
    repository = delivery.repository
    if not is_there(registry, first):
        return number, False, frozenset()
    held = {check.digest for check in wanted if check is first or is_there(registry, check)}
    if gone:
        held = {d for d in held if not any((repository, blob) in gone for blob in _blobs(delivery, d))}
    complete = len(held) == len(wanted) and not any(lacking(registry, check) for check in wanted)
    named = [first.reference] if first.reference and root in held else []
    return number, complete, frozenset((repository, one) for one in (*held, *named))


def is_there(registry: Registry, check: CheckContents) -> bool:
    """Tell whether a manifest is there, and named by the tag that keeps it."""
    if check.reference is None:
        return True
    found = registry.head_manifest(check.repository.path, check.reference)
    return found is not None and found.digest == check.digest


def lacking(registry: Registry, check: CheckContents) -> frozenset[Digest]:
    """Give the referrers that a subject's list does not name."""
    if not check.referrers:
        return frozenset()
    listed = registry.referrers(check.repository.path, check.digest)
    return check.referrers - {one.digest for one in listed}
