"""Images of a few megabytes for contract tests: a shell and programs of this machine, or a single file."""

from __future__ import annotations

import io
import json
import subprocess
import tarfile
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from publisher.oci.descriptor import OCI_CONFIG, OCI_MANIFEST
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository

LAYER = "application/vnd.oci.image.layer.v1.tar"


def push_image(
    repository: str, layer: bytes, *, config: Mapping[str, Any] | None = None, architecture: str = "amd64"
) -> Reference:
    """Push an image of one layer by digest to a registry on loopback."""
    document = {"architecture": architecture, "os": "linux", "config": dict(config or {}),
                "rootfs": {"type": "layers", "diff_ids": [Digest.of(layer)]}}  # fmt: skip
    raw = json.dumps(document).encode()
    name = Repository(repository)
    for blob in (layer, raw):
        _put_blob(name, blob)
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": {"mediaType": OCI_CONFIG, "digest": Digest.of(raw), "size": len(raw)},
        "layers": [{"mediaType": LAYER, "digest": Digest.of(layer), "size": len(layer)}],
    }).encode()  # fmt: skip
    digest = Digest.of(manifest)
    _send("PUT", f"http://{name.host}/v2/{name.path}/manifests/{digest}", manifest, OCI_MANIFEST)
    return Reference(name, digest=digest)


def one_file_layer(text: str) -> bytes:
    """Make a layer with one small file; equal text, equal bytes."""
    return files_layer({"hello.txt": text.encode()})


def files_layer(files: Mapping[str, bytes]) -> bytes:
    """Make a layer with files that everybody can read."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in files.items():
            _add(archive, name, content, 0o644)
    return stream.getvalue()


def shell_layer(
    programs: Sequence[str] = ("/bin/sh", "/bin/cat", "/bin/sleep"), extra: Sequence[Path] = ()
) -> bytes:
    """Make a layer with programs of this machine, the libraries that they load, and some files to look at."""
    stream = io.BytesIO()
    wanted = sorted({Path(found) for program in programs for found in [program, *_libraries(program)]})
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path in wanted:
            _add(archive, str(path)[1:], path.read_bytes(), 0o755)
        for path in extra:
            _add(archive, f"bin/{path.name}", path.read_bytes(), 0o755)
        _add(archive, "etc/motd", b"welcome, reader\nsecond line\n", 0o640, 7, 8)
        _add(archive, "opt/setuid", b"x", 0o4755)
        _add(archive, "opt/secret", b"x", 0o600)
        _link(archive, "opt/link", "../etc/motd")
        _link(archive, "opt/chain", "/opt/link")
        _link(archive, "opt/broken", "nowhere")
        _folder(archive, "tmp", 0o1777)
    return stream.getvalue()


def _libraries(program: str) -> list[str]:
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
    return [word for line in said.splitlines() for word in line.split() if word.startswith("/")]


def _add(archive: tarfile.TarFile, name: str, content: bytes, mode: int, uid: int = 0, gid: int = 0) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.uid, entry.gid = len(content), mode, uid, gid
    archive.addfile(entry, io.BytesIO(content))


def _link(archive: tarfile.TarFile, name: str, target: str) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, target, 0o777
    archive.addfile(entry)


def _folder(archive: tarfile.TarFile, name: str, mode: int) -> None:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode = tarfile.DIRTYPE, mode
    archive.addfile(entry)


def _put_blob(repository: Repository, content: bytes) -> None:
    base = f"http://{repository.host}"
    answer = _send("POST", f"{base}/v2/{repository.path}/blobs/uploads/", b"")
    place = answer if answer.startswith("http") else base + answer
    mark = "&" if "?" in place else "?"
    _send("PUT", f"{place}{mark}digest={Digest.of(content)}", content, "application/octet-stream")


def _send(method: str, url: str, content: bytes, kind: str = "application/octet-stream") -> str:
    request = urllib.request.Request(url, data=content, method=method, headers={"Content-Type": kind})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return str(answer.headers.get("Location", ""))
