"""What was read before, by content: in this run for another state, or in an earlier run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from publisher.catalog.files import TreeFile
from publisher.catalog.ignore_file import Ignore
from publisher.errors import CatalogError, Malformed
from publisher.plan.declarations import Seen
from publisher.plan.inputs import ContextFile
from publisher.plan.readings import Question, Reading

if TYPE_CHECKING:
    from publisher.catalog.lock import Lock
    from publisher.catalog.settings import Settings
    from publisher.plan.former import Former


Context = tuple[Mapping[str, TreeFile], Ignore, tuple[ContextFile, ...]]
"""The files of a context and what ignores some, with those that a build can use."""


class Shelf(Protocol):
    """Texts that outlive a run, by what they follow from.  One may be missing at any time."""

    def get(self, key: str) -> str | None:
        """Give a text, if it is there."""

    def put(self, key: str, text: str) -> None:
        """Keep a text."""


@dataclass(slots=True)
class Memory:
    """Readings and nodes by object id and path (which stands in messages), and the last state.

    With a shelf, they are looked for there before a file is fetched.  Only what was read out of one
    file is put there, never a BuildId: what a plan concludes, it concludes itself.
    """

    dockerfiles: dict[tuple[str, str], Reading | CatalogError] = field(default_factory=dict)
    declarations: Seen = field(default_factory=Seen)
    contexts: dict[object, Context] = field(default_factory=dict)
    last: Former | None = None
    shelf: Shelf | None = None

    def former(self, settings: Settings, lock: Lock) -> Former | None:
        """Give the last state if all its targets had the same settings and lock."""
        same = self.last is not None and self.last.settings == settings and self.last.lock == lock
        return self.last if same else None

    def recall_reading(self, oid: str, path: str, questions: tuple[Question, ...]) -> bool:
        """Look for the reading of a Dockerfile; tell whether it answers all of the questions."""
        known = self.dockerfiles.get((oid, path))
        if isinstance(known, Reading) and all(question in known.answers for question in questions):
            return True
        if isinstance(known, CatalogError) or self.shelf is None:
            return isinstance(known, CatalogError)
        from publisher.plan.reading_text import questions_to_text, reading_from_text

        text = self.shelf.get(f"dockerfile {oid} {questions_to_text(questions)}")
        if text is None:
            return False
        try:
            self.dockerfiles[oid, path] = reading_from_text(text, questions)
        except Malformed:
            return False
        return True

    def keep_reading(
        self, oid: str, path: str, questions: tuple[Question, ...], reading: Reading | CatalogError
    ) -> None:
        """Remember what was read; an error names its file, so that it is not for the shelf."""
        self.dockerfiles[oid, path] = reading
        if self.shelf is not None and isinstance(reading, Reading):
            from publisher.plan.reading_text import questions_to_text, reading_to_text

            text = reading_to_text(reading, questions)
            if text is not None:
                self.shelf.put(f"dockerfile {oid} {questions_to_text(questions)}", text)

    def recall_nodes(self, tree: Mapping[str, TreeFile], paths: Iterable[str]) -> None:
        """Look for YAML files on the shelf."""
        if self.shelf is None:
            return
        from publisher.catalog.node_text import node_from_text

        for path in paths:
            key = tree[path].oid, path
            text = self.shelf.get(f"nodes {key[0]}") if key not in self.declarations.nodes else None
            if text is not None:
                try:
                    self.declarations.nodes[key] = node_from_text(text, path), ()
                except Malformed:
                    continue

    def keep_nodes(self) -> None:
        """Put the YAML files without a problem on the shelf."""
        if self.shelf is None:
            return
        from publisher.catalog.node_text import node_to_text

        for (oid, _), (node, problems) in self.declarations.nodes.items():
            if not problems and self.shelf.get(f"nodes {oid}") is None:
                self.shelf.put(f"nodes {oid}", node_to_text(node))
