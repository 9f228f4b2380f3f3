"""A catalog of kilobytes: images made FROM scratch, tested by looking at their files.

For faults and kills, where a run must take seconds.  Each catalog gets repository
prefixes of its own, so that tests share one stack without seeing each other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.client import RegistryClient
from tests.demo.repository import PASSWORD, git, make_keys
from tests.stack import Request, Stack

REGISTRIES = ("hub", "quay", "modelers")
WRITES = frozenset({"PUT", "POST", "PATCH", "DELETE"})
_SETTINGS = """\
version: 1
source: https://example.com/small/images
catalog: {{root: meta, references: [docker.io/small], platforms: [linux/amd64]}}
staging: {{prefix: "{staging}/{name}/staging"}}
registries:
  hub: {{prefix: "{hub}/{name}"}}
  quay: {{prefix: "{quay}/{name}"}}
  modelers: {{prefix: "{modelers}/{name}"}}
routes: [{{images: ["*"], to: [hub, quay, modelers]}}]
builders: {{linux/amd64: {{driver: remote, endpoint: "{buildkit}"}}}}
signing: {{mode: key, private: keys/cosign.key, public: keys/cosign.pub}}
policy: {{tests: {{linux/amd64: native}}}}
forge: {{kind: local, directory: releases}}
"""
LAYERS = ("base", "middle", "leaf")


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run of the command line ended."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """Give everything that it wrote."""
        return self.out + self.err


@dataclass(slots=True)
class SmallCatalog:
    """A repository with the chain base → middle → leaf; `name` is part of every repository's name."""

    stack: Stack
    repository: Path
    name: str
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> None:
        """Write a file of the repository."""
        file = self.repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def commit(self, message: str) -> str:
        """Commit everything; give the commit."""
        git(self.repository, "add", "--all")
        git(self.repository, "commit", "--quiet", "--allow-empty", "--message", message)
        return git(self.repository, "rev-parse", "HEAD")

    def run(self, *words: str, program: tuple[str, ...] = ("-m", "publisher"), **variables: str) -> Ran:
        """Run the command line on this repository; `variables` are added to the environment."""
        argv = [sys.executable, *program, *words, "--repo", str(self.repository)]
        environment = {**self.surroundings, **variables}
        done = subprocess.run(argv, env=environment, capture_output=True, text=True, check=False, timeout=240)
        return Ran(done.returncode, done.stdout, done.stderr)

    @property
    def surroundings(self) -> dict[str, str]:
        """Give the environment of a run."""
        return {
            **os.environ, "COSIGN_PASSWORD": PASSWORD, "DOCKER_HOST": self.stack.endpoint("docker"),
            "XDG_STATE_HOME": str(self.repository.parent / "state"), **self.environment,
        }  # fmt: skip

    def prefix(self, registry: str) -> str:
        """Give the prefix of a destination."""
        return f"{self.stack.url(registry)}/{self.name}"

    def tags(self, registry: str, image: str) -> dict[str, Digest]:
        """Give the version tags of an image at a registry, infrastructure left out."""
        repository = Repository(f"{self.prefix(registry)}/{image}")
        client = RegistryClient(repository.host)
        names = [
            tag for tag in client.tags(repository.path) if not tag.startswith(("d-", "sha256-", "b-", "r-"))
        ]
        found = {tag: client.head_manifest(repository.path, tag) for tag in names}
        return {tag: item.digest for tag, item in found.items() if item}

    def all_tags(self) -> dict[tuple[str, str], dict[str, Digest]]:
        """Give the version tags of every layer at every destination."""
        return {(name, image): self.tags(name, image) for name in REGISTRIES for image in LAYERS}

    def requests(self, registry: str) -> list[Request]:
        """Give what a registry answered about this catalog."""
        return [item for item in self.stack.requests(registry) if f"/{self.name}/" in item.path]

    def writes(self) -> dict[str, list[Request]]:
        """Give the writing requests of this catalog at every registry, staging included."""
        return {
            name: [item for item in self.requests(name) if item.method in WRITES]
            for name in ("staging", *REGISTRIES)
        }

    def build_ids(self) -> Mapping[str, Mapping[str, str]]:
        """Give each target's BuildIds, from the plan of everything."""
        ran = self.run("plan", "--offline", "--base", "empty", "--format", "json")
        return {
            f"{build['image']}:{build['tag']}": build["build_ids"] for build in json.loads(ran.out)["builds"]
        }


def small_catalog(stack: Stack, directory: Path) -> SmallCatalog:
    """Make a repository with the chain of three, committed."""
    name = f"t{uuid.uuid4().hex[:10]}"
    catalog = SmallCatalog(stack, directory / name, name)
    addresses = {registry: stack.url(registry) for registry in ("staging", *REGISTRIES)}
    catalog.write(
        "publisher.yml", _SETTINGS.format(name=name, buildkit=stack.endpoint("buildkit"), **addresses)
    )
    catalog.write(".gitignore", "/keys/cosign.key\n/releases/\n")
    make_keys(catalog.repository / "keys")
    git(catalog.repository, "init", "--quiet", "--initial-branch=main")
    parent = ""
    for image in LAYERS:
        _layer(catalog, image, parent)
        parent = image
    catalog.commit("Add three layers")
    return catalog


def _layer(catalog: SmallCatalog, image: str, parent: str) -> None:
    base = f"\n  base: {parent}:v1" if parent else ""
    catalog.write(
        f"meta/{image}/meta.yml", f"v1:\n  path: Dockerfile{base}\n  latest: true\n  smoke: smoke.yml\n"
    )
    start = "ARG BASE\nFROM ${BASE}\n" if parent else "FROM scratch\n"
    catalog.write(f"meta/{image}/Dockerfile", f"{start}COPY {image}.txt /{image}.txt\n")
    catalog.write(f"meta/{image}/{image}.txt", f"{image}, first edition, {catalog.name}\n")
    catalog.write(
        f"meta/{image}/smoke.yml", f"version: 1\nfiles:\n  - {{path: /{image}.txt, contains: edition}}\n"
    )
