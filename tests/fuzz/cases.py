"""Which file is replaced, by what: all from one seed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from tests.fuzz.dockerfiles import dockerfile
from tests.fuzz.ignores import ignore_text
from tests.fuzz.mutation import mutated
from tests.fuzz.world import NATIVE, OPENEULER, Case
from tests.fuzz.yamls import meta, tree

Maker = Callable[[Random], str]
GENERATED: tuple[tuple[str, Maker], ...] = (
    ("app/meta.yml", meta), ("app/meta.yml", meta), ("app/meta.yml", tree), ("publisher.yml", tree),
    ("publisher.lock", tree),
    ("app/smoke.yml", tree), ("app/1.0/Dockerfile", dockerfile), ("app/Dockerfile", dockerfile),
    ("app/.dockerignore", ignore_text),
    ("app/1.0/.dockerignore", ignore_text), ("base/Dockerfile", dockerfile),
)  # fmt: skip
GENERATED_OPENEULER: tuple[tuple[str, Maker], ...] = (
    ("AI/app/meta.yml", meta), ("AI/image-list.yml", tree), ("AI/app/1.0/Dockerfile", dockerfile),
    ("AI/app/agent/meta.yml", tree),
)  # fmt: skip


def cases(seed: int, count: int) -> Iterator[tuple[int, Case]]:
    """Give numbered cases; number and seed make one again (`case`)."""
    for number in range(count):
        yield number, case(seed, number)


def case(seed: int, number: int) -> Case:
    """Make one case."""
    random = Random(f"{seed}:{number}")
    native = random.random() < 0.75
    catalog = NATIVE if native else OPENEULER
    if random.random() < 0.45:
        path = random.choice([path for path in catalog if not path.endswith((".c", ".txt", ".md", "/a"))])
        return Case(catalog, path, mutated(random, catalog[path].encode()))
    path, make = random.choice(GENERATED if native else GENERATED_OPENEULER)
    raw = make(random).encode("utf-8", "surrogatepass")
    return Case(catalog, path, mutated(random, raw) if random.random() < 0.2 else raw)
