"""The index of a target in staging: the same builds give the same bytes, whoever assembles it."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.catalog.settings import MediaFormat
from publisher.oci.descriptor import Descriptor
from publisher.oci.index import assemble_index
from publisher.oci.manifest import Manifest
from publisher.records.build import BuildRecord
from publisher.steps.workbench import Workbench


def stage_index(bench: Workbench, builds: Iterable[BuildRecord]) -> Manifest:
    """Write the index of these builds under its permanent tag, unless it is there.

    Raises:
        RegistryError: staging failed.
    """
    index = assemble_index(map(_descriptor, builds), oci=bench.settings.format is MediaFormat.OCI)
    path, tag = bench.builds.path, index.digest.permanent_tag
    found = bench.staging.head_manifest(path, tag)
    if found is None or found.digest != index.digest:
        bench.staging.put_manifest(path, tag, index)
    return index


def _descriptor(build: BuildRecord) -> Descriptor:
    return Descriptor(build.media_type, build.digest, build.size, build.platform)
