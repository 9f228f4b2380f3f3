"""Writes a build context from git objects, the same bytes and modes on every machine.

BuildKit recognises unchanged files of a context by path, size, mode and time, and knows a context
by the *name of its directory*.  All our times are equal, so the directory is named after what is in
it: with a constant name BuildKit would take a file of another build for one of equal size.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from publisher.catalog.files import Files
from publisher.codec import canonical
from publisher.errors import BuildError
from publisher.oci.digest import Digest
from publisher.plan.inputs import BuildInputs, ContextFile

REGULAR, EXECUTABLE, SYMLINK = "100644", "100755", "120000"
_PERMISSIONS = {REGULAR: 0o644, EXECUTABLE: 0o755}
_DIRECTORY = 0o755
_BATCH = 64 * 1024 * 1024
"""About how many bytes of files are in memory at once."""
_LFS_POINTER = b"version https://git-lfs.github.com/spec/"
_LFS_MAX = 1024
"""A pointer is smaller than this, in bytes (git-lfs, docs/spec.md)."""
_NO_IGNORES = "# The plan has applied .dockerignore already.\n"


def materialise(files: Files, inputs: BuildInputs, directory: Path) -> tuple[Path, Path]:
    """Write Dockerfile and context side by side into `directory`; give both paths.

    Raises:
        BuildError: a path leaves the context, a file is a git-lfs pointer, or the disk refuses.
        HistoryError: a file is not in the repository.
    """
    where = f"{inputs.target} {inputs.platform}"
    for problem in _path_problems(inputs.files):
        raise BuildError(problem, where=where, hint="rename the file, or keep it out with .dockerignore")
    try:
        return _write(files, inputs, directory, where)
    except OSError as error:
        raise BuildError(
            "the build context cannot be written",
            where=where,
            detail=str(error),
            hint="look for space and permissions in the temporary directory",
        ) from error


def context_name(files: Iterable[ContextFile]) -> str:
    """Name a context after its content."""
    return f"context-{Digest.of(canonical(tuple(files))).hex[:32]}"


def _write(files: Files, inputs: BuildInputs, directory: Path, where: str) -> tuple[Path, Path]:
    directory.mkdir(parents=True, exist_ok=True)
    dockerfile, context = directory / "Dockerfile", directory / context_name(inputs.files)
    dockerfile.write_bytes(files.read([inputs.dockerfile_oid])[inputs.dockerfile_oid])
    dockerfile.with_name("Dockerfile.dockerignore").write_text(_NO_IGNORES)
    context.mkdir()
    for batch in _batches(inputs.files, {file.oid: file.size for file in files.tree.values()}):
        contents = files.read(dict.fromkeys(file.oid for file in batch))
        for file in batch:
            _refuse_pointer(file, contents[file.oid], where)
            _write_file(context / file.path, file, contents[file.oid], inputs.epoch)
    _settle_directories(context, inputs.epoch)
    return dockerfile, context


def _batches(files: Iterable[ContextFile], sizes: Mapping[str, int]) -> Iterator[list[ContextFile]]:
    batch: list[ContextFile] = []
    total = 0
    for file in files:
        batch.append(file)
        total += max(0, sizes.get(file.oid, 0))
        if total >= _BATCH:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch


def _write_file(path: Path, file: ContextFile, content: bytes, epoch: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if file.mode == SYMLINK:
        os.symlink(content, os.fsencode(path))  # noqa: PTH211 - the target is bytes and is never followed
    else:
        path.write_bytes(content)
        path.chmod(_PERMISSIONS[file.mode])
    os.utime(path, (epoch, epoch), follow_symlinks=False)


def _settle_directories(context: Path, epoch: int) -> None:
    for folder, _, _ in os.walk(context, topdown=False):
        Path(folder).chmod(_DIRECTORY)
        os.utime(folder, (epoch, epoch))


def _path_problems(files: Iterable[ContextFile]) -> Iterator[str]:
    """Say what is wrong with the paths; each is checked before anything is written."""
    taken = {file.path for file in files}
    for file in files:
        path = PurePosixPath(file.path)
        if path.is_absolute() or not path.parts or str(path) != file.path or "\0" in file.path:
            yield f"{file.path!r:.200} is not a path inside the context"
        elif any(part == ".." or part.lower() == ".git" for part in path.parts):
            yield f"{file.path!r:.200} may not be in a context"
        elif any(str(parent) in taken for parent in path.parents):
            yield f"{file.path!r:.200} runs through another file or a symlink"
        elif file.mode not in {*_PERMISSIONS, SYMLINK}:
            yield f"{file.path!r:.200} is a submodule or has an unknown mode ({file.mode})"


def _refuse_pointer(file: ContextFile, content: bytes, where: str) -> None:
    if file.mode != SYMLINK and len(content) < _LFS_MAX and content.startswith(_LFS_POINTER):
        raise BuildError(
            f"{file.path} is a git-lfs pointer, not the file itself",
            where=where,
            hint="`git lfs pull` brings it for `publisher try`; for publishing keep the file in git, "
            "or fetch it in a RUN step with its checksum",
        )
