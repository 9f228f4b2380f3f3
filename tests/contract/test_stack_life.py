"""The life of a stack: it ends with its starter, or outlives it where asked; it builds and runs images."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stack import Stack, processes
from tests.stack.state import load_state

REPOSITORY = Path(__file__).parents[2]
STARTER = """
import sys, time
from pathlib import Path
from tests.stack import Stack
Stack.start(Path(sys.argv[1]), services=["quay", "hub"])
print("up", flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    "how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name
)
def test_services_end_with_the_process_that_started_them(how: signal.Signals, tmp_path: Path) -> None:
    argv = [sys.executable, "-c", STARTER, str(tmp_path)]
    with subprocess.Popen(argv, cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as starter:
        assert starter.stdout
        assert starter.stdout.readline() == b"up\n"
        started = load_state(tmp_path).processes
        starter.send_signal(how)
    assert set(started) == {"quay", "hub"}
    deadline = time.monotonic() + 10
    while load_state(tmp_path).processes and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not [name for name, process in started.items() if processes.is_alive(process)]


def test_a_kept_stack_survives_its_starter_until_down(tmp_path: Path) -> None:
    stack_command("up", str(tmp_path), "--services", "quay")
    try:
        assert Stack.attach(tmp_path).is_running("quay")
        assert "quay      running  127.0.0.1:" in stack_command("status", str(tmp_path))
    finally:
        stack_command("down", str(tmp_path))
    assert "quay      stopped" in stack_command("status", str(tmp_path))


def stack_command(*arguments: str) -> str:
    argv = [sys.executable, "-m", "tests.stack", *arguments]
    return subprocess.run(argv, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout


def test_an_image_is_built_pushed_and_run_with_limits(stack: Stack, tmp_path: Path) -> None:
    reference = build_and_push(stack, tmp_path)
    limits = ["--memory", "64m", "--pids-limit", "64", "--network", "none"]
    docker = ["docker", "-H", stack.endpoint("docker")]
    assert "-listen" in output_of(*docker, "run", "--rm", *limits, reference, "-help")


def build_and_push(stack: Stack, folder: Path) -> str:
    """Build an image around a static program, push it to staging by digest, return its reference."""
    program = shutil.which("referrers-registry")
    assert program
    shutil.copy(program, folder / "program")
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY program /program\nENTRYPOINT ["/program"]\n')
    name, metadata = f"{stack.url('staging')}/contract/program", folder / "metadata.json"
    pushed = f"type=image,name={name},push=true,push-by-digest=true,name-canonical=true"
    own = {"BUILDX_CONFIG": str(folder / "buildx")}
    output_of("buildx", "create", "--name", "remote", "--driver", "remote", stack.endpoint("buildkit"), **own)
    builder = ["--builder", "remote", "--provenance=false", "--metadata-file", str(metadata)]
    output_of("buildx", "build", *builder, "--output", pushed, str(folder), **own)
    return f"{name}@{json.loads(metadata.read_text())['containerimage.digest']}"


def output_of(*argv: str, **environment: str) -> str:
    done = subprocess.run(
        argv, capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr
