"""Release notes, as golden files; and what must hold for any record."""

from __future__ import annotations

import os
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.attestation.spdx import Package, PackageChange, PackageChanges
from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.catalog.target import TargetId
from publisher.notes.release_notes import MAX_NOTES, release_notes
from publisher.plan.plan import Reason, ReasonCode
from publisher.records.release import Hold, RecordKind, ReleaseRecord, Step, Unfinished
from tests.unit.notes.releases import CANN, FIRST, HUB, MIND, QUAY, SECOND, TORCH, digest, move

GOLDEN = Path(__file__).parents[2] / "golden" / "notes"
KEY = SigningSettings()
KEYLESS = SigningSettings(
    mode=SigningMode.KEYLESS,
    identity="https://github.com/acme/images/.github/workflows/publish.yml@refs/heads/main",
    issuer="https://token.actions.githubusercontent.com",
)
CHANGES = {
    CANN: PackageChanges(
        added=tuple(Package(f"lib{number:02}", "1.0", "deb") for number in range(12)),
        removed=(Package("old`|name", "0.1", "pypi"),),
        changed=(PackageChange("openssl", "deb", "3.0.1", "3.0.2"),),
    ),
    MIND: None,
}


BACK = replace(
    SECOND,
    sequence=3,
    why="the driver of 8.0 hangs",
    images=tuple(replace(item, reasons=()) for item in FIRST.images if item.image.target == CANN),
    moves=(
        move(HUB, CANN.tag, CANN, "cann-1", "cann-2"),
        move(QUAY, CANN.tag, CANN, "cann-1", "cann-2"),
        move(HUB, "latest", CANN, "cann-1", "cann-2"),
    ),
    unfinished=(),
    retired=(),
    holds=(
        Hold(CANN, digest("cann-1"), {}, "the driver of 8.0 hangs", 3),
        Hold(MIND, digest("mind-1"), {}, "`|<b>\n", 2),
        Hold(TORCH, digest("torch-1"), {}, "", 2),
    ),
    kind=RecordKind.ROLLBACK,
)


def golden(name: str, text: str) -> None:
    """Compare with a golden file; UPDATE_GOLDEN=1 writes it, to be reviewed."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize(
    ("name", "record", "signing"),
    [
        ("first.md", FIRST, KEY),
        ("everything.md", SECOND, KEYLESS),
        ("rollback.md", BACK, KEY),
        ("unfinished-only.md", replace(SECOND, images=(), moves=(), retired=()), KEY),
    ],
)
def test_the_notes_read_well(name: str, record: ReleaseRecord, signing: SigningSettings) -> None:
    golden(name, release_notes(record, CHANGES if record is SECOND else {}, signing))


class _Skeleton(HTMLParser):
    """Collects tags, and the text outside code."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.depth = 0
        self.prose = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.depth += tag == "code"

    def handle_endtag(self, tag: str) -> None:
        self.depth -= tag == "code"

    def handle_data(self, data: str) -> None:
        self.prose += "" if self.depth else data


def skeleton(notes: str) -> _Skeleton:
    """Render Markdown as a forge does and look at what came out."""
    found = _Skeleton()
    found.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(notes))
    return found


_HOSTILE = st.one_of(
    st.text(max_size=40),
    st.text("`|\\<>&\n *_[]()#@!-", max_size=20),
    st.sampled_from(
        ["<script>", "</details>", "@acme", "```", "![x](http://e)", "<details>", "\u202eevil", "| a |"]
    ),
)


@given(_HOSTILE, _HOSTILE, _HOSTILE, _HOSTILE)
def test_no_text_gets_out_of_its_code(one: str, two: str, three: str, four: str) -> None:
    first = SECOND.images[0]
    record = replace(
        SECOND,
        who=f"Q{one}",
        why=f"Q{two}",
        images=(
            replace(
                first, reasons=(Reason(ReasonCode.ARGS_CHANGED, f"Q{three}"),), requires={"chip": f"Q{one}"}
            ),
        ),
        unfinished=(Unfinished(CANN, Step.TEST, f"Q{four}"),),
    )
    changes = {CANN: PackageChanges(added=(Package(f"Q{one}", f"Q{two}", three),))}
    found = skeleton(release_notes(record, changes, KEY))
    plain = skeleton(release_notes(replace(SECOND, images=(first,)), {CANN: PackageChanges()}, KEY))
    assert found.tags == plain.tags | {"ul", "li"}
    assert "Q" not in found.prose
    assert found.depth == 0


def test_hostile_tags_are_quoted_for_the_shell() -> None:
    record = replace(FIRST, moves=(replace(FIRST.moves[0], tag="x; rm -rf / #"),))
    assert "docker pull 'docker.io/ascendai/cann:x; rm -rf / #'" in release_notes(record, {}, KEY)


def test_very_long_notes_are_cut_where_it_does_no_harm() -> None:
    images = tuple(
        replace(item, image=replace(item.image, target=TargetId(f"cann:t{number}")))
        for number in range(400)
        for item in SECOND.images
    )
    notes = release_notes(replace(SECOND, images=images), {}, KEY)
    assert len(notes) < MAX_NOTES + 1_000
    assert notes.endswith("the release record holds everything.\n")
    assert notes.count("<details>") == notes.count("</details>")
    assert notes.count("\n```sh\n") == notes.count("\n```\n")
