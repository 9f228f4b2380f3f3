"""What people read after a merge: release notes, and what the demo prints; its commands work when pasted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.records.release import sequence_tag
from tests.demo import __main__ as demo_program
from tests.demo.repository import make_keys
from tests.integration.small import LAYERS, SmallCatalog, small_catalog
from tests.integration.test_five_merges import CANN, MINDSPORE, OPENMIND, PYTORCH
from tests.integration.world import World
from tests.stack import Stack

pytestmark = pytest.mark.timeout(900)  # the first test plays the merges

SEQUENCES = (1, 2, 3, 4)


def folder(demo: World, sequence: int) -> Path:
    """Give the folder of a release."""
    return demo.repository / "releases" / sequence_tag(sequence)


def notes(demo: World, sequence: int) -> str:
    """Read the notes of a release."""
    return (folder(demo, sequence) / "notes.md").read_text(encoding="utf-8")


def pasted(text: str) -> list[str]:
    """Take the commands for cosign out of a text, each once."""
    lines = [line.strip() for line in text.splitlines()]
    return list(dict.fromkeys(line for line in lines if line.startswith("cosign ")))


def section(text: str, title: str) -> str:
    """Give a section of the notes."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_each_record_has_its_folder(demo: World) -> None:
    found = {path.name for path in (demo.repository / "releases").iterdir()}
    assert found == {sequence_tag(number) for number in SEQUENCES}
    records = {played.newest.record.sequence: played.newest for played in demo.merges if played.newest}
    for number in SEQUENCES:
        assert {path.name for path in folder(demo, number).iterdir()} == {"notes.md", "release-record.json"}
        assert (folder(demo, number) / "release-record.json").read_bytes() == records[number].raw


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_notes_name_every_move_from_where_to_where(demo: World, sequence: int) -> None:
    record = next(played.record for played in demo.merges if played.record.sequence == sequence)
    text = section(notes(demo, sequence), "What moved")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert len(rows) == len(record.moves)
    for move in record.moves:
        named = (f"`{move.registry}`", f":{move.tag}`", f"`{move.repository}`")
        row = next(line for line in rows if all(word in line for word in named))
        assert move.digest.short in row
        assert (move.previous.short if move.previous else "new") in row


def test_notes_say_why_and_what_changed_in_packages(demo: World) -> None:
    second = notes(demo, 2)
    assert CANN in section(second, "Why")
    assert "meta/cann/Dockerfile" in section(second, "Why")
    packages = section(second, "Packages")
    for target in (CANN, MINDSPORE, PYTORCH, OPENMIND):  # a variable was set, no package installed
        assert f"- `{target}`: the same packages in the same versions" in packages


def test_notes_show_a_package_that_was_raised(demo: World) -> None:
    packages = section(notes(demo, 4), "Packages")
    for target in (PYTORCH, OPENMIND):
        assert target in packages
    assert "2.1.0+standin" in packages
    assert "2.1.0.post1+standin" in packages


def test_notes_say_what_is_left(demo: World) -> None:
    third = notes(demo, 3)
    for target in (PYTORCH, OPENMIND):
        assert target in third
    assert MINDSPORE in section(third, "What moved")
    assert PYTORCH not in section(third, "What moved")
    assert "Unfinished" not in notes(demo, 4)


@pytest.mark.parametrize("sequence", [3, 4])
def test_commands_of_the_notes_work_when_pasted(demo: World, sequence: int) -> None:
    commands = pasted(notes(demo, sequence))
    assert len(commands) >= 5
    for command in commands:
        ran = demo.shell(command)
        assert ran.code == 0, f"{command}\n{ran.text}"


def test_pasted_commands_fail_for_another_key(demo: World, tmp_path: Path) -> None:
    make_keys(tmp_path)
    for command in pasted(notes(demo, 4)):
        foreign = command.replace("keys/cosign.pub", str(tmp_path / "cosign.pub"))
        assert foreign != command
        ran = demo.shell(foreign)
        assert ran.code != 0, foreign


def test_what_the_demo_prints_works_when_pasted(demo: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert demo_program.show_verification(demo.repository)
    text = capsys.readouterr().out
    commands = pasted(text)
    assert len(commands) == len(re.findall("→ exit code 0", text)) >= 3
    for command in commands:
        ran = demo.shell(command)
        assert ran.code == 0, f"{command}\n{ran.text}"


def test_the_demo_shows_what_is_where(demo: World, capsys: pytest.CaptureFixture[str]) -> None:
    demo_program.show_places(demo.repository)
    shown = capsys.readouterr().out
    for (registry, image), tags in demo.all_version_tags(demo.merges[-1]).items():
        for tag, digest in tags.items():
            line = next(
                one for one in shown.splitlines() if f"{demo.destination(registry, image)}:{tag} " in one
            )
            assert digest.short in line
    demo_program.show_notes(demo.repository)
    assert notes(demo, 4) in capsys.readouterr().out


def test_notes_list_packages_that_changed(stack: Stack, tmp_path: Path) -> None:
    """The demo's merges change no package, so a small catalog does."""
    catalog = small_catalog(stack, tmp_path)
    copies = "COPY base.txt /base.txt\nCOPY lib /usr/lib/python3/dist-packages\n"
    catalog.write("meta/base/Dockerfile", f"FROM scratch\n{copies}")
    install(catalog, alpha="1.0", beta="2.0")
    catalog.commit("Install two packages")
    first = catalog.run("run", "--base", "empty")
    assert first.code == 0, first.text
    (catalog.repository / f"{LIB}/beta-2.0.dist-info/METADATA").unlink()
    (catalog.repository / f"{LIB}/alpha-1.0.dist-info/METADATA").unlink()
    install(catalog, alpha="1.1", gamma="0.3")
    catalog.commit("Change them")
    second = catalog.run("run")
    assert second.code == 0, second.text
    text = (catalog.repository / "releases/r-2/notes.md").read_text(encoding="utf-8")
    rows = [line.strip() for line in section(text, "Packages").splitlines() if "pypi" in line]
    changes = {"added": "`gamma` `0.3`", "removed": "`beta` `2.0`", "changed": "`alpha` `1.0` → `1.1`"}
    assert sorted(rows) == sorted(f"- {word} pypi {what}" for word, what in changes.items() for _ in LAYERS)


LIB = "meta/base/lib"


def install(catalog: SmallCatalog, **packages: str) -> None:
    """Write what an installer leaves behind for each Python package."""
    for name, version in packages.items():
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        catalog.write(f"{LIB}/{name}-{version}.dist-info/METADATA", text)
