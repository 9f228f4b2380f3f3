"""SLSA v1 provenance: what went into a platform manifest or an index, as a JSON predicate.

The platform's provenance is the build statement: made once, right after the build, from the
materials that BuildKit observed.  It is read back to decide whether a staged build is valid.
Specification: https://slsa.dev/spec/v1.0/provenance
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from publisher import codec
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import COMPATIBILITY
from publisher.plan.inputs import BuildInputs
from publisher.records.build import Material
from publisher.records.image import IndexedPlatform, IndexRecord

BUILD_TYPE = "https://publisher.dev/build/v1"
"""Names how to read a build's parameters.

External, chosen by the catalog's author: `source` (git URL of the catalog), `commit`, `dockerfile` (path in
the catalog), `context` (path in the catalog), `target` (image:tag), `platform`, `args` (declared build
arguments) and `stage` (stage of the Dockerfile, absent for the last one).
Internal, decided by the publisher: `buildId`, `epoch` (SOURCE_DATE_EPOCH, seconds), `generation`, `format`
(oci or docker media types), `compatibility` and `buildPlatform`.
"""
INDEX_TYPE = "https://publisher.dev/index/v1"
"""Names how to read an index's parameters: external `source`, `commit` and `target`; internal `buildIds` by
platform.  Its dependencies are the platform manifests that the index lists, and the catalog's commit."""
MAX_DEPENDENCIES = 10_000
"""Most dependencies that are read from one predicate."""


@dataclass(frozen=True, slots=True)
class Run:
    """The circumstances of a build: who built from which commit, and when.

    `source` is the git URL of the catalog, `builder_id` a URI, `invocation` a URI or name of the run,
    `version` the publisher's own.
    """

    source: str
    commit: str
    builder_id: str
    invocation: str
    started: datetime
    finished: datetime
    version: str


@dataclass(frozen=True, slots=True)
class BuildStatement:
    """What a platform's provenance says; `materials` leaves the catalog's own commit out."""

    build_id: BuildId
    platform: Platform
    commit: str
    materials: tuple[Material, ...]


@dataclass(frozen=True, slots=True)
class IndexStatement:
    """What an index's provenance says."""

    target: TargetId
    commit: str
    platforms: tuple[IndexedPlatform, ...]


def build_provenance(inputs: BuildInputs, materials: Sequence[Material], run: Run) -> bytes:
    """Give the predicate of one platform manifest, made from the observed materials."""
    return codec.canonical(
        {
            "buildDefinition": {
                "buildType": BUILD_TYPE,
                "externalParameters": _external(inputs, run),
                "internalParameters": _internal(inputs),
                "resolvedDependencies": [_commit(run), *map(_material, sorted(materials, key=_order))],
            },
            "runDetails": _details(run),
        }
    )


def index_provenance(record: IndexRecord, run: Run) -> bytes:
    """Give the predicate of an index; its dependencies are the platform manifests."""
    external = {"source": run.source, "commit": run.commit, "target": record.target}
    build_ids = {item.platform: item.build_id for item in record.platforms}
    return codec.canonical(
        {
            "buildDefinition": {
                "buildType": INDEX_TYPE,
                "externalParameters": external,
                "internalParameters": {"buildIds": build_ids},
                "resolvedDependencies": [_commit(run), *map(_manifest, record.platforms)],
            },
            "runDetails": _details(run),
        }
    )


def read_build_statement(predicate: bytes) -> BuildStatement:
    """Read what `build_provenance` wrote.

    Raises:
        Malformed: it is not such a predicate.
    """
    external, internal, dependencies = _definition(predicate, BUILD_TYPE)
    commit = _text(external, "commit")
    return BuildStatement(
        BuildId(_text(internal, "buildId")),
        Platform(_text(external, "platform")),
        commit,
        tuple(_read_material(item) for item in dependencies if not _is_commit(item, external, commit)),
    )


def read_index_statement(predicate: bytes) -> IndexStatement:
    """Read what `index_provenance` wrote.

    Raises:
        Malformed: it is not such a predicate.
    """
    external, internal, dependencies = _definition(predicate, INDEX_TYPE)
    commit = _text(external, "commit")
    build_ids = _object(internal, "buildIds")
    manifests = [item for item in dependencies if not _is_commit(item, external, commit)]
    platforms = tuple(_read_manifest(item, build_ids) for item in manifests)
    return IndexStatement(TargetId(_text(external, "target")), commit, platforms)


def _external(inputs: BuildInputs, run: Run) -> dict[str, Any]:
    external: dict[str, Any] = {
        "source": run.source,
        "commit": run.commit,
        "dockerfile": inputs.dockerfile,
        "context": inputs.context,
        "target": inputs.target,
        "platform": inputs.platform,
        "args": inputs.args,
    }
    if inputs.stage is not None:
        external["stage"] = inputs.stage
    return external


def _internal(inputs: BuildInputs) -> dict[str, Any]:
    return {
        "buildId": inputs.build_id,
        "epoch": inputs.epoch,
        "generation": inputs.generation,
        "format": inputs.format,
        "compatibility": COMPATIBILITY,
        "buildPlatform": inputs.build_platform,
    }


def _details(run: Run) -> dict[str, Any]:
    return {
        "builder": {"id": run.builder_id, "version": {"publisher": run.version}},
        "metadata": {
            "invocationId": run.invocation,
            "startedOn": run.started,
            "finishedOn": run.finished,
        },
    }


def _commit(run: Run) -> dict[str, Any]:
    return {"uri": _commit_uri(run.source, run.commit), "digest": {"gitCommit": run.commit}}


def _commit_uri(source: str, commit: str) -> str:
    return f"git+{source}@{commit}"


def _order(material: Material) -> tuple[str, str, str]:
    return material.uri, material.digest, material.platform or ""


def _material(material: Material) -> dict[str, Any]:
    plain: dict[str, Any] = {"uri": material.uri}
    algorithm, colon, value = material.digest.partition(":")
    if colon:
        plain["digest"] = {algorithm: value}
    if material.platform:
        plain["annotations"] = {"platform": material.platform}
    return plain


def _manifest(item: IndexedPlatform) -> dict[str, Any]:
    return {
        "name": item.platform.slug,
        "digest": {"sha256": item.digest.hex},
        "annotations": {"platform": item.platform},
    }


def _definition(predicate: bytes, kind: str) -> tuple[Mapping[str, Any], Mapping[str, Any], Sequence[Any]]:
    definition = _object(codec.parse(predicate, where="provenance"), "buildDefinition")
    if definition.get("buildType") != kind:
        raise Malformed(f"the provenance has another build type than {kind}")
    dependencies = definition.get("resolvedDependencies", [])
    if not isinstance(dependencies, list) or len(dependencies) > MAX_DEPENDENCIES:
        raise Malformed("the provenance has no proper list of dependencies")
    return _object(definition, "externalParameters"), _object(definition, "internalParameters"), dependencies


def _is_commit(item: Any, external: Mapping[str, Any], commit: str) -> bool:
    return isinstance(item, dict) and item.get("uri") == _commit_uri(_text(external, "source"), commit)


def _read_material(item: Any) -> Material:
    digests = _object(item, "digest") if isinstance(item, dict) and "digest" in item else {}
    if len(digests) > 1:
        raise Malformed("a material of the provenance has several digests")
    digest = "".join(f"{algorithm}:{_text(digests, algorithm)}" for algorithm in digests)
    marked = isinstance(item, dict) and "annotations" in item
    platform = Platform(_text(_object(item, "annotations"), "platform")) if marked else None
    return Material(_text(item, "uri"), digest, platform)


def _read_manifest(item: Any, build_ids: Mapping[str, Any]) -> IndexedPlatform:
    platform = Platform(_text(_object(item, "annotations"), "platform"))
    digest = Digest(f"sha256:{_text(_object(item, 'digest'), 'sha256')}")
    return IndexedPlatform(platform, digest, BuildId(_text(build_ids, platform)))


def _object(plain: Any, name: str) -> Mapping[str, Any]:
    value = plain.get(name) if isinstance(plain, dict) else None
    if not isinstance(value, dict):
        raise Malformed(f"the provenance lacks the object `{name}`")
    return value


def _text(plain: Any, name: str) -> str:
    value = plain.get(name) if isinstance(plain, dict) else None
    if not isinstance(value, str):
        raise Malformed(f"the provenance lacks the text `{name:.40}`")
    return value
