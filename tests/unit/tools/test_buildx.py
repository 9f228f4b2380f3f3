"""How buildx is called, and what its words mean."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.errors import BuildError, BuilderUnavailable
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.ports.builder import BuildRequest, LocalFiles, PushTo
from publisher.tools.buildx import build_arguments
from publisher.tools.buildx_output import build_failure, step_text

GOLDEN = Path(__file__).parents[2] / "golden" / "buildx"
REQUEST = BuildRequest(
    platform=Platform("linux/arm64"),
    dockerfile=Path("/w/Dockerfile"),
    context=Path("/w/context-1"),
    images={"docker.io/x/os:1": "reg/b@sha256:1", "docker.io/library/debian:12": "reg/d@sha256:2"},
    args={"CANN_VERSION": "8.0", "BASE": "docker.io/x/os:1"},
    stage="runtime",
    epoch=315532800,
    output=PushTo(Repository("127.0.0.1:5000/staging/builds")),
    frontend="reg/fe@sha256:3",
)
LOCAL = replace(
    REQUEST,
    output=LocalFiles(Path("/w/out"), Path("/w/out.tar")),
    oci=False,
    stage=None,
    frontend=None,
    args={},
    images={"docker.io/x/os:1": "oci-layout:///w/os@sha256:1"},
)

RUN_FAILED = """\
#5 0.145 line 20
#5 ERROR: process "make" did not complete successfully: exit code: 3
------
 > [2/2] RUN make:
0.145 line 20
------
Dockerfile:3
--------------------
   3 | >>> RUN make
--------------------
ERROR: failed to build: failed to solve: process "make" did not complete successfully: exit code: 3"""


@pytest.mark.parametrize(("name", "request_"), [("push", REQUEST), ("layout", LOCAL)])
def test_the_command_line_is_the_one_that_was_reviewed(name: str, request_: BuildRequest) -> None:
    arguments = build_arguments(request_, "ours", Path("/w/metadata.json"))
    assert "\n".join(arguments) + "\n" == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("#6 [1/2] COPY a /a", "[1/2] COPY a /a"),
        ("#12 0.123 Get:1 http://mirror.example", "Get:1 http://mirror.example"),
        ("#5 DONE 0.2s", ""),
        ("#5 ...", ""),
        ("", ""),
        ("#7 CACHED", "CACHED"),
        ("------", ""),
    ],
)
def test_progress_lines_lose_their_numbers(line: str, text: str) -> None:
    assert step_text(line) == text


def test_a_failing_step_is_shown_with_its_last_lines() -> None:
    error = build_failure(RUN_FAILED, "cann:1 linux/amd64", Path("/logs/cann.log"))
    assert type(error) is BuildError
    assert error.what == "the build failed"
    assert error.detail.splitlines()[1:3] == [" > [2/2] RUN make:", "0.145 line 20"]
    assert "#5" not in error.detail
    assert error.hint.endswith("the whole log: /logs/cann.log")


@pytest.mark.parametrize(
    "said",
    [
        "------\n > [internal] waiting for connection:\n------\nERROR: context deadline exceeded",
        'ERROR: no builder "nope" found',
        "ERROR: failed to build: rpc error: code = Unavailable desc = error reading from server: EOF",
        "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
    ],
)
def test_a_dead_buildkit_is_told_from_a_failing_build(said: str) -> None:
    assert isinstance(build_failure(said, "", None), BuilderUnavailable)


def test_a_step_cannot_pretend_that_buildkit_is_dead() -> None:
    said = RUN_FAILED.replace("line 20", "waiting for connection")
    assert not isinstance(build_failure(said, "", None), BuilderUnavailable)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("0.145 tar: write error: No space left on device", "the disk is full"),
        ("0.145 exec /bin/sh: exec format error", "another platform"),
        ("0.145 Permission denied: failed to push", "the build failed"),
    ],
)
def test_what_the_step_said_decides_the_hint(line: str, what: str) -> None:
    assert what in build_failure(RUN_FAILED.replace("0.145 line 20", line), "", None).what


def test_a_refused_push_is_told() -> None:
    said = (
        "ERROR: failed to build: failed to solve: failed to push reg/x: unexpected status: 401 Unauthorized"
    )
    assert build_failure(said, "", None).hint == "check the staging credentials named in publisher.yml"
