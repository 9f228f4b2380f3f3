"""Every reason code, by the smallest change that gives it, against the golden file.

`python -m tests.unit.plan.test_reason_codes` writes the file anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher.catalog.target import TargetId
from publisher.plan.plan import Plan, ReasonCode
from publisher.plan.render import as_json
from tests.fakes.files import EXECUTABLE
from tests.unit.plan.small import DEBIAN, SETTINGS, Content, change, locked

GOLDEN = Path(__file__).parents[2] / "golden" / "plan" / "reasons.json"
ONE = "1: {path: Dockerfile}\n"
LOW: Content = {"low/meta.yml": ONE, "low/Dockerfile": "FROM debian:12\nCOPY run.sh /\n", "low/run.sh": "1\n"}
TWO: Content = {**LOW, "top/meta.yml": ONE, "top/Dockerfile": "FROM hub.test/us/low:1\nRUN top\n"}
STAGES: Content = {**LOW, "low/Dockerfile": "FROM debian:12 AS one\nRUN one\nFROM one\nRUN two\n"}
FRONT = "docker.io/docker/dockerfile:1"
SYNTAX: Content = {
    **LOW,
    "low/Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\n",
    "publisher.lock": locked(FRONT),
}
ADOPTED = (
    'adopted: {"low:1": {source: hub.test/us/low, date: "2024-05-01T00:00:00Z", digests: {linux/amd64: '
    f'"sha256:{"b" * 64}", linux/arm64: "sha256:{"b" * 64}"}}}}}}\n'
)


@dataclass(frozen=True)
class Case:
    """A catalog, and what of it changes."""

    before: Content
    changes: Content
    modes: dict[str, str] = field(default_factory=dict)
    left: dict[TargetId, str] = field(default_factory=dict)

    def plan(self) -> Plan:
        return change(self.before, self.changes, modes={}, new_modes=self.modes, left=self.left)


def raised(number: int, day: int) -> str:
    return (
        locked(DEBIAN) + f'generations: {{"low:1": {{number: {number}, date: "2024-06-0{day}T00:00:00Z"}}}}\n'
    )


CASES: dict[ReasonCode, dict[str, Case]] = {
    ReasonCode.ADDED: {
        "a new entry": Case(LOW, {"low/meta.yml": ONE + "2: {path: Dockerfile, args: {A: x}}\n"}),
        "no longer frozen": Case(
            {**LOW, "low/meta.yml": "1: {path: Dockerfile, status: frozen}\n"}, {"low/meta.yml": ONE}
        ),
        "no longer adopted": Case(
            {**LOW, "publisher.lock": locked(DEBIAN) + ADOPTED}, {"publisher.lock": locked(DEBIAN)}
        ),
    },
    ReasonCode.PATH_CHANGED: {
        "another Dockerfile": Case(
            {**LOW, "low/other/Dockerfile": "FROM debian:12\nRUN other\n"},
            {"low/meta.yml": "1: {path: other/Dockerfile}\n"},
        ),
        "another place of an edited Dockerfile": Case(
            LOW,
            {
                "low/meta.yml": "1: {path: new/Dockerfile, context: .}\n",
                "low/Dockerfile": None,
                "low/new/Dockerfile": "FROM debian:12\nCOPY run.sh /bin\n",
            },
        ),
    },
    ReasonCode.DOCKERFILE_CHANGED: {
        "an instruction": Case(LOW, {"low/Dockerfile": "FROM debian:12\nCOPY run.sh /bin\n"}),
        "a directive": Case(LOW, {"low/Dockerfile": "# escape=`\nFROM debian:12\nCOPY run.sh /\n"}),
        "an instruction, and the catalog moves": Case(
            LOW,
            {
                **dict.fromkeys(LOW),
                **{f"meta/{path}": text for path, text in LOW.items()},
                "publisher.yml": SETTINGS.replace("{references", "{root: meta, references"),
                "meta/low/Dockerfile": "FROM debian:12\nCOPY run.sh /bin\n",
            },
        ),
    },
    ReasonCode.CONTEXT_CHANGED: {
        "a content": Case(LOW, {"low/run.sh": "2\n"}),
        "a mode": Case(LOW, {}, modes={"low/run.sh": EXECUTABLE}),
        "a file less": Case(
            {**LOW, "low/Dockerfile": "FROM debian:12\nCOPY . /\n", "low/sub/x": ""}, {"low/sub/x": None}
        ),
        "a .dockerignore": Case(
            {**LOW, "low/Dockerfile": "FROM debian:12\nCOPY . /\n"}, {"low/.dockerignore": "*.sh\n"}
        ),
    },
    ReasonCode.ARGS_CHANGED: {
        "a value": Case(
            {**LOW, "low/meta.yml": "1: {path: Dockerfile, args: {A: x, B: y}}\n"},
            {"low/meta.yml": "1: {path: Dockerfile, args: {A: z, B: y}}\n"},
        ),
        "one more, one less": Case(
            {**LOW, "low/meta.yml": "1: {path: Dockerfile, args: {A: x}}\n"},
            {"low/meta.yml": "1: {path: Dockerfile, args: {B: x}}\n"},
        ),
        "another build platform": Case(
            {
                **LOW,
                "low/meta.yml": "1: {path: Dockerfile, platforms: [linux/arm64]}\n",
                "low/Dockerfile": "FROM --platform=$BUILDPLATFORM debian:12 AS a\n"
                "FROM scratch\nCOPY --from=a / /\n",
            },
            {"publisher.yml": SETTINGS + "builders: {linux/arm64: {platform: linux/amd64}}\n"},
        ),
    },
    ReasonCode.STAGE_CHANGED: {
        "a target": Case(STAGES, {"low/meta.yml": "1: {path: Dockerfile, target: one}\n"}),
        "no target": Case(
            {**STAGES, "low/meta.yml": "1: {path: Dockerfile, target: one}\n"}, {"low/meta.yml": ONE}
        ),
    },
    ReasonCode.PLATFORM_ADDED: {
        "a second one": Case(
            {**LOW, "low/meta.yml": "1: {path: Dockerfile, arch: x86_64}\n"}, {"low/meta.yml": ONE}
        ),
    },
    ReasonCode.PLATFORM_REMOVED: {
        "one of two": Case(LOW, {"low/meta.yml": "1: {path: Dockerfile, arch: x86_64}\n"}),
    },
    ReasonCode.BASE_REFRESHED: {
        "another digest": Case(LOW, {"publisher.lock": locked(DEBIAN, digit="c")}),
        "a later date": Case(LOW, {"publisher.lock": locked(DEBIAN, date="2024-06-01")}),
        "locked at last": Case({**LOW, "publisher.lock": None}, {"publisher.lock": locked(DEBIAN)}),
        "a front end": Case(SYNTAX, {"publisher.lock": locked(FRONT, digit="d")}),
    },
    ReasonCode.PARENT_REBUILT: {
        "through FROM": Case(TWO, {"low/run.sh": "2\n"}),
        "through COPY --from": Case(
            {**TWO, "top/Dockerfile": "FROM scratch\nCOPY --from=hub.test/us/low:1 / /\n"},
            {"low/run.sh": "2\n"},
        ),
    },
    ReasonCode.PARENT_CHANGED: {
        "another base": Case(
            {
                **TWO,
                "low/meta.yml": ONE + "2: {path: Dockerfile, args: {A: x}}\n",
                "top/Dockerfile": "ARG BASE\nFROM $BASE\n",
                "top/meta.yml": '1: {path: Dockerfile, base: "low:1"}\n',
            },
            {"top/meta.yml": '1: {path: Dockerfile, base: "low:2"}\n'},
        ),
    },
    ReasonCode.GENERATION: {
        "the first": Case(LOW, {"publisher.lock": raised(1, 1)}),
        "one more": Case({**LOW, "publisher.lock": raised(1, 1)}, {"publisher.lock": raised(2, 2)}),
        "its date": Case({**LOW, "publisher.lock": raised(1, 1)}, {"publisher.lock": raised(1, 2)}),
    },
    ReasonCode.FORMAT_CHANGED: {
        "to docker": Case(
            LOW, {"publisher.yml": SETTINGS.replace("version: 1", "version: 1\nformat: docker")}
        ),
    },
    ReasonCode.FAILED_BEFORE: {
        "left by a run": Case(LOW, {}, left={TargetId("low:1"): "test: exit code 1"}),
        "a problem is mended": Case({**LOW, "low/Dockerfile": None}, {"low/Dockerfile": "FROM debian:12\n"}),
    },
}


def reasons_of(made: Plan) -> dict[str, object]:
    """Give what the plan's JSON says of the reasons of each build."""
    document = json.loads(as_json(made))
    return {f"{build['image']}:{build['tag']}": build["reasons"] for build in document["builds"]}


def rendered() -> str:
    found = {
        code: {name: reasons_of(case.plan()) for name, case in cases.items()} for code, cases in CASES.items()
    }
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def test_every_code_has_a_case() -> None:
    assert set(CASES) == set(ReasonCode)


def test_the_reasons_are_those_of_the_golden_file() -> None:
    assert rendered() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", ReasonCode)
def test_every_case_gives_its_code(code: ReasonCode) -> None:
    for name, case in CASES[code].items():
        codes = {reason.code for build in case.plan().builds for reason in build.reasons}
        assert code in codes, name


if __name__ == "__main__":
    GOLDEN.write_text(rendered(), encoding="utf-8")
