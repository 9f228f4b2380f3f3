"""The demo's five merges, played once a session, with everything that the registries then answered.

The repository is the demo's, except that every prefix gets a folder of its own, so that a
stack which is kept up can be used again.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher import codec
from publisher.catalog.settings import Settings
from publisher.catalog.settings_file import read_settings
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository, is_reserved_tag
from publisher.records.release import HEAD_TAG, RECORDS_NAME, ReleaseRecord
from publisher.registry.artifacts import OrasArtifacts
from publisher.registry.client import RegistryClient
from tests.demo.repository import MERGES, PASSWORD, Addresses, Merge, commit, create
from tests.demo.upstream import push_debian
from tests.integration.small import REGISTRIES, WRITES, Ran
from tests.stack import Request, Stack, tool_folder

PLATFORM = Platform("linux/amd64")
SERVERS = ("staging", *REGISTRIES)
"""Every registry that the publisher may write to."""
IMAGES = ("layers", "os", "python", "cann", "mindspore", "pytorch", "openmind")
"""Repositories that are looked for at every destination; `os` and `python` should never be there."""
_OTHERS = re.compile(r"/v2/(?:t[0-9a-f]{10}|w[0-9a-f]{8})/")
"""Repositories of small catalogs and of other worlds: what a killed run left behind may still write there."""
Tags = Mapping[str, Digest]
Places = Mapping[Repository, Tags]
Marks = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Stored:
    """A release record as staging holds it: `raw` are its bytes, `digest` that of its manifest."""

    record: ReleaseRecord
    digest: Digest
    raw: bytes


@dataclass(frozen=True, slots=True)
class Played:
    """A command and what the registries answered after it.

    `started` and `ended` count the requests that each had answered by then; `plan` is what
    `publisher plan --format json` said before a run; `newest` the newest record after it.
    """

    title: str
    commit: str
    ran: Ran
    plan: Mapping[str, Any]
    run_directory: Path
    started: Marks
    ended: Marks
    places: Places
    newest: Stored | None

    @property
    def record(self) -> ReleaseRecord:
        """Give the newest release record."""
        assert self.newest is not None, f"{self.title}: there is no release record"
        return self.newest.record

    @property
    def document(self) -> Any:
        """Give the JSON that the command printed."""
        return json.loads(self.ran.out)

    def file(self, name: str) -> Any:
        """Read a JSON file of the run directory."""
        return json.loads((self.run_directory / name).read_bytes())


@dataclass(slots=True)
class World:
    """The repository, and the story so far."""

    stack: Stack
    repository: Path
    name: str
    merges: list[Played] = field(default_factory=list)
    dry: dict[int, Played] = field(default_factory=dict)
    rerun: Played | None = None
    audit: Played | None = None

    @property
    def settings(self) -> Settings:
        """Read `publisher.yml`."""
        return read_settings("publisher.yml", (self.repository / "publisher.yml").read_bytes())

    @property
    def surroundings(self) -> dict[str, str]:
        """Give the environment of a command."""
        return {
            **os.environ, "COSIGN_PASSWORD": PASSWORD, "DOCKER_HOST": self.stack.endpoint("docker"),
            "XDG_STATE_HOME": str(self.repository.parent / "state"),
        }  # fmt: skip

    def publisher(self, *words: str) -> Ran:
        """Run the command line as a user would, on the repository."""
        argv = [sys.executable, "-m", "publisher", *words, "--repo", str(self.repository)]
        done = subprocess.run(
            argv, env=self.surroundings, capture_output=True, text=True, check=False, timeout=600
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def shell(self, command: str) -> Ran:
        """Run a command as pasted into a shell, in the repository."""
        done = subprocess.run(
            ["bash", "-c", command], cwd=self.repository, env=self.surroundings,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        return Ran(done.returncode, done.stdout, done.stderr)

    def destination(self, registry: str, image: str) -> Repository:
        """Give the repository of an image at a destination."""
        return self.settings.registries[registry].repository(image)

    def version_tags(self, played: Played, registry: str, image: str) -> Tags:
        """Give the tags for people that an image had at a destination, infrastructure left out."""
        found = played.places[self.destination(registry, image)]
        return {tag: digest for tag, digest in found.items() if not is_reserved_tag(tag)}

    def all_version_tags(self, played: Played) -> Mapping[tuple[str, str], Tags]:
        """Give the tags for people of every image at every destination."""
        return {
            (name, image): self.version_tags(played, name, image) for name in REGISTRIES for image in IMAGES
        }

    @property
    def records(self) -> dict[str, Repository]:
        """Give every registry's repository of release records."""
        copies = {name: self.destination(name, RECORDS_NAME) for name in REGISTRIES}
        return {"staging": self.settings.staging_records, **copies}

    def marks(self) -> Marks:
        """Count what each registry has answered."""
        return {name: len(self.stack.requests(name)) for name in (*SERVERS, "upstream")}

    def requests(self, played: Played, registry: str) -> list[Request]:
        """Give what a registry answered during a command, to whomever, but for other tests' catalogs."""
        during = self.stack.requests(registry)[played.started[registry] : played.ended[registry]]
        return [item for item in during if self.name in item.path or not _OTHERS.match(item.path)]

    def writes(self, played: Played) -> list[Request]:
        """Give the writing requests of a command at all registries."""
        return [
            item for name in played.started for item in self.requests(played, name) if item.method in WRITES
        ]

    def play(self, title: str, commit: str, words: Sequence[str], plan: Mapping[str, Any]) -> Played:
        """Run a command and look at every registry afterwards."""
        directory = self.repository.parent / "runs" / title.replace(" ", "-")
        started = self.marks()
        ran = self.publisher(*words, "--run-dir", str(directory))
        return Played(
            title, commit, ran, plan, directory, started, self.marks(), self._look(), self._newest()
        )

    def _look(self) -> Places:
        places = [self.destination(name, image) for name in REGISTRIES for image in IMAGES]
        return {
            place: tags_of(place) for place in (*places, *self.records.values(), self.settings.staging_builds)
        }

    def _newest(self) -> Stored | None:
        place = self.settings.staging_records
        return read_record(place, HEAD_TAG) if HEAD_TAG in tags_of(place) else None


def tags_of(place: Repository) -> Tags:
    """Ask a registry which digest each tag of a repository has."""
    client = RegistryClient(place.host)
    found = {tag: client.head_manifest(place.path, tag) for tag in client.tags(place.path)}
    return {tag: item.digest for tag, item in found.items() if item}


def read_record(place: Repository, reference: str) -> Stored:
    """Read a release record from a registry."""
    descriptor, raw = OrasArtifacts(lambda _: None).pull(place, reference, RELEASE_RECORD)
    return Stored(codec.decode(ReleaseRecord, raw), descriptor.digest, raw)


def open_world(stack: Stack, directory: Path) -> World:
    """Make the demo's repository, without a commit yet."""
    index, locked = push_debian(
        stack.url("upstream"), (PLATFORM,), tool_folder().parent / "root-file-systems", print
    )
    names = ("staging", "hub", "quay", "modelers", "upstream")
    urls = {name: stack.url(name) for name in names}
    addresses = Addresses(**urls, buildkit=stack.endpoint("buildkit"))
    repository = create(directory, addresses, (PLATFORM,), locked, index)
    name = f"w{uuid.uuid4().hex[:8]}"
    settings = repository / "publisher.yml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(re.sub(r'(prefix: "[^/"]+)/', rf"\1/{name}/", text), encoding="utf-8")
    return World(stack, repository, name)


def play_five_merges(world: World) -> World:
    """Play the merges, each after a plan and a dry run, then everything once more, then the audit."""
    for number, merge in enumerate(MERGES, start=1):
        _merge(world, number, merge)
    last = world.merges[-1].commit
    world.rerun = world.play("rerun", last, ["run"], {})
    world.audit = world.play("audit", last, ["audit", "--format", "json"], {})
    return world


def _merge(world: World, number: int, merge: Merge) -> None:
    head = commit(world.repository, merge)
    base = ["--base", "empty"] if number == 1 else []
    planned = world.publisher("plan", *base, "--format", "json")
    assert planned.code == 0, planned.text
    plan = json.loads(planned.out)
    world.dry[number] = world.play(f"dry {number}", head, ["run", *base, "--dry-run"], plan)
    world.merges.append(world.play(f"merge {number}", head, ["run", *base], plan))
