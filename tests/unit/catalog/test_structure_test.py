"""Reading Google's container-structure-test; the engine's contract compares verdicts with its program."""

from __future__ import annotations

import re

import pytest

from publisher.catalog.go_regexp import to_python
from publisher.catalog.smoke import CommandCheck, ConfigCheck, FileCheck, SmokeTest
from publisher.catalog.smoke_file import read_smoke
from publisher.errors import CatalogError


def read(text: str) -> SmokeTest:
    return read_smoke("test.yaml", f"schemaVersion: '2.0.0'\n{text}".encode())


def test_everything_that_is_translated() -> None:
    test = read(r"""
globalEnvVars: [{key: A, value: "1"}, {key: B, value: "$A"}]
commandTests:
  - {name: c, setup: [[x, y], [z]], teardown: [[w]], envVars: [{key: B, value: "2"}], exitCode: 1,
     command: go, args: [version], expectedOutput: ["o"], excludedOutput: ["p"], expectedError: ["e"],
     excludedError: ["f$"]}
fileExistenceTests:
  - {name: e, path: /bin, shouldExist: true, permissions: drwxr-xr-x, uid: -1, gid: 3, isExecutableBy: group}
  - {name: n, path: /no, shouldExist: false}
fileContentTests:
  - {name: t, path: "$A/x", expectedContents: [a], excludedContents: [b]}
metadataTest:
  env: [{key: E, value: "", isRegex: false}, {key: R, value: "^x", isRegex: true}]
  unboundEnvVars: [{key: U}]
  labels: [{key: L, value: l}, {key: M, value: '\d+', isRegex: true}]
  entrypoint: []
  cmd: [sh]
  exposedPorts: ["1"]
  unexposedPorts: ["2"]
  volumes: [/v]
  unmountedVolumes: [/w]
  workdir: /d
  user: u
""")
    assert test.commands == (
        CommandCheck("c", ("go", "version"), 1, ("(?a)o",), ("(?a)e",), ("(?a)p",), ("(?a)f\\Z",),
                     environment={"A": "1", "B": "2"}, setup=(("x", "y"), ("z",)), teardown=(("w",),)),
    )  # fmt: skip
    assert test.files == (
        FileCheck("e", "/bin", mode="drwxr-xr-x", gid=3, executable_by="group"),
        FileCheck("n", "/no", exists=False),
        FileCheck("t", "$A/x", contains=("(?a)a",), excludes=("(?a)b",)),
    )
    assert test.config == ConfigCheck(
        user="u", working_directory="/d", entrypoint=(), command=("sh",), environment={"E": ""},
        environment_patterns={"R": "(?a)^x"}, unset_environment=("U",), labels={"L": "l"},
        label_patterns={"M": r"(?a)\d+"}, exposed_ports=("1",), unexposed_ports=("2",), volumes=("/v",),
        absent_volumes=("/w",),
    )  # fmt: skip
    assert test.expand
    assert not test.network


@pytest.mark.parametrize(
    ("go", "ls"),
    [("-rw-r--r--", "-rw-r--r--"), ("drwxr-xr-x", "drwxr-xr-x"), ("Lrwxrwxrwx", "lrwxrwxrwx"),
     ("urwxr-xr-x", "-rwsr-xr-x"), ("urw-r--r--", "-rwSr--r--"), ("grwxr-xr-x", "-rwxr-sr-x"),
     ("dtrwxrwxrwx", "drwxrwxrwt"), ("dtrwxrwx---", "drwxrwx--T"), ("Dcrw-rw-rw-", "crw-rw-rw-"),
     ("ugrwxrwxrwx", "-rwsrwsrwx")],
)  # fmt: skip
def test_modes_are_turned_from_go_s_words_into_those_of_ls(go: str, ls: str) -> None:
    test = read(f'fileExistenceTests: [{{name: x, path: /x, permissions: "{go}"}}]')
    assert test.files[0].mode == ls


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("licenseTests:\n- debian: true", 3, "licenseTests"),
        ("containerRunOptions:\n  privileged: true", 3, "containerRunOptions.privileged"),
        ("containerRunOptions: {user: root}", 2, "containerRunOptions.user"),
        ("commandTests: [{command: x}]", 2, "`name` is missing"),
        ("commandTests: [{name: x}]", 2, "`command` is missing"),
        ("commandTests: [{name: x, command: y, expectedOuput: [a]}]", 2, "expectedOutput"),
        ("commandTests: [{name: x, command: y, setup: [[]]}]", 2, "`setup` is empty"),
        ("commandTests: [{name: x, command: y, envVars: [{key: a}]}]", 2, "`value` is missing"),
        ("commandTests: [{name: x, command: y, expectedOutput: ['a(?=b)']}]", 2, "(?="),
        ("fileExistenceTests: [{name: x, path: /, permissions: '0755'}]", 2, "permissions"),
        ("fileExistenceTests: [{name: x, path: /, isExecutableBy: me}]", 2, "owner"),
        ("metadataTest: {env: [], envVars: []}", 2, "older name"),
        ("metadataTest: {labels: [{key: a, isRegex: true}]}", 2, "`value` is missing"),
    ],
)
def test_what_cannot_be_translated_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(CatalogError) as caught:
        read(text)
    assert caught.value.where.startswith(f"test.yaml:{line}:")
    assert words in str(caught.value)


def test_other_schema_versions_are_refused() -> None:
    with pytest.raises(CatalogError, match=r"2\.0\.0"):
        read_smoke("test.yaml", b"schemaVersion: 1.0.0\ncommandTests: [{name: a, command: b}]")


def test_what_says_nothing_may_stay() -> None:
    read("licenseTests: []\ncontainerRunOptions: {privileged: false, capabilities: []}\n"
         "fileExistenceTests: [{name: x, path: /}]")  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("one$", "one\n", False), ("one$", "one", True), ("(?m)one$", "one\ntwo", True),
     (r"one\$", "one$", True),
        ("[$]", "$", True), (r"one\z", "one", True), (r"one\z", "one\n", False), (r"\d", "٣", False),
        ("(?P<x>a)b", "ab", True), ("(?<x>a)b", "ab", True), ("(?i)ONE", "one", True), ("[]$]a", "$a", True),
        ("(?s)a.b", "a\nb", True), ("(?:a|b)+$", "ab", True), (r"\\$", "\\", True), (r"[\]$]x", "$x", True),
    ],
)  # fmt: skip
def test_patterns_mean_what_they_mean_in_go(pattern: str, text: str, found: bool) -> None:
    assert bool(re.search(to_python(pattern), text)) is found


@pytest.mark.parametrize(
    "pattern", ["a(?=b)", "a(?!b)", "(?<=a)b", "(?<!a)b", r"(a)\1", r"a\Z", "(?>a)", "(?(1)a|b)",
                "[[:alpha:]]",
                r"\pL", r"\Qa\E", r"\x{41}", "(?U)a+", "(?P=x)"],
)  # fmt: skip
def test_patterns_that_mean_something_else_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"no|not"):
        to_python(pattern)
