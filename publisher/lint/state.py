"""The state of a catalog as lint rules see it: the snapshot, and the files behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from publisher.catalog.files import Files, TreeFile
from publisher.catalog.meta_file import META_NAME
from publisher.catalog.nodes import Mapping as MappingNode
from publisher.catalog.nodes import Node, Scalar, Sequence, compose
from publisher.catalog.paths import below, folder_of
from publisher.catalog.problem import Position
from publisher.plan.declarations import MAX_LOCK, is_usable
from publisher.plan.snapshot import Snapshot


class RememberedFiles:
    """Files of which nothing is fetched twice: rules look again at what the snapshot was read from."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._blobs: dict[str, bytes] = {}

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give every file by its path inside the repository."""
        return self._files.tree

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Read the content of objects; those not seen before in one go.

        Raises:
            HistoryError: an object is not there.
        """
        wanted = tuple(oids)
        if missing := sorted(set(wanted) - self._blobs.keys()):
            self._blobs |= self._files.read(missing)
        return {oid: self._blobs[oid] for oid in wanted}


class State:
    """A snapshot with its files, and where in them a thing is said.

    Files are composed again only for a problem that needs a place, each once.
    """

    def __init__(self, snapshot: Snapshot, files: Files) -> None:
        self.snapshot = snapshot
        self.files = files
        self._nodes: dict[str, Node | None] = {}
        self._indexes: dict[int, Mapping[str, tuple[Position, Node]]] = {}

    @cached_property
    def metas(self) -> Mapping[str, str]:
        """Give the path of each `meta.yml` below the catalog's root, by its folder."""
        root = self.snapshot.settings.root
        found = (path for path in self.snapshot.tree if path.endswith(META_NAME))
        return {
            folder_of(path): path
            for path in found
            if path.rpartition("/")[2] == META_NAME and below(root, path)
        }

    def read(self, paths: Iterable[str]) -> Mapping[str, bytes]:
        """Read regular files of reasonable size by path; others are left out."""
        tree = self.snapshot.tree
        wanted = [path for path in paths if path in tree and is_usable(tree[path])]
        blobs = self.files.read(sorted({tree[path].oid for path in wanted}))
        return {path: blobs[tree[path].oid] for path in wanted}

    def node(self, path: str) -> Node | None:
        """Give a YAML file as nodes; None where it is empty or cannot be read."""
        if path not in self._nodes:
            raw = self.read([path])
            self._nodes[path] = compose(path, raw[path], MAX_LOCK)[0] if path in raw else None
        return self._nodes[path]

    def place(self, path: str, *keys: str | int) -> Position:
        """Give the place of a key (or item of a list) in a YAML file; of the nearest above that is there."""
        node, at = self.node(path), Position(path)
        for key in keys:
            found = self._step(node, key)
            if found is None:
                return at
            at, node = found
        return at

    def _step(self, node: Node | None, key: str | int) -> tuple[Position, Node] | None:
        """Go one step down: to the place of a key or item, and what stands there."""
        if isinstance(node, MappingNode):
            if id(node) not in self._indexes:
                pairs = reversed(node.entries)  # of a key that stands twice the first counts
                self._indexes[id(node)] = {name.text: (name.position, value) for name, value in pairs}
            return self._indexes[id(node)].get(str(key))
        if isinstance(node, Sequence) and isinstance(key, int) and key < len(node.items):
            return node.items[key].position, node.items[key]
        return None


def scalars(node: Node | None) -> Iterable[str]:
    """Give every text of a tree of nodes that is no key."""
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Scalar):
            yield one.text
        elif isinstance(one, Sequence):
            waiting += one.items
        elif isinstance(one, MappingNode):
            waiting += [value for _, value in one.entries]
