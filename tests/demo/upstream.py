"""A real Debian root file system as an upstream image, served by a loopback registry."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from publisher import codec
from publisher.oci.descriptor import OCI_CONFIG, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.platform import Platform
from publisher.registry.client import RegistryClient

SUITE = "bookworm"
REPOSITORY = "library/debian"
_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
_EPOCH = "1700000000"
Say = Callable[[str], None]


def push_debian(
    host: str, platforms: tuple[Platform, ...], cache: Path, say: Say
) -> tuple[Digest, dict[Platform, Digest]]:
    """Push `library/debian:12`; give the digest of its index and of each platform."""
    client = RegistryClient(host)
    pushed: dict[Platform, Digest] = {}
    listed = []
    for platform in platforms:
        tar = root_file_system(platform, cache, say)
        manifest = _push_image(client, platform, tar)
        pushed[platform] = manifest.digest
        listed.append(Descriptor(manifest.media_type, manifest.digest, manifest.size, platform))
    index = assemble_index(listed, oci=True)
    client.put_manifest(REPOSITORY, "12", index)
    return index.digest, pushed


def root_file_system(platform: Platform, cache: Path, say: Say) -> Path:
    """Make the compressed layer with mmdebstrap, or take it from the cache."""
    layer = cache / f"{SUITE}-{platform.slug}.tar.gz"
    if layer.exists():
        return layer
    cache.mkdir(parents=True, exist_ok=True)
    say(f"making a Debian root file system for {platform} with mmdebstrap (about a minute, once)")
    with tempfile.TemporaryDirectory(dir=cache) as folder:
        tar = Path(folder) / "root.tar"
        argv = ["mmdebstrap", "--quiet", "--variant=minbase", f"--architectures={platform.architecture}",
                '--aptopt=Acquire::Check-Valid-Until "false"', SUITE, str(tar)]  # fmt: skip
        done = subprocess.run(
            argv, capture_output=True, text=True, check=False, env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH}
        )
        if done.returncode:
            raise SystemExit(f"mmdebstrap failed:\n{done.stderr[-2000:]}")
        packed = Path(folder) / layer.name
        with (
            tar.open("rb") as source,
            packed.open("wb") as raw,
            gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=1, mtime=0, filename="") as target,
        ):
            shutil.copyfileobj(source, target, 1024 * 1024)
        packed.replace(layer)
    return layer


def _push_image(client: RegistryClient, platform: Platform, layer: Path) -> Manifest:
    content = layer.read_bytes()
    blob = Descriptor(_LAYER, Digest.of(content), len(content))
    config = codec.canonical(_config(platform, Digest.of(gzip.decompress(content))))
    config_blob = Descriptor(OCI_CONFIG, Digest.of(config), len(config))
    for item, raw in ((blob, content), (config_blob, config)):
        if not client.has_blob(REPOSITORY, item.digest):
            client.put_blob(REPOSITORY, item, partial(_chunks, raw))
    plain = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config_blob.to_plain(),
        "layers": [blob.to_plain()],
    }
    manifest = parse_manifest(codec.canonical(plain), OCI_MANIFEST)
    client.put_manifest(REPOSITORY, manifest.digest, manifest)
    return manifest


def _config(platform: Platform, diff_id: Digest) -> Mapping[str, object]:
    return {
        "architecture": platform.architecture,
        "os": platform.os,
        "config": {"Cmd": ["/bin/bash"]},
        "rootfs": {"type": "layers", "diff_ids": [diff_id]},
    }


@contextmanager
def _chunks(raw: bytes) -> Iterator[Iterator[bytes]]:
    yield (raw[start : start + 1024 * 1024] for start in range(0, len(raw), 1024 * 1024))
