"""What a record tells that no merge caused: rollbacks, thaws, and what is held."""

from __future__ import annotations

from publisher.notes.markdown import code, table
from publisher.records.release import RecordKind, ReleaseRecord

_SAID = {
    RecordKind.REPUBLISH: "Nothing was built: versions that were released before were brought to registries "
    "that lacked them.",
    RecordKind.ROLLBACK: "Nothing was built: tags were rolled back to an older version, whose signature, "
    "provenance, SBOM and test result were verified before they moved.",
    RecordKind.THAW: "Nothing was built: a hold ended, so tags went on to the newest version, which was "
    "verified before they moved.",
    RecordKind.ADOPT: "Nothing was built: tags that were there before were taken over as they are. Nothing "
    "but their digests is known of them.",
}


def kind_lines(record: ReleaseRecord) -> list[str]:
    """Say what kind of release this is, where it is no merge."""
    return ["", _SAID[record.kind]] if record.kind in _SAID else []


def held_section(record: ReleaseRecord) -> list[str]:
    """List what is held, and how that ends."""
    if not record.holds:
        return []
    rows = [
        [
            code(hold.target),
            code(hold.digest.short),
            str(hold.since),
            code(hold.reason) if hold.reason else "not said",
        ]
        for hold in record.holds
    ]
    return [
        "## Held",
        "",
        *table(["image:tag", "names", "since release", "why"], rows),
        "",
        "Rolled back: these are built as usual, but their tags stay until they are built from other inputs,",
        "or until `publisher thaw IMAGE:TAG`.",
    ]
