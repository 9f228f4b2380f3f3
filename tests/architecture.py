"""The layout of the package: who may import whom, what a pure module may touch, how long a file may be.

Each rule is a function from sources to complaints; `test_architecture.py` applies them to the package,
and to planted violations.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

PACKAGE = "publisher"
ROWS = (
    {"", "errors", "codec"},  # "" is the package itself, which only knows its version
    {"oci"},
    {"catalog"},
    {"plan"},
    {"lint"},
    {"records"},
    {"attestation"},
    {"notes"},
    {"audit"},
    {"transfer"},
    {"ports"},
    {"registry"},
    {"tools"},
    {"steps"},
    {"apps"},
    {"cli"},
    {"__main__"},
)
"""From the bottom; a module imports from its own folder and from rows below."""
PURE = {
    *("errors", "codec", "oci", "catalog", "plan", "lint", "records"),
    *("attestation", "notes", "audit", "transfer"),
}
IMPURE = {
    *("os", "io", "time", "random", "secrets", "uuid", "getpass", "platform", "locale", "signal", "sys"),
    *("socket", "ssl", "select", "selectors", "http", "ftplib", "smtplib", "asyncio", "urllib.request"),
    *("subprocess", "threading", "multiprocessing", "concurrent", "shutil", "tempfile", "glob", "fileinput"),
    *("sqlite3", "logging", "pathlib.Path", "pathlib.PosixPath", "pathlib.*", "ctypes", "mmap", "fcntl"),
}
"""Clock, environment, processes, network, disk.  `pathlib.PurePosixPath` alone is a value."""
CLOCKS = {"now", "today", "utcnow"}
IMPORTERS = {
    "yaml": "publisher/catalog/nodes.py",
    "docker": "publisher/tools/engine.py",
    "oras": "publisher/registry/oras_client.py",
    "requests": "publisher/registry/oras_client.py",  # the session inside of oras's client
    "urllib3": "publisher/registry/",  # a folder: exactly one module in it
    "tenacity": "publisher/registry/retry.py",
    "github3": "publisher/tools/github.py",
    "rich": "publisher/cli/live.py",
    "subprocess": "publisher/tools/process.py",
}
"""The one importer of each outside library, and of the module that starts programs."""
HEAVY = {*IMPORTERS, "jsonschema", "pygments", "asyncio", "http.client", "ssl", "publisher.steps"}
LONGEST = 250
LONG_FILES: Mapping[str, str] = {}
"""Path → why it may be longer."""
NAMELESS = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}

Sources = Mapping[str, str]
"""Text of each file by its path from the repository's root."""


def imports(source: str) -> Iterator[tuple[int, str]]:
    """Give line and dotted name of everything imported anywhere in a file: `from a import b` is `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def row_of(part: str) -> int:
    """Find the row of a sub-package or module of the package."""
    return next((index for index, row in enumerate(ROWS) if part in row), -1)


def part_of(path: str) -> str:
    """Give what `ROWS` names: `catalog` for publisher/catalog/entry.py, `errors` for publisher/errors.py."""
    parts = PurePosixPath(path).with_suffix("").parts[1:]
    return "" if parts == ("__init__",) else parts[0]


def part_of_import(name: str, parts: set[str]) -> str:
    """Give the same for an imported name; `publisher.__version__` belongs to the package itself."""
    first = name.split(".")[1] if "." in name else ""
    return first if first in parts else ""


def is_or_in(name: str, modules: set[str]) -> bool:
    """Tell whether a dotted name is one of the modules or inside one."""
    pieces = name.split(".")
    return any(".".join(pieces[:end]) in modules for end in range(1, len(pieces) + 1))


def upward_imports(sources: Sources) -> list[str]:
    """Find imports from a row that is not below."""
    parts = {part_of(path) for path in sources} | set().union(*ROWS)
    complaints = [f"{path}: not in any row" for path in sources if row_of(part_of(path)) < 0]
    for path, source in sources.items():
        for line, name in imports(source):
            if name.startswith("."):
                complaints.append(f"{path}:{line}: relative import {name}")
            elif name.split(".")[0] == PACKAGE:
                own, other = part_of(path), part_of_import(name, parts)
                if own != other and row_of(other) >= row_of(own) > 0:
                    complaints.append(f"{path}:{line}: {name} is not below {own}")
                elif own != other and row_of(own) == 0 and row_of(other) > 0:
                    complaints.append(f"{path}:{line}: {name} is above the bottom row")
    return complaints


def stray_importers(sources: Sources) -> list[str]:
    """Find libraries without their one home, and imports of them elsewhere."""
    found: dict[str, set[str]] = {}
    for path, source in sources.items():
        for _, name in imports(source):
            top = name.split(".")[0]
            if top in IMPORTERS or (top not in sys.stdlib_module_names and top not in (PACKAGE, "")):
                found.setdefault(top, set()).add(path)
    complaints = []
    for library, paths in sorted(found.items()):
        home = IMPORTERS.get(library)
        if home is None:
            complaints.append(f"{library} has no place in IMPORTERS; imported by {sorted(paths)}")
        elif len(paths) > 1 or not all(p == home or (home[-1] == "/" and p.startswith(home)) for p in paths):
            complaints.append(f"{library} belongs to {home} alone; imported by {sorted(paths)}")
    return complaints


def impurities(sources: Sources) -> list[str]:
    """Find pure modules that reach for the clock, the environment, a process, the network or the disk."""
    complaints = []
    for path, source in sources.items():
        if part_of(path) not in PURE:
            continue
        for line, name in imports(source):
            if is_or_in(name, IMPURE) or name == "pathlib":
                complaints.append(f"{path}:{line}: a pure module imports {name}")
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and (called := ast.unparse(node.func)):
                if called in ("open", "input", "__import__", "eval", "exec"):
                    complaints.append(f"{path}:{node.lineno}: a pure module calls {called}")
                elif isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                    complaints.append(f"{path}:{node.lineno}: a pure module reads the clock: {called}")
    return complaints


def prints(sources: Sources) -> list[str]:
    """Find output that does not go through the console."""
    return [
        f"{path}:{node.lineno}: print outside of cli"
        for path, source in sources.items()
        if part_of(path) != "cli"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Name) and node.id == "print"
    ]


def long_files(sources: Sources) -> list[str]:
    """Find files that hold more than one thing, by their length."""
    lengths = {path: source.count("\n") for path, source in sources.items()}
    return [
        f"{path}: {length} lines"
        for path, length in lengths.items()
        if length > LONGEST and path not in LONG_FILES
    ]


def nameless_files(sources: Sources) -> list[str]:
    """Find files and folders whose name says nothing."""
    return [
        f"{path}: name it after the one thing in it"
        for path in sources
        if NAMELESS & set(PurePosixPath(path).with_suffix("").parts)
    ]
