"""Reading smoke tests in our own form."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.problem import UnusableFile
from publisher.catalog.smoke import (
    DEFAULT_MEMORY,
    DEFAULT_TIMEOUT,
    CommandCheck,
    ConfigCheck,
    FileCheck,
    ProbeCheck,
    SmokeTest,
)
from publisher.catalog.smoke_file import read_smoke
from publisher.errors import CatalogError


def read(text: str) -> SmokeTest:
    return read_smoke("cann/smoke.yml", text.encode())


def refused(text: str) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        read(text)
    return caught.value


def test_everything_that_can_be_written() -> None:
    test = read(r"""
version: 1
commands:
  - run: [python3, --version]
    name: python
    exit: 2
    output: "^Python 3"
    error: [one, 'two\b']
    timeout: 2m
  - run: |
      echo a
      echo b
files:
  - {path: /usr/bin/python3, mode: "-rwxr-xr-x", contains: ELF, excludes: [x, y], uid: 0, gid: 10}
  - {path: /tmp/x, exists: false}
image:
  user: app
  workdir: /srv
  entrypoint: []
  command: [run, --now]
  env: {LANG: C.UTF-8, VERSION: 3.10}
  labels: {maker: us}
  ports: ["8080"]
  volumes: [/data]
probes:
  - {http: 8080/healthz?deep=1, status: 204, output: ok, run: [serve], timeout: 1.5}
  - {tcp: 6379}
network: true
memory: 1g
processes: 12
""")
    assert test.commands == (
        CommandCheck("python", ("python3", "--version"), 2, ("^Python 3",), ("one", r"two\b"), timeout=120.0),
        CommandCheck("echo a echo b", ("/bin/sh", "-c", "echo a\necho b")),
    )
    assert test.files == (
        FileCheck("/usr/bin/python3", "/usr/bin/python3", mode="-rwxr-xr-x", uid=0, gid=10,
                  contains=("ELF",), excludes=("x", "y")),
        FileCheck("/tmp/x", "/tmp/x", exists=False),
    )  # fmt: skip
    assert test.config == ConfigCheck(
        "app", "/srv", (), ("run", "--now"), {"LANG": "C.UTF-8", "VERSION": "3.10"}, labels={"maker": "us"},
        exposed_ports=("8080",), volumes=("/data",),
    )  # fmt: skip
    assert test.probes == (
        ProbeCheck("http 8080/healthz?deep=1", 8080, "/healthz?deep=1", 204, ("ok",), ("serve",), 1.5),
        ProbeCheck("tcp 6379", 6379),
    )
    assert (test.network, test.memory, test.processes, test.expand) == (True, 1024**3, 12, False)
    assert test.source == "cann/smoke.yml"
    assert test.count == 7


def test_what_is_not_said_has_a_default() -> None:
    test = read("version: 1\nprobes: [{http: '80'}]")
    assert test.probes == (ProbeCheck("http 80/", 80, "/", 200, timeout=DEFAULT_TIMEOUT),)
    assert (test.network, test.memory, test.config) == (False, DEFAULT_MEMORY, None)


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("version: 1\ncommands:\n  - run: [a]\n    outptu: x", "4:5", "outptu|did you mean `output`"),
        ("version: 1\ncommands:\n  - name: x", "3:5", "`run` is missing"),
        ("version: 1\ncommands: [{run: []}]", "2:18", "`run` is empty"),
        ("version: 1\ncommands: [{run: '  '}]", "2:18", "`run` is empty"),
        ("version: 1\ncommands: [{run: a, output: '(x'}]", "2:29", "not a regular expression"),
        ("version: 1\ncommands: [{run: a, output: '[a--b]'}]", "2:29", "not a regular expression"),
        (f"version: 1\ncommands: [{{run: a, output: {'x' * 501}}}]", "2:29", "more than 500 characters"),
        ("version: 1\ncommands: [{run: a, timeout: soon}]", "2:30", "20s or 2m"),
        ("version: 1\ncommands: [{run: a, timeout: 0}]", "2:30", "20s or 2m"),
        ("version: 1\ncommands: [{run: a, timeout: 2h}]", "2:30", "one hour"),
        ("version: 1\ncommands: [{run: a, exit: 256}]", "2:27", "from 0 to 255"),
        ("version: 1\nfiles: [{path: usr/bin}]", "2:16", "not absolute|write /usr/bin"),
        ("version: 1\nfiles: [{path: /a, mode: '755'}]", "2:26", "rwxr-xr-x"),
        ("version: 1\nfiles: [{path: /a, exists: false, uid: 0}]", "2:40", "contradict"),
        ("version: 1\nfiles: [{path: /a, exists: maybe}]", "2:28", "maybe"),
        ("version: 1\nprobes: [{http: 80, tcp: 80}]", "2:10", "either"),
        ("version: 1\nprobes: [{}]", "2:10", "either"),
        ("version: 1\nprobes: [{tcp: 80/x}]", "2:16", "such as 6379"),
        ("version: 1\nprobes: [{http: 65536/}]", "2:17", "8080/healthz"),
        ("version: 1\nprobes: [{http: '80/a b'}]", "2:17", "8080/healthz"),
        ("version: 1\nprobes: [{tcp: 80, status: 200}]", "2:28", "needs `http`"),
        ("version: 1\nmemory: 1t\nfiles: [{path: /}]", "2:9", "512m"),
        ("version: 1\nprocesses: 0\nfiles: [{path: /}]", "2:12", "whole number"),
        ("version: 2\nfiles: [{path: /}]", "1:10", "2"),
        ("files: [{path: /}]", "1:1", "`version` is missing"),
        ("version: 1", "1:1", "nothing is checked"),
        ("", "1:1", "`version` is missing"),
        ("[]", "1:1", "mapping"),
        ("a: [", "2:1", "YAML"),
        ("version: 1\nversion: 1\nfiles: [{path: /}]", "2:1", "stands here"),
        ("version: 1\nfiles: {path: /}", "2:8", "must be a list"),
        ("version: 1\nimage: {env: [A]}", "2:14", "mapping"),
    ],
)
def test_a_mistake_is_shown_with_its_place_and_a_fix(text: str, place: str, words: str) -> None:
    error = refused(text)
    assert error.where in (f"cann/smoke.yml:{place}", f"cann/smoke.yml:{place.removesuffix(':1')}")
    for word in words.split("|"):
        assert word in str(error)


def test_all_mistakes_are_shown_at_once_in_order() -> None:
    error = refused("version: 1\ncommands: [{run: a, exit: x}]\nfiles: [{path: a}]\nbad: 1")
    assert error.where.endswith(":2:27")
    assert isinstance(error, UnusableFile)
    assert [str(problem.position) for problem in error.problems] == [
        "cann/smoke.yml:2:27",
        "cann/smoke.yml:3:16",
        "cann/smoke.yml:4:1",
    ]


def test_more_checks_than_anyone_needs_are_refused() -> None:
    assert "more than 200" in str(refused("version: 1\nfiles:\n" + "- path: /\n" * 201))


ALPHABET = "version: 1\n[]{}-,\"'&*!|>files:path/run"


@given(st.binary(max_size=200) | st.text(alphabet=ALPHABET, max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for prefix in (b"", b"version: 1\n", b"schemaVersion: 2.0.0\n"):
        with contextlib.suppress(CatalogError):
            assert read_smoke("x.yml", prefix + raw).count
