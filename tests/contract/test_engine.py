"""What an engine promises, on the fake and on docker."""

from __future__ import annotations

import pytest

from publisher.errors import EngineUnavailable
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.ports.engine import Engine
from publisher.records import test as records
from publisher.tools.engine import DockerEngine
from tests.contract.engines import AMD64, TABLE, World, docker_world
from tests.fakes.engine import FakeEngine
from tests.stack import Stack


@pytest.fixture(scope="module")
def real(stack: Stack) -> World:
    return docker_world(stack)


@pytest.fixture(params=["fake", "docker"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "docker":
        found: World = request.getfixturevalue("real")
        return found
    image = f"registry.test/shell@{Digest.of(b'shell')}"
    return World(FakeEngine({image: TABLE}), image)


def test_commands_are_judged_by_exit_code_and_output(world: World) -> None:
    test = """
commands:
  - {name: right, run: "echo one; echo two >&2; exit 3", exit: 3, output: ["^one$", "o"], error: "^two"}
  - {name: wrong code, run: "echo one; echo two >&2; exit 3"}
  - {name: wrong output, run: "echo one; echo two >&2; exit 3", exit: 3, output: two}
  - {name: wrong error, run: "echo one; echo two >&2; exit 3", exit: 3, error: one}
  - {name: the image's variables, run: "echo $GREETING", output: "^hi$"}
  - {name: no such program, run: [/nowhere], exit: 127}
"""
    results = world.check(test)
    assert [name for name, result in results.items() if result.passed] == ["right", "the image's variables"]
    assert "exit code 3, expected 0" in results["wrong code"].message
    assert "'two' is not in the output" in results["wrong output"].message
    assert "one" in results["wrong error"].message
    assert "cannot be started" in results["no such program"].message


def test_a_command_that_does_not_end_is_ended(world: World) -> None:
    result = world.check('commands: [{name: endless, run: "sleep 60", timeout: 1s}]')["endless"]
    assert not result.passed
    assert "did not end within 1 s" in result.message


def test_files_are_judged_without_running_anything(world: World) -> None:
    verdicts = world.verdicts("""
files:
  - {name: all right, path: /etc/motd, mode: "-rw-r-----", uid: 7, gid: 8,
     contains: [^welcome, second], excludes: third}
  - {name: wrong mode, path: /etc/motd, mode: "-rw-r--r--"}
  - {name: wrong owner, path: /etc/motd, uid: 0}
  - {name: wrong group, path: /etc/motd, gid: 7}
  - {name: lacks, path: /etc/motd, contains: third}
  - {name: has, path: /etc/motd, excludes: second}
  - {name: through links, path: /opt/chain, mode: lrwxrwxrwx, contains: welcome}
  - {name: broken link is there, path: /opt/broken, exists: true}
  - {name: broken link says nothing, path: /opt/broken, contains: welcome}
  - {name: setuid, path: /opt/setuid, mode: "-rwsr-xr-x"}
  - {name: folder, path: /tmp, mode: drwxrwxrwt}
  - {name: folder says nothing, path: /tmp, contains: x}
  - {name: absent as wished, path: /nowhere, exists: false}
  - {name: absent, path: /nowhere/at/all, exists: true}
  - {name: present, path: /tmp, exists: false}
""")
    right = ["all right", "through links", "broken link is there", "setuid", "folder", "absent as wished"]
    assert [name for name, passed in verdicts.items() if passed] == right


def test_the_configuration_is_judged(world: World) -> None:
    right = """image: {user: "7", workdir: /opt, entrypoint: [/bin/cat], command: [x], env: {GREETING: hi},
                      labels: {maker: us}, ports: ["8080"], volumes: [/data]}"""
    assert world.verdicts(right) == {"image configuration": True}
    wrong = """image: {user: root, workdir: /, entrypoint: [], command: [y], env: {GREETING: ho, NONE: x},
                      labels: {maker: them}, ports: ["80"], volumes: [/tmp]}"""
    message = world.check(wrong)["image configuration"].message
    for word in (
        "user",
        "working directory",
        "entry point",
        "command",
        "GREETING",
        "NONE",
        "maker",
        "80",
        "/tmp",
    ):
        assert word in message


def test_a_service_that_does_not_answer_fails(world: World) -> None:
    result = world.check("probes: [{name: closed, tcp: 9, timeout: 1s}]")["closed"]
    assert not result.passed
    assert result.message


def test_another_platform_is_not_tested(world: World) -> None:
    results = world.check("files: [{path: /tmp}]", Platform("linux/arm64"))
    assert [(result.name, result.passed) for result in results.values()] == [("platform", False)]
    assert "linux/amd64" in results["platform"].message


def test_the_own_platform_is_native_and_a_strange_one_impossible(world: World) -> None:
    assert world.engine.mode(AMD64) is records.TestMode.NATIVE
    assert world.engine.mode(Platform("plan9/mips")) is None


def test_an_image_that_cannot_be_pulled_is_the_engines_error(world: World) -> None:
    missing = world.image.rpartition("@")[0] + f"@{Digest.of(b'missing')}"
    with pytest.raises(EngineUnavailable) as caught:
        World(world.engine, missing).check("files: [{path: /tmp}]")
    assert missing in caught.value.where
    assert caught.value.hint


def test_an_engine_that_is_gone_says_how_to_start_it() -> None:
    engines: list[Engine] = [FakeEngine(gone=True), DockerEngine("unix:///nowhere/docker.sock")]
    for engine in engines:
        with pytest.raises(EngineUnavailable, match="start docker"):
            engine.mode(AMD64)
