"""What only a real engine can show: limits, services, clean-up, and agreement with Google's tool."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from publisher.catalog.smoke_file import read_smoke
from publisher.tools.engine import DockerEngine
from publisher.tools.engine_owner import OWNER_LABEL, RUN_LABEL, Owner
from tests.contract.engines import AMD64, World, docker_world
from tests.contract.tiny_image import push_image, shell_layer
from tests.stack import Stack, tool_folder


@pytest.fixture(scope="module")
def real(stack: Stack) -> World:
    return docker_world(stack)


@pytest.fixture
def client(stack: Stack) -> Iterator[docker.APIClient]:
    with_api = docker.APIClient(base_url=stack.endpoint("docker"))
    before = everything_of_ours(with_api)
    yield with_api
    assert everything_of_ours(with_api) == before, "the test left something behind"
    with_api.close()


def everything_of_ours(client: docker.APIClient) -> list[str]:
    wanted = {"label": RUN_LABEL}
    found = [
        *client.containers(all=True, filters=wanted),
        *client.images(filters=wanted),
        *client.networks(filters=wanted),
    ]
    return sorted(each["Id"] for each in found)


@pytest.fixture
def service(stack: Stack) -> World:
    entry = {
        "Entrypoint": ["/bin/referrers-registry"],
        "Cmd": ["-listen", "0.0.0.0:8080", "-data", "/tmp/data"],
    }
    layer = shell_layer(extra=[(tool_folder() / "referrers-registry").resolve()])
    reference = push_image(f"{stack.url('staging')}/engine/service", layer, config=entry)
    return World(DockerEngine(stack.endpoint("docker")), reference.pinned)


def test_services_are_asked_at_their_own_address(service: World, client: docker.APIClient) -> None:
    results = service.check("""
probes:
  - {name: http, http: 8080/v2/, status: 200, timeout: 20s}
  - {name: not found, http: 8080/nowhere, status: 404, timeout: 20s}
  - {name: tcp, tcp: 8080, timeout: 20s}
  - {name: wrong status, http: 8080/v2/, status: 204, timeout: 1s}
  - {name: other port, http: 8081/v2/, timeout: 1s}
  - {name: ends at once, tcp: 8080, run: [-nonsense], timeout: 20s}
""")
    assert [name for name, result in results.items() if result.passed] == ["http", "not found", "tcp"]
    assert "status 200, expected 204" in results["wrong status"].message
    assert "the container ended" in results["ends at once"].message
    assert "nonsense" in results["ends at once"].message


def test_commands_see_no_network_unless_asked_for(real: World, client: docker.APIClient) -> None:
    test = 'commands: [{name: interfaces, run: "cat /proc/net/dev", output: "eth0"}]'
    assert not real.check(test)["interfaces"].passed
    assert real.check(f"{test}\nnetwork: true")["interfaces"].passed


def test_memory_processes_and_privileges_are_limited(real: World, client: docker.APIClient) -> None:
    verdicts = real.verdicts("""
memory: 64m
processes: 20
commands:
  - {name: memory, output: "^67108864",
     run: "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2>/dev/null; :"}
  - {name: processes, exit: 2, error: "(?i)fork|resource",
     run: "i=0; while [ $i -lt 25 ]; do sleep 5 & i=$((i+1)); done"}
  - {name: privileges, run: "cat /proc/self/status",
     output: ["NoNewPrivs:\\\\s+1", "CapBnd:\\\\s+0000000080"]}
""")
    assert verdicts["memory"]
    assert verdicts["processes"]
    assert verdicts["privileges"]


def test_much_output_is_cut_and_its_absence_not_claimed(real: World, client: docker.APIClient) -> None:
    line = "0123456789" * 4
    loop = f"i=0; while [ $i -lt 3000 ]; do echo {line}; i=$((i+1)); done; echo END"
    results = real.check(f'commands: [{{name: much, run: "{loop}", output: ["^0123", END]}}]')
    assert "'END' is not in the output" in results["much"].message
    assert "'^0123'" not in results["much"].message
    assert len(results["much"].message) < 2000


def test_terminal_sequences_do_not_come_through(real: World, client: docker.APIClient) -> None:
    said: list[str] = []
    test = read_smoke(
        "s.yml", b"version: 1\ncommands: [{run: \"printf '\\\\033]0;owned\\\\007red'\", exit: 1}]"
    )
    results = real.engine.run(real.image, AMD64, test, said.append)
    assert "red" in results[0].message
    assert "\x1b" not in results[0].message + "".join(said)


STRUCTURE = b"""schemaVersion: 2.0.0
globalEnvVars: [{key: GLOBAL, value: "$GREETING there"}]
commandTests:
  - {name: setup is seen, setup: [[/bin/sh, -c, "echo made > /tmp/made; exit 9"]],
     command: /bin/cat, args: [/tmp/made], expectedOutput: [made]}
  - {name: setup is gone, command: /bin/sh, args: [-c, "cat /tmp/made"], exitCode: 1}
  - {name: variables, envVars: [{key: OWN, value: own}],
     command: /bin/sh, args: [-c, "echo $GLOBAL $OWN $NOWHERE."], expectedOutput: ["hi there own [.]"]}
  - {name: shell variables are expanded too early, command: /bin/sh, args: [-c, "X=1; echo [$X]"],
     expectedOutput: ['^\\[\\]']}
  - {name: end of text, command: /bin/sh, args: [-c, "echo one"], expectedOutput: ['one$']}
  - {name: end of line, command: /bin/sh, args: [-c, "echo one"], expectedOutput: ['(?m)one$']}
  - {name: excluded, command: /bin/sh, args: [-c, "echo one"], excludedOutput: [one]}
  - {name: wrong error, command: /bin/sh, args: [-c, "echo one"], expectedError: [one]}
  - {name: wrong code, command: /bin/sh, args: [-c, "exit 1"]}
fileExistenceTests:
  - {name: motd, path: /etc/motd, permissions: "-rw-r-----", uid: 7, gid: 8}
  - {name: motd for others, path: /etc/motd, isExecutableBy: other}
  - {name: setuid, path: /opt/setuid, permissions: urwxr-xr-x, isExecutableBy: any}
  - {name: link, path: /opt/link, permissions: Lrwxrwxrwx}
  - {name: sticky, path: /tmp, permissions: dtrwxrwxrwx}
  - {name: absent, path: /nowhere, shouldExist: false}
  - {name: should be absent, path: /tmp, shouldExist: false}
  - {name: should be there, path: /nowhere}
fileContentTests:
  - {name: content, path: /etc/motd, expectedContents: [welcome], excludedContents: [third]}
  - {name: wrong content, path: /etc/motd, expectedContents: [third]}
metadataTest:
  envVars: [{key: GREETING, value: hi}, {key: PATH, value: "^/b.n$", isRegex: true}]
  unboundEnvVars: [{key: NOWHERE}]
  labels: [{key: maker, value: us}]
  entrypoint: [/bin/cat]
  cmd: [x]
  exposedPorts: ["8080"]
  unexposedPorts: ["80"]
  volumes: [/data]
  unmountedVolumes: [/other]
  workdir: /opt
  user: "7"
"""


def test_googles_form_means_what_googles_tool_says(
    real: World, client: docker.APIClient, stack: Stack, tmp_path: Path
) -> None:
    ours = real.engine.run(real.image, AMD64, read_smoke("test.yaml", STRUCTURE), lambda _: None)
    (tmp_path / "test.yaml").write_bytes(STRUCTURE)
    theirs = google(tmp_path / "test.yaml", real.image, stack.endpoint("docker"), tmp_path)
    assert {result.name: result.passed for result in ours} == theirs


def google(config: Path, image: str, endpoint: str, home: Path) -> dict[str, bool]:
    program = Path(sys.executable).with_name("container-structure-test")
    if not program.exists():
        pytest.skip("container-structure-test is not installed")
    said = subprocess.run(
        [program, "test", "--image", image, "--config", config, "--output", "json"],
        env={"PATH": os.defpath, "DOCKER_HOST": endpoint, "HOME": str(home)}, capture_output=True,
        check=False,
    ).stdout  # fmt: skip
    names = {"Metadata Test": "image configuration"}
    results = json.loads(said)["Results"]
    return {names.get(each["Name"], each["Name"].partition(": ")[2]): each["Pass"] for each in results}


KILLED = """
import os, signal, sys
from publisher.catalog.smoke_file import read_smoke
from publisher.oci.platform import Platform
from publisher.tools import engine, engine_box
engine_box.Boxes.finish = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
test = read_smoke("s.yml", b"version: 1\\nnetwork: true\\ncommands: [{run: sleep 60}]")
engine.DockerEngine(sys.argv[1]).run(sys.argv[2], Platform("linux/amd64"), test, print)
"""


def test_what_a_killed_run_left_is_cleaned_and_nothing_else(
    real: World, client: docker.APIClient, stack: Stack
) -> None:
    assert isinstance(real.engine, DockerEngine)
    labels = {RUN_LABEL: "living", OWNER_LABEL: str(Owner.of(os.getpid()))}
    real.check("files: [{path: /tmp}]")
    living = client.create_container(real.image, "x", labels=labels)["Id"]
    try:
        before = everything_of_ours(client)
        argv = [sys.executable, "-c", KILLED, stack.endpoint("docker"), real.image]
        done = subprocess.run(argv, cwd=Path(__file__).parents[2], check=False, capture_output=True)
        assert done.returncode == -signal.SIGKILL, done.stderr
        assert len(everything_of_ours(client)) == len(before) + 2
        assert real.engine.cleanup_stale() == 2
        assert everything_of_ours(client) == before
    finally:
        client.remove_container(living)


def test_an_image_is_forgotten_on_request(real: World, client: docker.APIClient) -> None:
    assert isinstance(real.engine, DockerEngine)
    real.check("files: [{path: /tmp}]")
    assert real.engine.forget(real.image)
    assert not real.engine.forget(real.image)
