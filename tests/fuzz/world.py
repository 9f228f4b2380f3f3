"""A small catalog of which one file is replaced by hostile text, read through the real entry points.

`outcome` fails on everything but our own errors and problems, each with a file, a line that
the file has, and a text that can be shown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.errors import CatalogError
from publisher.lint.annotations import as_github
from publisher.lint.check import find_problems
from publisher.lint.documents import as_json as lint_json
from publisher.lint.documents import as_text
from publisher.lint.pages import PAGES
from publisher.lint.sarif import as_sarif
from publisher.plan.planner import make_plan
from publisher.plan.render import as_json, as_markdown, as_table
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from tests.fakes.files import MemoryFiles

DIGEST = "sha256:" + "ab" * 32
NATIVE: Mapping[str, str] = {
    "publisher.yml": (
        "version: 1\nsource: https://github.com/x/images\nformat: oci\n"
        "catalog: {root: ., references: [docker.io/x], platforms: [linux/amd64, linux/arm64]}\n"
        "staging: {prefix: ghcr.io/x/staging}\nregistries:\n"
        "  hub: {prefix: docker.io/x, username_env: U, password_env: P}\n"
        "routes:\n  - {images: [secret], to: [hub]}\n  - {images: ['*'], to: [hub]}\n"
        "policy: {tests: {linux/arm64: emulated}}\n"
        "builders: {linux/amd64: {driver: remote, endpoint: 'unix:///b'}}\n"
        "forge: {kind: local, directory: releases}\n"
    ),
    "publisher.lock": (
        'version: 1\nbases:\n  "docker.io/library/debian:12":\n    date: "2026-01-31T12:00:00Z"\n'
        '    digests:\n'
        f'      "linux/amd64": "{DIGEST}"\n      "linux/arm64": "{DIGEST}"\n'
        f'    source: "docker.io/library/debian"\n'
        '  "docker.io/docker/dockerfile:1":\n    date: "2026-01-31T12:00:00Z"\n'
        f'    digests: {{"linux/amd64": "{DIGEST}", "linux/arm64": "{DIGEST}"}}\n'
        '    source: "docker.io/docker/dockerfile"\ngenerations:\n'
        '  "app:1.0":\n    date: "2026-01-31T12:00:00Z"\n    number: 2\n    reason: "openssl"\n'
    ),
    "base/meta.yml": "1.0: Dockerfile\n",
    "base/Dockerfile": "FROM debian:12\nRUN a\n",
    "app/meta.yml": (
        "1.0:\n  path: 1.0/Dockerfile\n  arch: x86_64\n  aliases: [one]\n  latest: true\n"
        "  args: {TAG: '12'}\n  base: base:1.0\n"
        "  smoke: smoke.yml\nmatrix:\n  - axes: {os: [x, y], py: ['3.9', '3.10']}\n"
        "    exclude: [{os: y, py: '3.9'}]\n"
        "    tag: '{os}-py{py}'\n    path: Dockerfile\n    base: 'base:1.0'\n"
        "    aliases: [{tag: 'short-{os}', when: {py: '3.10'}}]\n"
    ),
    "app/1.0/Dockerfile": (
        "# syntax=docker/dockerfile:1\nARG BASE\nARG TAG=y\n"
        "FROM --platform=$BUILDPLATFORM debian:${TAG:-12} AS build\nCOPY src /s\n"
        "RUN --mount=type=bind,source=src,target=/x <<EOF\nmake\nEOF\nFROM $BASE\nENV A=b C=$TAG\n"
        "COPY --from=build /s /s\nADD *.txt /\n"
    ),
    "app/Dockerfile": "ARG BASE\nFROM ${BASE}\nCOPY . /\n",
    "app/.dockerignore": "# notes\n*\n!src\n**/*.md\n!a?[b-d].txt\n",
    "app/1.0/.dockerignore": "*.log\n!src/**\n",
    "app/smoke.yml": (
        "version: 1\ncommands:\n  - {run: [a, --version], output: '^1'}\n"
        "files:\n  - {path: /s, mode: drwxr-xr-x}\n"
    ),

    "app/1.0/smoke.yml": "version: 1\ncommands:\n  - run: a\n",
    "app/1.0/src/a.c": "int a;\n", "app/1.0/b.txt": "b\n", "app/src/x/y.md": "y\n", "app/abc.txt": "z\n",
    "app/README.md": "# app\n",
}  # fmt: skip
OPENEULER: Mapping[str, str] = {
    "Base/image-list.yml": "images:\n  base: base\n",
    "Base/base/meta.yml": "1.0-oe2403:\n  path: 1.0/Dockerfile\n  arch: x86_64\n",
    "Base/base/1.0/Dockerfile": "FROM openeuler/openeuler:24.03\nRUN a\n",
    "AI/image-list.yml": "images:\n  app: app\n  app-agent: app/agent\n",
    "AI/app/meta.yml": (
        "1.0-oe2403:\n  path: AI/app/1.0/Dockerfile\n  arch: aarch64\n2.0-oe2403: [1.0/Dockerfile]\n"
    ),

    "AI/app/1.0/Dockerfile": "ARG REPO=openeuler\nARG TAG=1.0-oe2403\nFROM $REPO/base:$TAG\nCOPY a /\n",
    "AI/app/1.0/a": "a\n", "AI/app/1.0/.dockerignore": "*\n!a\n",
    "AI/app/agent/meta.yml": "0.1: Dockerfile\n0.2: /AI/app/agent/Dockerfile\n",
    "AI/app/agent/Dockerfile": "FROM scratch\nCOPY . /\n",
}  # fmt: skip
_SHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_PLACE = re.compile(r"(?P<file>.*?)(?::(?P<line>\d+))?(?::(?P<column>\d+))?")


@dataclass(slots=True)
class Case:
    """One input: the catalog and the file that is replaced."""

    catalog: Mapping[str, str]
    path: str
    raw: bytes
    files: dict[str, bytes] = field(init=False)

    def __post_init__(self) -> None:
        self.files = {path: text.encode() for path, text in self.catalog.items()} | {self.path: self.raw}


def outcome(case: Case) -> str:
    """Read, plan, lint and render; fail on what must not happen; say in a word how it ended."""
    files = MemoryFiles(case.files)
    try:
        head = load_snapshot(files, "head")
        plan = make_plan(empty_snapshot(head.settings), head)
    except CatalogError as error:
        _check_error(case, error)
        ended = "refused"
    else:
        for text in (as_json(plan), as_markdown(plan), as_table(plan)):
            _check_text(text)
        _check_problems(case, head)
        ended = "problems" if plan.problems else "clean"
    try:
        problems = find_problems(files, "head")
    except CatalogError as error:
        _check_error(case, error)
        return ended
    for problem in problems:
        _check_place(case, problem.file, problem.line, problem.column)
        _check_text(problem.message)
        _check_text(problem.fix)
    for text in (as_text(problems), lint_json(problems), as_github(problems), as_sarif(problems, PAGES, "1")):
        _check_text(text)
    return ended


def _check_problems(case: Case, head: Snapshot) -> None:
    for problem in head.problems:
        _check_place(case, problem.file, problem.line, problem.column)
        _check_text(problem.message)


def _check_error(case: Case, error: CatalogError) -> None:
    found = _PLACE.fullmatch(error.where)
    assert found, error.where
    _check_place(case, found["file"], int(found["line"] or 0), int(found["column"] or 0))
    for line in error.lines():
        _check_text(line)


def _check_place(case: Case, file: str, line: int, column: int) -> None:
    assert file in case.files or file in ("publisher.yml", "publisher.lock", ""), file
    lines = case.files.get(file, b"").count(b"\n") + 1
    assert 0 <= line <= lines + 1, f"{file} has {lines} lines, not {line}"
    assert column >= 0


def _check_text(text: str) -> None:
    text.encode()
    found = _SHOWN.search(text)
    assert not found, f"U+{ord(found[0]):04X} in {text[max(0, found.start() - 60) : found.end() + 20]!r}"
