"""The catalog on a terminal: a table of its tags, and the tree of what stands on what."""

from __future__ import annotations

from collections.abc import Collection

from publisher.catalog.entry import Status
from publisher.catalog.matrix.combinations import describe
from publisher.cli.console import Console
from publisher.cli.style import Style
from publisher.cli.text import printable
from publisher.oci.platform import Platform
from publisher.plan.forest import Twig, draw
from publisher.plan.listing import Listed, Listing

HEADERS = ("target", "also", "platforms", "dockerfile", "built on", "declared", "")


def show_table(console: Console, listing: Listing) -> None:
    """Print one row a target; platforms are shortened to their architectures where all are linux."""
    linux = all(platform.startswith("linux/") for one in listing.targets for platform in one.platforms)
    rows = [
        (
            one.target,
            ", ".join(_names(one)),
            _platforms(one.platforms, short=linux),
            _dockerfile(one),
            ", ".join((*one.parents, *one.bases)),
            _declared(one),
            _state(console, one),
        )
        for one in listing.targets
    ]
    console.table(HEADERS, rows)


def show_tree(console: Console, listing: Listing, marked: Collection[str]) -> None:
    """Print each target below what it is built on; those asked for stand out."""
    for twig in draw(listing.targets):
        console.print(_line(console, twig, twig.name in marked))


def _line(console: Console, twig: Twig, marked: bool) -> str:
    if twig.item is None:
        return printable(twig.stem) + console.style(twig.name, Style.FAINT)
    name = console.style(twig.name, Style.TITLE) if marked else printable(twig.name)
    notes = [*_names(twig.item), *_words(twig.item)]
    also = f"  ({', '.join(notes)})" if notes else ""
    others = f"  also on {', '.join(twig.others)}" if twig.others else ""
    return f"{twig.stem}{name}{console.style(also + others, Style.FAINT)}"


def _names(one: Listed) -> list[str]:
    return [*(["latest"] if one.latest else []), *one.aliases]


def _platforms(platforms: Collection[Platform], *, short: bool) -> str:
    return ", ".join(platform.removeprefix("linux/") if short else platform for platform in platforms)


def _dockerfile(one: Listed) -> str:
    return f"{one.dockerfile} → {one.stage}" if one.stage else one.dockerfile


def _declared(one: Listed) -> str:
    place = f"{one.file}:{one.line}"
    return f"{place} {describe(one.combination)}" if one.combination else place


def _words(one: Listed) -> list[str]:
    status = [] if one.status == Status.ACTIVE else [one.status]
    return [*(["internal"] if one.internal else []), *status, *([] if one.plannable else ["has a problem"])]


def _state(console: Console, one: Listed) -> str:
    return console.style(", ".join(_words(one)), Style.FAINT if one.plannable else Style.BAD)
