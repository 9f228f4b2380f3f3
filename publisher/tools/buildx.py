"""Builds with BuildKit, through buildx."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import assert_never

from publisher.catalog.settings import BuilderSettings
from publisher.errors import BuildError
from publisher.oci.platform import Platform
from publisher.ports.builder import OCI_LAYOUT, BuildRequest, BuildResult, LocalFiles, PushTo
from publisher.tools.buildx_builder import BuilderInstance
from publisher.tools.buildx_metadata import parse_metadata
from publisher.tools.buildx_output import build_failure, step_text
from publisher.tools.process import Runner

_UNQUOTED = frozenset(',":@')
"""Characters that end a path where buildx splits `--output` and `oci-layout://` values."""
_RESERVED_PREFIX = "BUILDKIT_"
_EPOCH = "SOURCE_DATE_EPOCH"
_FRONTEND = "BUILDKIT_SYNTAX"
"""Overrides the image of a `# syntax=` line, which `--build-context` does not reach
(docs.docker.com/build/buildkit/frontend)."""
_ENVIRONMENT = {
    "BUILDX_METADATA_PROVENANCE": "max",
    "BUILDX_NO_DEFAULT_ATTESTATIONS": "1",
    "BUILDX_GIT_INFO": "false",
    "BUILDKIT_PROGRESS": "plain",
    "NO_COLOR": "1",
}
_TIMEOUT = 6 * 3600.0
"""Seconds that one build may take; vendors' packages have gigabytes."""
_MAX_METADATA = 64 * 1024 * 1024


class BuildxBuilder:
    """The BuildKit of one target platform.

    `state` is a directory that keeps buildx's own files apart from the user's; `docker_config` one
    with a `config.json` whose credentials BuildKit may use (by default the user's own).
    """

    def __init__(
        self,
        settings: BuilderSettings,
        platform: Platform,
        runner: Runner,
        state: Path,
        *,
        docker_config: Path | None = None,
        timeout: float = _TIMEOUT,
    ) -> None:
        self._instance = BuilderInstance(settings, platform, runner, state, docker_config)
        self._runner = runner
        self._timeout = timeout

    def build(self, request: BuildRequest, said: Callable[[str], None]) -> BuildResult:
        """Build, and deliver as the request's output says; `said` receives BuildKit's lines.

        Raises:
            BuildError: the build failed, with the last lines of its log.
            BuilderUnavailable: no BuildKit answers.
        """
        _check(request)
        name = self._instance.ready(request.where)
        with tempfile.TemporaryDirectory(prefix="publisher-build-") as scratch:
            metadata = Path(scratch, "metadata.json")
            argv = [*self._instance.program, *build_arguments(request, name, metadata)]
            self._run(argv, request, said)
            return parse_metadata(_bounded(metadata))

    def _run(self, argv: list[str], request: BuildRequest, said: Callable[[str], None]) -> None:
        done = self._runner.run(
            argv,
            env={**_ENVIRONMENT, **self._instance.environment},
            timeout=self._timeout,
            log=request.log,
            on_line=lambda line: _pass_on(line, said),
            error=BuildError,
            what="the build failed",
            check=False,
            where=request.where,
            hint="run the same publisher command again; the builder may be overloaded",
        )
        if done.returncode:
            raise build_failure(done.said, request.where, request.log)


def build_arguments(request: BuildRequest, builder: str, metadata: Path) -> list[str]:
    """Give the arguments of `buildx`; a golden test holds them, since they decide the bytes of images.

    The compression stays BuildKit's default (gzip): `force-compression` would rewrite the layers of
    bases, which must stay those that the base published.
    """
    args = {**request.args, _EPOCH: str(request.epoch)}
    if request.frontend:
        args[_FRONTEND] = request.frontend
    return [
        "build",
        "--builder",
        builder,
        "--platform",
        request.platform,
        "--file",
        str(request.dockerfile.absolute()),
        *(["--target", request.stage] if request.stage else []),
        "--provenance=false",
        "--sbom=false",
        *_repeated("--build-context", {name: _source(image) for name, image in request.images.items()}),
        *_repeated("--build-arg", args),
        *(word for output in _outputs(request) for word in ("--output", output)),
        "--metadata-file",
        str(metadata),
        "--progress",
        "plain",
        str(request.context.absolute()),
    ]


def _repeated(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for name, value in sorted(values.items()) for word in (option, f"{name}={value}")]


def _source(image: str) -> str:
    return image if image.startswith(OCI_LAYOUT) else f"docker-image://{image}"


def _outputs(request: BuildRequest) -> list[str]:
    """Give each `--output`; all carry the same options, so that all carry the same manifest."""
    common = f"oci-mediatypes={str(request.oci).lower()},rewrite-timestamp=true"
    match request.output:
        case PushTo(repository):
            return [
                f"type=image,name={repository},push=true,push-by-digest=true,name-canonical=true,{common}"
            ]
        case LocalFiles(layout, archive):
            for_engine = [f"type=docker,dest={archive},{common}"] if archive else []
            return [f"type=oci,dest={layout},tar=false,{common}", *for_engine]
        case _:
            assert_never(request.output)


def _check(request: BuildRequest) -> None:
    if isinstance(request.output, LocalFiles) and _UNQUOTED & set(str(request.output)):
        raise BuildError(
            f"the directory for the image may have none of {' '.join(sorted(_UNQUOTED))} in its name",
            where=str(request.output),
            hint="name another one with --run-dir",
        )
    for name in request.args:
        if name == _EPOCH or name.startswith(_RESERVED_PREFIX) or "=" in name or not name:
            raise BuildError(
                f"{name!r:.80} cannot be a build argument",
                where=request.where,
                hint=f"{_EPOCH} and {_RESERVED_PREFIX}* are set by publisher",
            )


def _pass_on(line: str, said: Callable[[str], None]) -> None:
    if text := step_text(line):
        said(text)


def _bounded(path: Path) -> bytes:
    """Read the metadata file; it is as long as the build has steps."""
    if not path.is_file():
        return b""
    with path.open("rb") as file:
        return file.read(_MAX_METADATA)
