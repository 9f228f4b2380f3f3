"""A trial with fakes: what is built, from what, what is tested, and what is left behind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher import errors
from publisher.attestation.provenance import Run, build_provenance
from publisher.errors import BuildError, BuilderUnavailable, EngineUnavailable, RegistryError
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.inputs import BuildInputs
from publisher.ports.builder import LocalFiles
from publisher.ports.progress import Progress
from publisher.records import test as records
from publisher.records.evidence import EvidenceKind
from publisher.records.test import Outcome
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.staged_parents import StagedParents
from publisher.steps.trial import Trial, TrialBench, Variant
from publisher.steps.worktree import Worktree, read_worktree
from tests.fakes.builder import FakeBuilder
from tests.fakes.engine import FakeEngine, FakeImage
from tests.fakes.git import FakeGit
from tests.fakes.registry import FakeRegistry
from tests.fakes.signer import FakeSigner
from tests.unit.plan.five_layers import CANN, FILES, MINDSPORE, OS, PYTHON, PYTORCH
from tests.unit.steps.test_bases import NOW, push

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
BUILDS = Repository("registry.test/library/debian")
"""Staging; named as `push` of the other tests has it."""


class Heard(Progress):
    """Keeps notes and warnings."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        self.warnings.append(text)


@dataclass
class Place:
    """Everything that a trial touches."""

    directory: Path
    files: Mapping[str, str] = field(default_factory=lambda: FILES)
    registry: FakeRegistry = field(default_factory=FakeRegistry)
    engine: FakeEngine = field(default_factory=lambda: FakeEngine(otherwise=FakeImage(obliging=True)))
    progress: Heard = field(default_factory=Heard)
    verifies: bool = True

    def __post_init__(self) -> None:
        self.builder = FakeBuilder(FakeRegistry("nowhere.test"))
        self.signer = FakeSigner({self.registry.host: self.registry})

    @property
    def worktree(self) -> Worktree:
        return read_worktree(FakeGit(self.files, FILES))

    def trial(self) -> Trial:
        desk = EvidenceDesk(self.registry, self.signer, BUILDS)
        staged = StagedParents(desk, self.progress, self.verifies)
        bench = TrialBench(lambda _: self.builder, self.engine, staged, self.progress, self.directory)
        return Trial(bench, self.worktree)

    def inputs(self, target: str, platform: Platform = AMD64) -> BuildInputs:
        return next(v[platform] for k, v in self.worktree.snapshot.inputs.items() if k == target)

    def stage(self, target: str, *, stated: bool = True, like: str | None = None) -> str:
        """Put a build into staging, with the statement of it, of another one (`like`), or of none."""
        inputs = self.inputs(target)
        manifest = push(self.registry, {"os": "linux", "architecture": "amd64", "of": inputs.build_id})
        if stated:
            run = Run("s", "1" * 40, "b", "run", NOW, NOW, "1")
            predicate = build_provenance(self.inputs(like or target), (), run)
            reference = EvidenceDesk(self.registry, self.signer, BUILDS).reference(manifest.digest)
            self.signer.attest(reference, EvidenceKind.PROVENANCE, predicate)
        self.registry.put_manifest(BUILDS.path, inputs.build_id.staging_tag, manifest)
        self.registry.requests.clear()
        return f"{BUILDS}@{manifest.digest}"

    @property
    def built(self) -> list[str]:
        return [request.where.split()[0] for request in self.builder.requests]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    assert not made.engine.loaded, "an image stayed in the engine"
    assert not made.registry.writes, "staging was written to"
    assert all(isinstance(request.output, LocalFiles) for request in made.builder.requests)


def variants(*targets: str, platform: Platform = AMD64) -> list[Variant]:
    snapshot = read_worktree(FakeGit(FILES)).snapshot
    return [(target, platform) for target in snapshot.entries if target in targets]


def test_parents_that_staging_lacks_are_built_first_and_handed_on_from_the_disk(place: Place) -> None:
    report = place.trial().run(variants(MINDSPORE))
    assert place.built == [OS, PYTHON, CANN, MINDSPORE]
    assert (report.exit_code, report.errors) == (0, ())
    (result,) = report.results
    assert result.record is not None
    assert (result.record.outcome, result.record.mode) == (Outcome.PASSED, records.TestMode.NATIVE)
    for request in place.builder.requests[1:]:
        (image,) = request.images.values()
        assert image.startswith(f"oci-layout://{place.directory}/images/")


def test_only_what_is_tested_becomes_an_archive_for_the_engine(place: Place) -> None:
    place.trial().run(variants(MINDSPORE))
    outputs = [request.output for request in place.builder.requests]
    archives = [output.archive for output in outputs if isinstance(output, LocalFiles) and output.archive]
    assert len(archives) == 1
    (image,) = place.engine.ran
    assert image.startswith("sha256:")


def test_a_parent_in_staging_is_taken_from_there(place: Place) -> None:
    pinned = place.stage(CANN)
    report = place.trial().run(variants(MINDSPORE))
    assert report.exit_code == 0
    assert place.built == [MINDSPORE]
    assert list(place.builder.requests[0].images.values()) == [pinned]
    assert place.progress.notes == [f"{CANN} linux/amd64 is unchanged: taken from staging (verified)"]


def test_a_changed_parent_is_built_on_an_unchanged_one(place: Place) -> None:
    place.files = {**FILES, "cann/ubuntu/install.sh": "echo changed\n"}
    place.stage(PYTHON)
    place.trial().run(variants(MINDSPORE))
    assert place.built == [CANN, MINDSPORE]


@pytest.mark.parametrize(("stated", "like"), [(False, None), (True, OS)])
def test_a_staged_build_without_its_own_statement_is_not_believed(
    place: Place, stated: bool, like: str | None
) -> None:
    place.stage(CANN, stated=stated, like=like)
    place.trial().run(variants(MINDSPORE))
    assert place.built == [OS, PYTHON, CANN, MINDSPORE]
    assert [text for text in place.progress.warnings if "no valid build statement" in text]


def test_without_a_key_the_tag_suffices_and_is_told(place: Place) -> None:
    place.verifies = False
    place.stage(CANN, stated=False)
    place.trial().run(variants(MINDSPORE))
    assert place.built == [MINDSPORE]
    assert "not verified, since no public key is configured" in place.progress.notes[0]


def test_a_staging_that_is_down_is_asked_once_and_done_without(place: Place) -> None:
    place.registry.down = True
    report = place.trial().run(variants(MINDSPORE, PYTORCH))
    assert report.exit_code == 0
    assert sorted(place.built) == sorted([OS, PYTHON, CANN, MINDSPORE, PYTORCH])
    assert len(place.registry.requests) == 1
    assert place.progress.notes == [
        "staging cannot be asked, so all parents are built here: the registry does not answer"
    ]


def test_evidence_that_cannot_be_read_is_no_reason_to_stop(place: Place) -> None:
    place.stage(CANN)
    place.registry.fail_next("referrers", RegistryError("broken"))
    assert place.trial().run(variants(MINDSPORE)).exit_code == 0
    assert place.built == [OS, PYTHON, CANN, MINDSPORE]


def test_the_target_itself_is_always_built_also_where_another_needs_it(place: Place) -> None:
    place.stage(MINDSPORE)
    place.stage(CANN)
    place.trial().run(variants(CANN, MINDSPORE))
    assert MINDSPORE in place.built
    assert CANN in place.built


def test_a_failing_build_blocks_its_children_and_nobody_else(place: Place) -> None:
    place.builder.failing.add(str(CANN))
    report = place.trial().run(variants(OS, MINDSPORE))
    assert report.exit_code == 4
    (error,) = report.errors
    assert isinstance(error, BuildError)
    results = {result.target: result for result in report.results}
    assert results[MINDSPORE].record is None
    assert results[MINDSPORE].why == f"needs {CANN} linux/amd64, which failed"
    other = results[OS].record
    assert other is not None
    assert other.outcome is Outcome.PASSED


def test_a_target_that_cannot_be_built_says_so(place: Place) -> None:
    place.builder.failing.add("mindspore==")
    (result,) = place.trial().run(variants(MINDSPORE)).results
    assert (result.record, result.why) == (None, "the build failed")


def test_a_failing_test_shows_its_checks_and_its_log(place: Place) -> None:
    place.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"import"}))
    report = place.trial().run(variants(MINDSPORE))
    assert report.exit_code == 5
    (error,), (result,) = report.errors, report.results
    assert isinstance(error, errors.TestError)
    assert (error.what, error.detail) == ("smoke test failed: import", "told to fail")
    assert str(result.log) in error.hint
    assert "FAILED: import" in result.log.read_text()


def test_a_target_without_a_test_needs_no_engine(place: Place) -> None:
    place.engine.gone = True
    report = place.trial().run(variants(PYTORCH))
    (result,) = report.results
    assert report.exit_code == 0
    assert result.record is not None
    assert (result.record.outcome, result.record.reason) == (Outcome.UNTESTED, "no smoke test is declared")


def test_a_platform_that_no_engine_runs_is_built_and_called_untested(place: Place) -> None:
    place.files = {**FILES, "publisher.yml": FILES["publisher.yml"].replace("[linux/amd64]", "[linux/arm64]"),
                   "os/Dockerfile": "FROM scratch\n"}  # fmt: skip
    report = place.trial().run(variants(OS, platform=ARM64))
    (result,) = report.results
    assert place.built == [OS]
    assert report.exit_code == 0
    assert result.record is not None
    assert result.record.reason == "no docker engine here runs linux/arm64"


def test_without_an_engine_nothing_is_built_for_nothing(place: Place) -> None:
    place.engine.gone = True
    with pytest.raises(EngineUnavailable):
        place.trial().run(variants(MINDSPORE))
    assert place.built == []


def test_a_dead_builder_is_the_builders_error(place: Place) -> None:
    place.builder.available = False
    report = place.trial().run(variants(OS))
    assert [type(error) for error in report.errors] == [BuilderUnavailable]


def test_an_unlocked_base_of_an_ancestor_stops_before_anything_is_built(place: Place) -> None:
    place.files = {**FILES, "publisher.lock": "version: 1\n"}
    with pytest.raises(BuildError, match="is not locked for linux/amd64") as caught:
        place.trial().run(variants(MINDSPORE))
    assert caught.value.hint == "run `publisher refresh bases` and commit publisher.lock"
    assert place.built == []


@pytest.mark.parametrize("keep", [False, True])
def test_the_images_are_removed_unless_they_are_wanted(place: Place, keep: bool) -> None:
    trial = place.trial()
    trial.run(variants(MINDSPORE), keep=keep)
    assert trial.images.exists() is keep
    assert not list(trial.images.glob("*.tar"))
    assert (place.directory / "logs").is_dir()


def test_they_are_removed_also_when_it_ends_badly(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object, __: object) -> None:
        raise KeyboardInterrupt

    trial = place.trial()
    monkeypatch.setattr(place.builder, "build", interrupted)  # as Ctrl-C arrives
    with pytest.raises(KeyboardInterrupt):
        trial.run(variants(OS))
    assert not trial.images.exists()


def test_a_trial_may_use_its_run_directory_again(place: Place) -> None:
    for _ in range(2):
        assert place.trial().run(variants(MINDSPORE), keep=True).exit_code == 0


def test_a_parent_on_two_platforms_is_refused_with_advice(place: Place) -> None:
    settings = FILES["publisher.yml"].replace("[linux/amd64]", "[linux/amd64, linux/arm64]")
    settings += "builders: {linux/arm64: {driver: existing, name: x, platform: linux/amd64}}\n"
    place.files = {
        **FILES,
        "publisher.yml": settings,
        "os/Dockerfile": "FROM scratch\n",
        "python/Dockerfile": "ARG BASE\nFROM --platform=$BUILDPLATFORM $BASE AS tool\nFROM $BASE\n"
        "COPY --from=tool /x /\n",
    }
    report = place.trial().run(variants(PYTHON, platform=ARM64))
    (error,) = report.errors
    assert "is used on two platforms at once" in error.what
    assert error.hint == "try it with `--platform linux/amd64`"
