"""The steps as verbs, one after another, give what `run` gives; each does nothing the second time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.release import HEAD_TAG, ReleaseRecord, Step
from tests.integration.small import LAYERS, REGISTRIES, Ran, SmallCatalog, small_catalog
from tests.integration.world import read_record
from tests.stack import Stack

VERBS = ("build", "test", "index", "attest", "publish", "release")
FILES = {"build": "builds.json", "test": "tests.json", "index": "indexes.json", "attest": "attestations.json"}
"""What a step adds to the run directory."""


@dataclass(frozen=True, slots=True)
class Stepped:
    """A catalog published verb by verb: how each ended, first and second time, and how much it wrote."""

    catalog: SmallCatalog
    directory: Path
    first: Mapping[str, Ran]
    again: Mapping[str, Ran]
    written: Mapping[str, int]
    rewritten: Mapping[str, int]


@pytest.fixture(scope="module")
def stepped(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Stepped:
    """Publish a small catalog verb by verb, each verb twice."""
    folder = tmp_path_factory.mktemp("steps")
    catalog, directory = same_content(stack, folder / "steps"), folder / "out"
    planned = catalog.run("plan", "--base", "empty", "--format", "json")
    assert planned.code == 0, planned.text
    plan = folder / "plan.json"
    plan.write_text(planned.out, encoding="utf-8")
    found = Stepped(catalog, directory, {}, {}, {}, {})
    for verb in VERBS:
        words = (verb, "--plan", str(plan), "--run-dir", str(directory))
        for ran, written in ((found.first, found.written), (found.again, found.rewritten)):
            before = writes(catalog)
            ran[verb] = catalog.run(*words)  # type: ignore[index]
            written[verb] = writes(catalog) - before  # type: ignore[index]
    return found


@pytest.fixture(scope="module")
def whole(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """Publish a catalog with the same content by `run`."""
    catalog = same_content(stack, tmp_path_factory.mktemp("whole"))
    dry = catalog.run("run", "--base", "empty", "--dry-run")
    assert dry.code == 0, dry.text
    assert all(f"{image}:v1" in dry.out for image in LAYERS)
    assert writes(catalog) == 0
    ran = catalog.run("run", "--base", "empty")
    assert ran.code == 0, ran.text
    return catalog


def same_content(stack: Stack, folder: Path) -> SmallCatalog:
    """Make a small catalog whose files do not depend on its name."""
    catalog = small_catalog(stack, folder)
    for image in LAYERS:
        catalog.write(f"meta/{image}/{image}.txt", f"{image}, edition of the steps\n")
    catalog.commit("Take the name out of the files")
    return catalog


def writes(catalog: SmallCatalog) -> int:
    """Count the writing requests so far at every registry."""
    return sum(len(requests) for requests in catalog.writes().values())


def newest(catalog: SmallCatalog) -> ReleaseRecord:
    """Read the newest release record."""
    place = Repository(f"{catalog.prefix('staging')}/staging/publisher-records")
    return read_record(place, HEAD_TAG).record


def builds(catalog: SmallCatalog) -> dict[tuple[str, str, str], Mapping[str, str]]:
    """Give tags → BuildIds, as the newest record says it."""
    record = newest(catalog)
    ids = {
        item.image.digest: {str(one.platform): str(one.build_id) for one in item.image.platforms}
        for item in record.images
    }
    return {
        (move.registry, move.repository.rpartition("/")[2], move.tag): ids[move.digest]
        for move in record.moves
    }


@pytest.mark.parametrize("verb", VERBS)
def test_a_step_does_its_work(stepped: Stepped, verb: str) -> None:
    assert stepped.first[verb].code == 0, stepped.first[verb].text
    wrote = stepped.written[verb]
    assert (wrote == 0) if verb == "test" else (wrote > 0)
    if verb in FILES:
        assert (stepped.directory / FILES[verb]).exists()


@pytest.mark.parametrize("verb", VERBS)
def test_a_step_does_nothing_the_second_time(stepped: Stepped, verb: str) -> None:
    assert stepped.again[verb].code == 0, stepped.again[verb].text
    assert stepped.rewritten[verb] == 0


def test_steps_lead_to_the_same_tags_and_builds_as_a_run(stepped: Stepped, whole: SmallCatalog) -> None:
    assert stepped.catalog.build_ids() == whole.build_ids()
    assert builds(stepped.catalog) == builds(whole)
    assert len(builds(whole)) == len(LAYERS) * len(REGISTRIES) * 2


def test_both_have_the_same_digests(stepped: Stepped, whole: SmallCatalog) -> None:
    """Equal inputs, equal bytes: every tag names the same digest in both, at every registry."""
    tags = stepped.catalog.all_tags()
    assert tags == whole.all_tags()
    assert {frozenset(named) for named in tags.values()} == {frozenset({"v1", "latest"})}
    assert all(isinstance(digest, Digest) for named in tags.values() for digest in named.values())


def test_one_record_is_written(stepped: Stepped) -> None:
    record = newest(stepped.catalog)
    assert (record.sequence, record.previous, record.unfinished) == (1, None, ())


def test_a_run_after_the_steps_has_nothing_to_do(stepped: Stepped) -> None:
    before = writes(stepped.catalog)
    ran = stepped.catalog.run("run")
    assert ran.code == 0, ran.text
    assert "nothing to do" in ran.text
    assert writes(stepped.catalog) == before


def test_a_failing_test_blocks_what_is_built_on_it(stack: Stack, tmp_path: Path) -> None:
    """Verb by verb everything is built before anything is tested; still nothing stands on what failed."""
    catalog = small_catalog(stack, tmp_path)
    catalog.write("meta/middle/smoke.yml", "version: 1\nfiles:\n  - {path: /absent}\n")
    catalog.commit("Ask for a file that is not there")
    plan = tmp_path / "plan.json"
    plan.write_text(catalog.run("plan", "--base", "empty", "--format", "json").out, encoding="utf-8")
    ended = {
        verb: catalog.run(verb, "--plan", str(plan), "--run-dir", str(tmp_path / "out")) for verb in VERBS
    }
    assert {verb: ran.code for verb, ran in ended.items() if ran.code} == {"test": 5}
    assert "/absent" in ended["test"].text
    record = newest(catalog)
    assert [item.image.target for item in record.images] == ["base:v1"]
    left = {item.target: (item.step, item.blocked_by) for item in record.unfinished}
    assert left == {"middle:v1": (Step.TEST, None), "leaf:v1": (Step.TEST, "middle:v1")}
    assert {image for (_, image), tags in catalog.all_tags().items() if tags} == {"base"}
