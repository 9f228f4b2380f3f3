"""A builder that makes a tiny image whose bytes follow from the request, and nothing else."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shlex
import tarfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from publisher.codec import canonical
from publisher.errors import BuildError, BuilderUnavailable
from publisher.oci.descriptor import DOCKER_MANIFEST, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.ports.builder import BuildRequest, BuildResult, LocalFiles, PushTo
from publisher.records.build import Material

_OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")


class Shelf(Protocol):
    """What the fake needs of a `Registry`."""

    def put_blob(
        self,
        repository: str,
        blob: Descriptor,
        open_source: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        """Take a blob."""

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        """Take a manifest."""


@dataclass(frozen=True)
class _Image:
    manifest: Manifest
    blobs: tuple[tuple[Descriptor, bytes], ...]


class FakeBuilder:
    """Pushes to `registry`; reads FROM, ARG and COPY of the Dockerfile as far as tests need it.

    Like BuildKit it takes a reference that `images` lacks "from the network", silently.
    `failing` holds texts: a request whose `where` or Dockerfile contains one fails.
    """

    def __init__(self, registry: Shelf, build_platform: str = "linux/amd64") -> None:
        self._registry = registry
        self._build_platform = Platform(build_platform)
        self.requests: list[BuildRequest] = []
        self.failing: set[str] = set()
        self.available = True

    def build(self, request: BuildRequest, said: Callable[[str], None]) -> BuildResult:
        """Build as `Builder` says."""
        self.requests.append(request)
        if not self.available:
            raise BuilderUnavailable("no BuildKit answers", where=request.where, hint="start it")
        text = request.dockerfile.read_text()
        if culprit := next((word for word in self.failing if word in request.where or word in text), None):
            raise BuildError(
                "the build failed", where=request.where, detail=culprit, hint="mend the Dockerfile"
            )
        materials = tuple(sorted(self._materials(text, request), key=lambda material: material.uri))
        said(f"exporting to {request.output}")
        image = _image(request, _layer(request, text, materials))
        self._deliver(request, image)
        return BuildResult(image.manifest.digest, materials)

    def _materials(self, text: str, request: BuildRequest) -> Iterator[Material]:
        values: dict[str, str] = {}
        stages: set[str] = {"scratch"}
        if request.frontend:
            yield _material(request.frontend, self._build_platform)
        for word, *rest in (
            shlex.split(line, comments=True) for line in text.splitlines() if line.strip("# \t")
        ):
            match word.upper():
                case "ARG":
                    name, _, default = rest[0].partition("=")
                    values[name] = request.args.get(name, default)
                case "FROM":
                    source = _VARIABLE.sub(
                        lambda found: values.get(found[1], ""), rest[-3 if "AS" in rest else -1]
                    )
                    on_builder = rest[0] == "--platform=$BUILDPLATFORM"
                    if source not in stages:
                        yield _used(source, request, self._build_platform if on_builder else request.platform)
                    stages.update(rest[-1:] if "AS" in rest else [])
                case "COPY":
                    yield from self._copied(rest, stages, request)

    @staticmethod
    def _copied(rest: list[str], stages: set[str], request: BuildRequest) -> Iterator[Material]:
        source = next((word.partition("=")[2] for word in rest if word.startswith("--from=")), None)
        if source is None:
            _check_sources([word for word in rest if not word.startswith("--")][:-1], request)
        elif source not in stages:
            yield _used(source, request, request.platform)

    def _deliver(self, request: BuildRequest, image: _Image) -> None:
        match request.output:
            case PushTo(repository):
                for blob, content in image.blobs:
                    self._registry.put_blob(repository.path, blob, _opener(content))
                self._registry.put_manifest(repository.path, image.manifest.digest, image.manifest)
            case LocalFiles(layout, archive):
                _write_layout(layout, image)
                if archive:
                    _write_archive(archive, image)


def _opener(content: bytes) -> Callable[[], AbstractContextManager[Iterator[bytes]]]:
    return lambda: nullcontext(iter([content]))


def _check_sources(sources: list[str], request: BuildRequest) -> None:
    for source in sources:
        if not any(request.context.glob(source.strip("/"))) and source != ".":
            raise BuildError(
                "the build failed",
                where=request.where,
                detail=f'ERROR: "/{source}": not found',
                hint="mend the Dockerfile",
            )


def _used(source: str, request: BuildRequest, platform: Platform) -> Material:
    name = str(Reference.parse(source))
    pulled = f"{name}@{Digest.of(name.encode())}"
    return _material(request.images.get(name, pulled), platform)


def _material(image: str, platform: Platform) -> Material:
    name, _, digest = image.rpartition("@")
    return Material(
        f"pkg:docker/{quote(name)}?digest={digest}&platform={quote(platform, safe='')}", digest, platform
    )


def _layer(request: BuildRequest, text: str, materials: tuple[Material, ...]) -> bytes:
    """Pack the fingerprint of all that decides a build into one file."""
    context = {
        str(path.relative_to(request.context)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(request.context.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    used = [(material.digest, material.platform) for material in materials]
    about = canonical([text, context, dict(request.args), request.stage, request.platform, used])
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        entry = tarfile.TarInfo("fingerprint")
        entry.size, entry.mtime = len(about), request.epoch
        tar.addfile(entry, io.BytesIO(about))
    return packed.getvalue()


def _image(request: BuildRequest, layer: bytes) -> _Image:
    packed = gzip.compress(layer, mtime=0)
    config = canonical(
        {
            "architecture": request.platform.architecture,
            "os": request.platform.os,
            "rootfs": {"type": "layers", "diff_ids": [str(Digest.of(layer))]},
        }
    )
    blobs = (
        (Descriptor(_OCI_LAYER if request.oci else _DOCKER_LAYER, Digest.of(packed), len(packed)), packed),
        (Descriptor(OCI_CONFIG if request.oci else _DOCKER_CONFIG, Digest.of(config), len(config)), config),
    )
    layers, about = (blob.to_plain() for blob, _ in blobs)
    kind = OCI_MANIFEST if request.oci else DOCKER_MANIFEST
    plain: dict[str, Any] = {"schemaVersion": 2, "mediaType": kind, "config": about, "layers": [layers]}
    return _Image(parse_manifest(canonical(plain)), blobs)


def _write_layout(directory: Path, image: _Image) -> None:
    folder = directory / "blobs" / "sha256"
    folder.mkdir(parents=True)
    for content in (*(content for _, content in image.blobs), image.manifest.raw):
        (folder / Digest.of(content).hex).write_bytes(content)
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [image.manifest.descriptor.to_plain()]}
    (directory / "index.json").write_bytes(canonical(index))
    (directory / "oci-layout").write_bytes(canonical({"imageLayoutVersion": "1.0.0"}))


def _write_archive(path: Path, image: _Image) -> None:
    """Write what `docker load` takes (moby's image/spec/v1.2.md): the configuration names the image."""
    (layer, _), (config, _) = image.blobs
    names = {blob.digest: f"blobs/sha256/{blob.digest.hex}" for blob in (layer, config)}
    listed = [{"Config": names[config.digest], "RepoTags": None, "Layers": [names[layer.digest]]}]
    entries = {names[blob.digest]: content for blob, content in image.blobs}
    with tarfile.open(path, mode="w") as tar:
        for name, content in {**entries, "manifest.json": json.dumps(listed).encode()}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
