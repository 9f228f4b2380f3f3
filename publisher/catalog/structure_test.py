"""Google's container-structure-test, schema version 2.0.0, as our own values.

Kept: entry points are replaced, `$NAME` is expanded from the image's environment, exit codes of `setup`
do not count, `teardown` does nothing with docker.  Different: commands have a time limit and no network.
https://github.com/GoogleContainerTools/container-structure-test
"""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf

from publisher.catalog.go_regexp import to_python
from publisher.catalog.nodes import Mapping, Node, Scalar, Sequence
from publisher.catalog.rules import Rule
from publisher.catalog.smoke import CommandCheck, ConfigCheck, FileCheck, SmokeTest
from publisher.catalog.smoke_fields import SmokeFields

_TOP = (
    "schemaVersion", "globalEnvVars", "commandTests", "fileExistenceTests", "fileContentTests",
    "metadataTest", "licenseTests", "containerRunOptions",
)  # fmt: skip
_COMMAND = (
    "name", "setup", "teardown", "envVars", "exitCode", "command", "args", "expectedOutput", "excludedOutput",
    "expectedError", "excludedError",
)  # fmt: skip
_EXISTENCE = ("name", "path", "shouldExist", "permissions", "uid", "gid", "isExecutableBy")
_CONTENT = ("name", "path", "expectedContents", "excludedContents")
_METADATA = (
    "env", "envVars", "unboundEnvVars", "labels", "entrypoint", "cmd", "exposedPorts", "unexposedPorts",
    "volumes", "unmountedVolumes", "workdir", "user",
)  # fmt: skip
_PAIR = ("key", "value", "isRegex")
_GO_MODE = re.compile(r"([-dalTLDpSugct?]+?)([r-][w-][x-])([r-][w-][x-])([r-][w-][x-])")
_LS_KIND = {"d": "d", "L": "l", "p": "p", "S": "s", "D": "b", "c": "c"}
_MAX_ID = 2**31 - 1


def read_structure_test(fields: SmokeFields, top: Mapping) -> SmokeTest:
    """Translate a whole file; problems are noted in `fields`."""
    values = fields.fields(top, _TOP)
    _refuse_other_version(fields, values["schemaVersion"])
    _refuse_unsupported(fields, values)
    everywhere = dict(_pairs(fields, values.get("globalEnvVars"), "globalEnvVars", "value")[0])
    files = [
        _existence(fields, item)
        for item in fields.each(values.get("fileExistenceTests"), "fileExistenceTests")
    ]
    files += [
        _content(fields, item) for item in fields.each(values.get("fileContentTests"), "fileContentTests")
    ]
    metadata = fields.mapping(values.get("metadataTest"), "metadataTest")
    commands = fields.each(values.get("commandTests"), "commandTests")
    return SmokeTest(
        commands=tuple(_command(fields, item, everywhere) for item in commands),
        files=tuple(files),
        config=_metadata(fields, metadata) if metadata else None,
        expand=True,
        source=top.position.file,
    )


def _refuse_other_version(fields: SmokeFields, node: Node) -> None:
    if fields.text(node, "schemaVersion") not in (None, "2.0.0"):
        fields.add(
            Rule.WORD, node, "only schemaVersion 2.0.0 is known", "write the test for schemaVersion 2.0.0"
        )


def _refuse_unsupported(fields: SmokeFields, values: dict[str, Node]) -> None:
    licences = fields.sequence(values.get("licenseTests"), "licenseTests")
    if licences and licences.items:
        fields.add(
            Rule.CONFLICT,
            licences,
            "`licenseTests` are not supported: they judge by a list inside Google's tool",
            "remove them, or check the files that matter with `fileContentTests`",
        )
    options = fields.mapping(values.get("containerRunOptions"), "containerRunOptions")
    for key, value in options.entries if options else ():
        if _says_something(value):
            fields.add(
                Rule.CONFLICT,
                key,
                f"`containerRunOptions.{key.text:.80}` is not supported: tests run confined",
                "remove it; set the user in the Dockerfile, variables in `globalEnvVars`",
            )


def _says_something(node: Node) -> bool:
    if isinstance(node, Scalar):
        return node.text not in ("", "false")
    return bool(node.items if isinstance(node, Sequence) else node.entries)


def _command(fields: SmokeFields, item: Mapping, everywhere: MappingOf[str, str]) -> CommandCheck:
    values = fields.fields(item, _COMMAND)
    fields.needed(values, item, "name", "command")
    command = fields.text(values.get("command"), "command") or ""
    own, _ = _pairs(fields, values.get("envVars"), "envVars", "value")
    return CommandCheck(
        name=fields.text(values.get("name"), "name") or "",
        argv=(command, *fields.words(values.get("args"), "args")),
        exit_code=fields.whole(values.get("exitCode"), "exitCode", 255) or 0,
        output=fields.patterns(values.get("expectedOutput"), "expectedOutput", to_python),
        error=fields.patterns(values.get("expectedError"), "expectedError", to_python),
        excluded_output=fields.patterns(values.get("excludedOutput"), "excludedOutput", to_python),
        excluded_error=fields.patterns(values.get("excludedError"), "excludedError", to_python),
        environment={**everywhere, **own},
        setup=_commands(fields, values.get("setup"), "setup"),
        teardown=_commands(fields, values.get("teardown"), "teardown"),
    )


def _commands(fields: SmokeFields, node: Node | None, what: str) -> tuple[tuple[str, ...], ...]:
    found = fields.sequence(node, what)
    lists = [fields.sequence(item, what) for item in (found.items if found else ())]
    return tuple(fields.argv(item, what) for item in lists if item)


def _existence(fields: SmokeFields, item: Mapping) -> FileCheck:
    values = fields.fields(item, _EXISTENCE)
    fields.needed(values, item, "name", "path")
    exists = fields.flag(values.get("shouldExist"), "shouldExist", default=True)
    allowed = ("owner", "group", "other", "any")
    return FileCheck(
        name=fields.text(values.get("name"), "name") or "",
        path=fields.path(values.get("path"), "path"),
        exists=exists,
        mode=_permissions(fields, values.get("permissions")),
        uid=_owner(fields, values.get("uid"), "uid"),
        gid=_owner(fields, values.get("gid"), "gid"),
        executable_by=fields.word(values.get("isExecutableBy"), "isExecutableBy", allowed),
    )


def _owner(fields: SmokeFields, node: Node | None, what: str) -> int | None:
    """Read a user or group id; -1 is Google's own word for: not checked."""
    if isinstance(node, Scalar) and node.text == "-1":
        return None
    return fields.whole(node, what, _MAX_ID)


def _permissions(fields: SmokeFields, node: Node | None) -> str | None:
    """Turn the mode as Go prints it (`Lrwxrwxrwx`, `urwxr-xr-x`, `dtrwxrwxrwx`) into what `ls -l` prints."""
    text = fields.text(node, "permissions")
    if node is None or text is None:
        return None
    match = _GO_MODE.fullmatch(text)
    if not match:
        fields.add(Rule.WORD, node, f"`permissions` is {text!r:.80}", 'write a mode such as "-rwxr-xr-x"')
        return None
    flags, *triples = match.groups()
    for flag, place, (with_x, without) in (("u", 0, "sS"), ("g", 1, "sS"), ("t", 2, "tT")):
        if flag in flags:
            last = with_x if triples[place].endswith("x") else without
            triples[place] = triples[place][:2] + last
    kind = next((_LS_KIND[flag] for flag in reversed(flags) if flag in _LS_KIND), "-")
    return kind + "".join(triples)


def _content(fields: SmokeFields, item: Mapping) -> FileCheck:
    values = fields.fields(item, _CONTENT)
    fields.needed(values, item, "name", "path")
    return FileCheck(
        name=fields.text(values.get("name"), "name") or "",
        path=fields.path(values.get("path"), "path"),
        contains=fields.patterns(values.get("expectedContents"), "expectedContents", to_python),
        excludes=fields.patterns(values.get("excludedContents"), "excludedContents", to_python),
    )


def _metadata(fields: SmokeFields, node: Mapping) -> ConfigCheck:
    values = fields.fields(node, _METADATA)
    if "env" in values and "envVars" in values:
        fields.add(
            Rule.CONFLICT, values["env"], "`env` is the older name of `envVars`", "keep `envVars` only"
        )
    variables = values.get("envVars", values.get("env"))
    environment, environment_patterns = _pairs(fields, variables, "envVars", "value")
    labels, label_patterns = _pairs(fields, values.get("labels"), "labels", "value")
    unset, _ = _pairs(fields, values.get("unboundEnvVars"), "unboundEnvVars", "")
    return ConfigCheck(
        user=fields.text(values.get("user"), "user", empty=True) or None,
        working_directory=fields.text(values.get("workdir"), "workdir", empty=True) or None,
        entrypoint=fields.words(values["entrypoint"], "entrypoint") if "entrypoint" in values else None,
        command=fields.words(values["cmd"], "cmd") if "cmd" in values else None,
        environment=environment,
        environment_patterns=environment_patterns,
        unset_environment=tuple(unset),
        labels=labels,
        label_patterns=label_patterns,
        exposed_ports=fields.words(values.get("exposedPorts"), "exposedPorts"),
        unexposed_ports=fields.words(values.get("unexposedPorts"), "unexposedPorts"),
        volumes=fields.words(values.get("volumes"), "volumes"),
        absent_volumes=fields.words(values.get("unmountedVolumes"), "unmountedVolumes"),
    )


def _pairs(
    fields: SmokeFields, node: Node | None, what: str, needed: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Read a list of `key`, `value`, `isRegex`: the exact values and the patterns."""
    exact: dict[str, str] = {}
    patterns: dict[str, str] = {}
    for item in fields.each(node, what):
        values = fields.fields(item, _PAIR)
        if not fields.needed(values, item, "key", *filter(None, [needed])):
            continue
        key = fields.text(values["key"], "key") or ""
        if not fields.flag(values.get("isRegex"), "isRegex"):
            exact[key] = fields.raw(values.get("value"), "value") or ""
        elif (
            "value" in values and (pattern := fields.pattern(values["value"], "value", to_python)) is not None
        ):
            patterns[key] = pattern
    return exact, patterns
