"""What a registry was seen to support; None until an answer tells."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Each field is what the registry showed by its answers in this run.

    `referrers_api`: it lists referrers itself (distribution 1.1).  `mounts`: a blob that another
    repository has can be mounted.  `whole_posts`: a blob may come with the POST that begins its
    upload.  `resumes`: it tells the offset of an upload that broke off.  `ranges`: blobs can be
    read from the middle.  `indexes`, `oci_types`, `artifacts`: such manifests are accepted.
    `tags_move`: a tag that exists may name something else.
    """

    referrers_api: bool | None = None
    mounts: bool | None = None
    whole_posts: bool | None = None
    resumes: bool | None = None
    ranges: bool | None = None
    indexes: bool | None = None
    oci_types: bool | None = None
    artifacts: bool | None = None
    tags_move: bool | None = None
