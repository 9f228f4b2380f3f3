"""Smoke test files: our own form, and Google's container-structure-test as a second one.

version: 1
commands:
  - run: [python3, --version]     # a list; a text is run as /bin/sh -c
    output: "^Python 3"           # searched in stdout; a text or a list of regular expressions
files:
  - {path: /usr/bin/python3, mode: "-rwxr-xr-x", uid: 0}
image: {user: app, workdir: /srv, env: {LANG: C.UTF-8}, ports: ["8080"]}
probes:
  - {http: 8080/healthz, status: 200}
network: false
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import TypeVar

from publisher.catalog.nodes import Mapping, Node, Scalar, compose
from publisher.catalog.problem import Position, Problem, UnusableFile
from publisher.catalog.rules import Rule
from publisher.catalog.smoke import (
    DEFAULT_MEMORY,
    DEFAULT_PROCESSES,
    DEFAULT_TIMEOUT,
    CommandCheck,
    ConfigCheck,
    FileCheck,
    ProbeCheck,
    SmokeTest,
)
from publisher.catalog.smoke_fields import SmokeFields
from publisher.catalog.structure_test import read_structure_test

Check = TypeVar("Check")
MAX_CHECKS = 200
"""Most checks of one kind in one file."""
_TOP = ("version", "commands", "files", "image", "probes", "network", "memory", "processes")
_COMMAND = ("run", "name", "exit", "output", "error", "timeout")
_FILE = ("path", "name", "exists", "mode", "contains", "excludes", "uid", "gid")
_IMAGE = ("user", "workdir", "entrypoint", "command", "env", "labels", "ports", "volumes")
_PROBE = ("http", "tcp", "name", "status", "output", "run", "timeout")
_MODE = re.compile(r"[-bcdlps](?:[r-][w-][-xsStT]){3}")
_HTTP = re.compile(r"(\d{1,5})(/[!-~]*)?", re.ASCII)
_MAX_NAME = 120
_MAX_PROBLEMS = 20
_MAX_ID = 2**31 - 1


def read_smoke(path: str, raw: bytes) -> SmokeTest:
    """Read a smoke test.

    Raises:
        UnusableFile: it cannot be used; `where` is file:line:column, the hint is the fix of the first.
    """
    root, problems = compose(path, raw)
    if problems:
        raise _refusal(problems)
    fields = SmokeFields()
    top = fields.mapping(root or Mapping(Position(path, 1, 1)), "smoke test")
    test = _read(fields, top) if top else SmokeTest()
    if top and not fields.problems and not test.count:
        fields.add(
            Rule.MISSING_KEY, top, "nothing is checked", "add `commands`, `files`, `image` or `probes`"
        )
    if fields.problems:
        raise _refusal(tuple(fields.problems))
    return test


def _refusal(problems: tuple[Problem, ...]) -> UnusableFile:
    found = sorted(problems, key=lambda problem: (problem.line, problem.column))[:_MAX_PROBLEMS]
    return UnusableFile(found[0].message, found, where=str(found[0].position), hint=found[0].fix)


def _read(fields: SmokeFields, top: Mapping) -> SmokeTest:
    if any(key.text == "schemaVersion" for key, _ in top.entries):
        return read_structure_test(fields, top)
    values = fields.fields(top, _TOP)
    if fields.needed(values, top, "version"):
        fields.word(values["version"], "version", ("1",))
    return SmokeTest(
        commands=_all(fields, values.get("commands"), "commands", _command),
        files=_all(fields, values.get("files"), "files", _file),
        config=_config(fields, values["image"]) if "image" in values else None,
        probes=_all(fields, values.get("probes"), "probes", _probe),
        network=fields.flag(values.get("network"), "network"),
        memory=fields.size(values.get("memory"), "memory", DEFAULT_MEMORY),
        processes=fields.whole(values.get("processes"), "processes", 65536, least=1) or DEFAULT_PROCESSES,
        source=top.position.file,
    )


def _all(
    fields: SmokeFields, node: Node | None, what: str, read: Callable[[SmokeFields, Mapping], Check]
) -> tuple[Check, ...]:
    items = fields.each(node, what)
    if node is not None and len(items) > MAX_CHECKS:
        fields.add(
            Rule.WORD,
            node,
            f"`{what}` has more than {MAX_CHECKS} entries",
            "check less, or in fewer commands",
        )
    return tuple(read(fields, item) for item in items[:MAX_CHECKS])


def _command(fields: SmokeFields, item: Mapping) -> CommandCheck:
    values = fields.fields(item, _COMMAND)
    fields.needed(values, item, "run")
    run = values.get("run")
    argv = fields.argv(run, "run")
    default = run.text.strip() if isinstance(run, Scalar) else shlex.join(argv)
    return CommandCheck(
        name=_name(fields, values, default),
        argv=argv,
        exit_code=fields.whole(values.get("exit"), "exit", 255) or 0,
        output=fields.patterns(values.get("output"), "output"),
        error=fields.patterns(values.get("error"), "error"),
        timeout=fields.seconds(values.get("timeout"), "timeout", DEFAULT_TIMEOUT),
    )


def _file(fields: SmokeFields, item: Mapping) -> FileCheck:
    values = fields.fields(item, _FILE)
    fields.needed(values, item, "path")
    path = fields.path(values.get("path"), "path")
    exists = fields.flag(values.get("exists"), "exists", default=True)
    if not exists and (more := sorted(set(values) - {"path", "name", "exists"})):
        fields.add(
            Rule.CONFLICT,
            values[more[0]],
            f"`exists: false` and `{more[0]}` contradict",
            "remove one of them",
        )
    return FileCheck(
        name=_name(fields, values, path),
        path=path,
        exists=exists,
        mode=_mode(fields, values.get("mode")),
        uid=fields.whole(values.get("uid"), "uid", _MAX_ID),
        gid=fields.whole(values.get("gid"), "gid", _MAX_ID),
        contains=fields.patterns(values.get("contains"), "contains"),
        excludes=fields.patterns(values.get("excludes"), "excludes"),
    )


def _mode(fields: SmokeFields, node: Node | None) -> str | None:
    text = fields.text(node, "mode")
    if node is not None and text is not None and not _MODE.fullmatch(text):
        fields.add(
            Rule.WORD, node, f"`mode` is {text!r:.80}", 'write what `ls -l` shows, such as "-rwxr-xr-x"'
        )
    return text


def _config(fields: SmokeFields, node: Node) -> ConfigCheck | None:
    found = fields.mapping(node, "image")
    if found is None:
        return None
    values = fields.fields(found, _IMAGE)
    return ConfigCheck(
        user=fields.text(values.get("user"), "user", empty=True),
        working_directory=fields.text(values.get("workdir"), "workdir", empty=True),
        entrypoint=fields.words(values["entrypoint"], "entrypoint") if "entrypoint" in values else None,
        command=fields.words(values["command"], "command") if "command" in values else None,
        environment=fields.pairs(values.get("env"), "env"),
        labels=fields.pairs(values.get("labels"), "labels"),
        exposed_ports=fields.words(values.get("ports"), "ports"),
        volumes=fields.words(values.get("volumes"), "volumes"),
    )


def _probe(fields: SmokeFields, item: Mapping) -> ProbeCheck:
    values = fields.fields(item, _PROBE)
    chosen = [key for key in ("http", "tcp") if key in values]
    if len(chosen) != 1:
        fields.add(
            Rule.CONFLICT,
            item,
            "a probe is either `http` or `tcp`",
            "write `http: 8080/healthz` or `tcp: 6379`",
        )
    port, path = _address(fields, values.get(chosen[0]), chosen[0]) if chosen else (0, None)
    if path is None:
        for key in ("status", "output"):
            if key in values:
                fields.add(
                    Rule.CONFLICT, values[key], f"`{key}` needs `http`", f"remove `{key}`, or use `http`"
                )
    return ProbeCheck(
        name=_name(fields, values, f"{chosen[0]} {port}{path or ''}" if chosen else "probe"),
        port=port,
        path=path,
        status=fields.whole(values.get("status"), "status", 599, least=100) or 200,
        output=fields.patterns(values.get("output"), "output"),
        argv=fields.argv(values.get("run"), "run"),
        timeout=fields.seconds(values.get("timeout"), "timeout", DEFAULT_TIMEOUT),
    )


def _address(fields: SmokeFields, node: Node | None, kind: str) -> tuple[int, str | None]:
    text = fields.text(node, kind)
    match = _HTTP.fullmatch(text or "")
    if node is None or text is None:
        return 0, None
    if not match or not 0 < int(match[1]) < 65536 or (kind == "tcp" and match[2]):
        example = "8080/healthz" if kind == "http" else "6379"
        fields.add(
            Rule.WORD,
            node,
            f"`{kind}` is {text!r:.80}",
            f"write a port{' and path' * (kind == 'http')}, such as {example}",
        )
        return 0, None
    return int(match[1]), (match[2] or "/") if kind == "http" else None


def _name(fields: SmokeFields, values: dict[str, Node], default: str) -> str:
    name = fields.text(values.get("name"), "name") or " ".join(default.split())
    return name if len(name) <= _MAX_NAME else name[: _MAX_NAME - 1] + "…"
