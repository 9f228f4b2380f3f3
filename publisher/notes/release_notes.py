"""Release notes in Markdown: what moved, why, what is inside, what is missing, how to check it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from publisher.attestation.spdx import PackageChanges
from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.catalog.target import TargetId
from publisher.notes.amendments import held_section, kind_lines
from publisher.notes.markdown import code, fenced, folded, table
from publisher.notes.package_lists import package_section
from publisher.notes.reasons import in_words
from publisher.notes.verify_commands import verify_evidence, verify_signature
from publisher.oci.digest import Digest
from publisher.records.evidence import INDEX_EVIDENCE, EvidenceKind
from publisher.records.image import PlatformEvidence
from publisher.records.release import Move, RecordKind, ReleasedImage, ReleaseRecord, Unfinished
from publisher.records.test import Outcome, TestMode

MAX_NOTES = 120_000
"""Longest notes, in characters; GitHub refuses a body of more than 125,000."""
_CUT = "The notes end here because they are long; the release record holds everything."


def release_title(record: ReleaseRecord) -> str:
    """Give the title of a release, plain text."""
    return f"Release {record.sequence}"


def release_notes(
    record: ReleaseRecord, changes: Mapping[TargetId, PackageChanges | None], signing: SigningSettings
) -> str:
    """Tell people about a release.

    `changes` compares each image with the one that its tag named before; None (or absent) where
    there was none.  The most important parts come first, since very long notes are cut.
    """
    sections = [
        _head(record),
        _moved(record.moves),
        held_section(record),
        _unfinished(record),
        _why(record),
        _tests(record.images),
        _layers(record.images),
        _use(record, signing),
        _packages(record.images, changes),
    ]
    return _bounded([section for section in sections if section])


def _bounded(sections: Sequence[Sequence[str]]) -> str:
    text = "\n".join(line for section in sections for line in [*section, ""])
    if len(text) <= MAX_NOTES:
        return text
    kept = text[:MAX_NOTES].split("\n")[:-1]
    if sum(line.startswith("```") for line in kept) % 2:
        kept.append("```")
    bare = [line.strip() for line in kept]
    kept += ["</details>"] * (bare.count("<details>") - bare.count("</details>"))
    return "\n".join([*kept, "", _CUT, ""])


def _head(record: ReleaseRecord) -> list[str]:
    time = record.time.strftime("%Y-%m-%d %H:%M UTC")
    commit = f"Commit {code(record.head)} of {code(record.source)}"
    lines = [f"# {release_title(record)}", "", f"{commit}, {time}, by {code(record.who)}: {code(record.why)}"]
    if record.retired:
        listed = ", ".join(code(target) for target in record.retired)
        lines += ["", f"No longer declared in the catalog, still at the registries: {listed}."]
    return [*lines, *kind_lines(record)]


def _moved(moves: Sequence[Move]) -> list[str]:
    if not moves:
        return ["## What moved", "", "No tag moved."]
    rows = [
        [
            code(f"{move.target.image}:{move.tag}"),
            code(move.registry),
            code(move.repository),
            _short(move.previous),
            _short(move.digest),
        ]
        for move in moves
    ]
    return ["## What moved", "", *table(["image:tag", "registry", "repository", "from", "to"], rows)]


def _short(digest: Digest | None) -> str:
    return code(digest.short) if digest else "new"


def _unfinished(record: ReleaseRecord) -> list[str]:
    if not record.unfinished:
        return []
    told = [
        "Tags of these images did not move. The next run takes up what is left: merge a fix, or run",
        "`publisher run` again if the cause lies outside the catalog.",
    ]
    if all(item.registry for item in record.unfinished):
        told = ["The other registries have these images, with their tags. Every later run tries again."]
    return ["## Not finished", "", *map(_left, record.unfinished), "", *told]


def _left(item: Unfinished) -> str:
    if item.blocked_by is not None:
        return f"- {code(item.target)} waits for {code(item.blocked_by)}: {code(item.reason)}"
    if item.registry is not None:
        return f"- {code(item.target)} is not at {code(item.registry)} yet: {code(item.reason)}"
    return f"- {code(item.target)} stopped at {item.step}: {code(item.reason)}"


def _why(record: ReleaseRecord) -> list[str]:
    """Say why images were built; none is where tags only go to what was built before."""
    if not record.images or record.kind is not RecordKind.MERGE:
        return []
    listed = (f"- {code(item.image.target)}: {in_words(item.reasons)}" for item in record.images)
    return ["## Why", "", *listed]


def _tests(images: Sequence[ReleasedImage]) -> list[str]:
    doubts = [
        f"- {code(item.image.target)} on {code(platform.platform)}: {doubt}"
        for item in images
        for platform in item.image.platforms
        if (doubt := _doubt(platform))
    ]
    if not images:
        return []
    return ["## Tests", "", *(doubts or ["Every platform passed its smoke test natively."])]


def _doubt(platform: PlatformEvidence) -> str:
    match platform.outcome, platform.mode:
        case Outcome.UNTESTED, _:
            return "**not tested**"
        case Outcome.FAILED, _:
            return "**test failed**"
        case Outcome.PASSED, TestMode.NATIVE:
            return ""
        case _:
            return "passed, but only emulated (not on real hardware of this platform)"


def _layers(images: Sequence[ReleasedImage]) -> list[str]:
    internal = [item for item in images if item.internal]
    if not internal:
        return []
    listed = [
        f"- {code(item.image.target)}: {code(f'{place.repository}:{item.image.digest.permanent_tag}')}"
        for item in internal
        for place in item.destinations
    ]
    return [
        "## Internal layers",
        "",
        "Published without version tags, so that the chain can be walked and rebuilt.",
        "",
        *listed,
    ]


def _use(record: ReleaseRecord, signing: SigningSettings) -> list[str]:
    moved = {
        item.image.digest: [move for move in record.moves if move.digest == item.image.digest]
        for item in record.images
    }
    blocks = [
        _image_use(item, moved[item.image.digest], signing)
        for item in record.images
        if moved[item.image.digest]
    ]
    if not blocks:
        return []
    return ["## Pull and verify", "", _how(signing), "", *(line for block in blocks for line in block)]


def _how(signing: SigningSettings) -> str:
    tail = "Each command ends with exit code 0 only if the proof is there and valid."
    if signing.mode is SigningMode.KEY:
        return f"Run these where {code(signing.public or 'cosign.pub')} of the catalog lies. {tail}"
    return (
        f"The signer is {code(signing.identity or '')}, vouched for by {code(signing.issuer or '')}. {tail}"
    )


def _image_use(item: ReleasedImage, moves: Sequence[Move], signing: SigningSettings) -> list[str]:
    pulls = [shlex.join(["docker", "pull", f"{move.repository}:{move.tag}"]) for move in moves]
    repositories = list(dict.fromkeys(move.repository for move in moves))
    digest = item.image.digest
    checks = [verify_signature(place, digest, signing) for place in repositories]
    checks += [
        verify_evidence(repositories[0], digest, kind, signing)
        for kind in INDEX_EVIDENCE
        if kind is not EvidenceKind.SIGNATURE
    ]
    checks += [
        verify_evidence(repositories[0], platform.digest, EvidenceKind.SBOM, signing)
        for platform in item.image.platforms
    ]
    title = f"{item.image.target}"
    requires = [f"Needs {_requirements(item.requires)}.", ""] if item.requires else []
    return [*folded(title, [*requires, *fenced(pulls), "", *fenced(checks)]), ""]


def _requirements(requires: Mapping[str, str]) -> str:
    return ", ".join(f"{code(name)} {code(value)}" for name, value in requires.items())


def _packages(
    images: Sequence[ReleasedImage], changes: Mapping[TargetId, PackageChanges | None]
) -> list[str]:
    if not images:
        return []
    listed = [
        line for item in images for line in package_section(item.image.target, changes.get(item.image.target))
    ]
    return ["## Packages", "", *listed]
