"""One case for each rule about targets and their files, about changes, and of lint's own."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from tests.fakes.files import LINK
from tests.unit.lint.case import SETTINGS, Case, lock, meta, settings

META, DOCKERFILE = "hello/meta.yml", "hello/Dockerfile"
SOUND = meta("v1: {path: Dockerfile}\n")
COMPANIONS: Mapping[str, AbstractSet[str]] = {
    "M024": {"M004"},
    "P002": {"M023"},
    "P003": {"M015"},
    "P004": {"M015"},
    "P017": {"P005"},
}
"""Rules that cannot be broken without another one."""


def image(
    name: str, dockerfile: str, entry: str = "v1: {path: Dockerfile}\n"
) -> dict[str, str | bytes | None]:
    """Give an image of its own."""
    return {f"{name}/meta.yml": entry, f"{name}/Dockerfile": dockerfile}


BESIDE = """\
v1: {path: Dockerfile, platforms: [linux/amd64, linux/arm64]}
v1-amd64: {path: Dockerfile}
"""
PYTHON = image("python", "FROM scratch\n")
ON_PYTHON = {**PYTHON, DOCKERFILE: "FROM docker.io/acme/python:v1\n"}
CASES = (
    Case("P001", META, {META: "../shared.yml"}, {}, modes={META: LINK}),
    Case("P001", "publisher.yml", {"publisher.yml": "x.yml"}, {}, modes={"publisher.yml": LINK}),
    Case("P005", f"{META}:1:1", {DOCKERFILE: None}, {}),
    Case(
        "P006",
        f"{META}:1:1",
        {"other/Dockerfile": "FROM scratch\n", DOCKERFILE: "../other/Dockerfile"},
        {},
        modes={DOCKERFILE: LINK},
    ),
    Case(
        "P007",
        f"{DOCKERFILE}:2:1",
        {DOCKERFILE: "ARG VERSION\nFROM $VERSION\n"},
        {DOCKERFILE: "ARG VERSION=scratch\nFROM $VERSION\n"},
    ),
    Case("P007", f"{DOCKERFILE}:2:1", {DOCKERFILE: "FROM scratch\nCOPPY hello /\n"}, {}),
    Case("P008", f"{META}:1:1", meta("v1: {path: Dockerfile, smoke: test.yml}\n"), SOUND),
    Case(
        "P009",
        "hello/smoke.yml:2:12",
        {
            **meta("v1: {path: Dockerfile, smoke: smoke.yml}\n"),
            "hello/smoke.yml": "version: 1\ncommands: [{}]\n",
        },
        {
            **meta("v1: {path: Dockerfile, smoke: smoke.yml}\n"),
            "hello/smoke.yml": "version: 1\ncommands: [{run: [hello]}]\n",
        },
    ),
    Case(
        "P010",
        f"{META}:1:1",
        {**settings('["*"]', "[python]"), **PYTHON},
        {**settings('["*"]', "[python, hello]"), **PYTHON},
    ),
    Case("P011", f"{DOCKERFILE}:1:1", {**PYTHON, DOCKERFILE: "FROM docker.io/acme/python:v0\n"}, ON_PYTHON),
    Case(
        "P011",
        f"{META}:1:1",
        {
            **ON_PYTHON,
            META: 'v1: {path: Dockerfile, base: "python:v0"}\n',
            DOCKERFILE: "ARG BASE\nFROM $BASE\n",
        },
        {
            **ON_PYTHON,
            META: 'v1: {path: Dockerfile, base: "python:v1"}\n',
            DOCKERFILE: "ARG BASE\nFROM $BASE\n",
        },
    ),
    Case("P012", f"{META}:1:1", {**ON_PYTHON, "python/Dockerfile": "FROM acme/hello:v1\n"}, ON_PYTHON),
    Case(
        "P013",
        f"{DOCKERFILE}:1:1",
        {**ON_PYTHON, "python/meta.yml": "v1: {path: Dockerfile, arch: aarch64}\n"},
        ON_PYTHON,
    ),
    Case(
        "P014",
        f"{DOCKERFILE}:1:1",
        {DOCKERFILE: "FROM debian:12\n"},
        {DOCKERFILE: "FROM debian:12\n", "publisher.lock": lock("bases", "docker.io/library/debian:12")},
    ),
    Case(
        "P015",
        f"{META}:1:1",
        {**PYTHON, META: 'v1: {path: Dockerfile, base: "python:v1"}\n'},
        {**PYTHON, META: 'v1: {path: Dockerfile, base: "python:v1"}\n', DOCKERFILE: "ARG BASE\nFROM $BASE\n"},
    ),
    Case(
        "P018",
        "publisher.lock:3:3",
        {"publisher.lock": lock("generations", "hello:v0")},
        {"publisher.lock": lock("generations", "hello:v1")},
    ),
    Case("P018", "publisher.lock:3:3", {"publisher.lock": lock("adopted", "hello:v0")}, {}),
    Case(
        "P020",
        "hello/.dockerignore:1:1",
        {"hello/.dockerignore": "[a-\n"},
        {"hello/.dockerignore": "[a-z]*\n"},
    ),
    Case(
        "P023",
        f"{META}:1:1",
        {**settings("docker.io/acme}\nr", "docker.io/acme, indexes: false}\nr"), **meta(BESIDE)},
        {
            **settings("docker.io/acme}\nr", "docker.io/acme, indexes: false}\nr"),
            **meta(BESIDE.replace("v1-amd64", "v1-slim")),
        },
    ),
    Case(
        "P022",
        f"{META}:1:1",
        {**meta("v1: {path: Dockerfile, context: ../share}\n"), "shared/x": ""},
        {**meta("v1: {path: Dockerfile, context: ../shared}\n"), "shared/x": ""},
    ),
)
CHANGED: dict[str, str | bytes | None] = {DOCKERFILE: "FROM scratch\nCOPY hello /usr/\n"}
BROKEN_PARENT = {**ON_PYTHON, "python/meta.yml": "v1: {path: Nothing}\n"}
PLAN_CASES = (
    Case(
        "P003",
        f"{META}:1:1",
        {META: "v1: {path: Dockerfile, aliases: [stable]}\nv2: {path: Dockerfile, arch: none}\n"},
        SOUND,
        before={META: "v1: {path: Dockerfile}\nv2: {path: Dockerfile, aliases: [stable]}\n"},
    ),
    Case(
        "P004",
        f"{META}:1:1",
        {META: "v1: {path: Dockerfile, latest: true}\nv2: {path: Dockerfile, arch: none}\n"},
        SOUND,
        before={META: "v1: {path: Dockerfile}\nv2: {path: Dockerfile, latest: true}\n"},
    ),
    Case(
        "P016",
        f"{META}:1:1",
        {**CHANGED, **meta("v1: {path: Dockerfile, status: frozen}\n")},
        CHANGED,
        before={},
    ),
    Case(
        "P017",
        f"{META}:1:1",
        {
            **BROKEN_PARENT,
            META: "v1: {path: Dockerfile, platforms: [linux/amd64]}\n",
            DOCKERFILE: "FROM docker.io/acme/python:v1\nLABEL changed=1\n",
        },
        ON_PYTHON,
        before=BROKEN_PARENT,
    ),
    Case(
        "P019",
        f"{META}:1:1",
        {**CHANGED, "publisher.lock": lock("adopted", "hello:v1")},
        CHANGED,
        before={"publisher.lock": lock("adopted", "hello:v1")},
    ),
)
TESTED = settings("linux/amd64: untested, ", "")
ROUTED = SETTINGS.replace("routes:", "  quay: {prefix: quay.io/acme}\nroutes:")
LINT_CASES = (
    Case(
        "L001",
        "hello/2/Dockerfile:1:1",
        {"hello/2/Dockerfile": "FROM scratch\n"},
        {"hello/2/Dockerfile": "FROM scratch\n", META: "v1: {path: Dockerfile}\nv2: {path: 2/Dockerfile}\n"},
    ),
    Case(
        "L002",
        "publisher.lock:3:3",
        {DOCKERFILE: "FROM debian\n", "publisher.lock": lock("bases", "docker.io/library/debian:latest")},
        {DOCKERFILE: "FROM debian:12\n", "publisher.lock": lock("bases", "docker.io/library/debian:12")},
    ),
    Case(
        "L003",
        f"{META}:1:31",
        {
            **meta("v1: {path: Dockerfile, args: {API_TOKEN: 0a1b2c3d4e}}\n"),
            DOCKERFILE: "FROM scratch\nARG API_TOKEN\n",
        },
        {
            **meta('v1: {path: Dockerfile, args: {API_TOKEN: ""}}\n'),
            DOCKERFILE: "FROM scratch\nARG API_TOKEN\n",
        },
    ),
    Case(
        "L004",
        f"{DOCKERFILE}:3:3",
        {DOCKERFILE: "FROM scratch\nENV A=1 \\\n  DB_PASSWORD=correct-horse\n"},
        {DOCKERFILE: "FROM scratch\nENV A=1 \\\n  DB_PASSWORD_FILE=/run/secrets/db\n"},
    ),
    Case(
        "L005",
        f"{META}:1:1",
        TESTED,
        {
            **TESTED,
            **meta("v1: {path: Dockerfile, smoke: smoke.yml}\n"),
            "hello/smoke.yml": "version: 1\ncommands: [{run: [hello]}]\n",
        },
    ),
    Case("L006", "publisher.yml:8:20", settings('["*"]', '["*", helo]'), settings('["*"]', '["*", hello]')),
    Case(
        "L007",
        "publisher.yml:7:3",
        {"publisher.yml": ROUTED},
        {"publisher.yml": ROUTED.replace("to: [hub]", "to: [hub, quay]")},
    ),
    Case(
        "L008",
        "tools/hello/meta.yml:1:1",
        image("tools/hello", "FROM scratch\n"),
        image("tools", "FROM scratch\n"),
    ),
    Case(
        "L008",
        "publisher.yml:6:9",
        settings("hub: {prefix: docker.io/acme}", "hub: {prefix: docker.io/acme/all}"),
        {},
    ),
    Case(
        "L009",
        "hello/data",
        {"hello/data": "../../data"},
        {"hello/data": "../data"},
        modes={"hello/data": LINK},
        right_modes={"hello/data": LINK},
    ),
    Case(
        "L011",
        "publisher.yml:3:11",
        settings("{references", "{root: images, references"),
        settings("{references", "{root: ., references"),
    ),
    Case(
        "L010",
        f"{META}:1:31",
        {
            **meta('v1: {path: Dockerfile, args: {VERSON: "2"}}\n'),
            DOCKERFILE: "FROM scratch\nARG VERSION=1\n",
        },
        {
            **meta('v1: {path: Dockerfile, args: {VERSION: "2"}}\n'),
            DOCKERFILE: "FROM scratch\nARG VERSION=1\n",
        },
    ),
)
