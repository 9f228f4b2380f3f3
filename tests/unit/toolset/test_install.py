"""The installer with programs that are shell scripts: no Go, no network."""

from __future__ import annotations

import os
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from workflows.tools.toolset import debian
from workflows.tools.toolset.cache import Cache
from workflows.tools.toolset.command import main
from workflows.tools.toolset.fault import Exit, InstallError
from workflows.tools.toolset.install import install
from workflows.tools.toolset.pins import DebianPins, Tool, ToolSet, load_pins
from workflows.tools.toolset.version import Version

TOOL = Tool(
    name="crate",
    version=Version.parse("1.4.0"),
    text_version="1.4.0",
    package="example.test/crate",
    set=ToolSet.RUN,
    seconds=1,
    probe="version",
    says=re.compile("crate v([0-9.]+)"),
)


def script(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only programs are those that a test puts into the folder, and those of /bin."""
    folder = tmp_path / "machine"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path / "cache")


def fake_go(machine: Path, build: str) -> None:
    script(
        machine / "go",
        f'if [ "$1" = env ]; then echo go1.26.8; exit; fi\necho call >> {machine}/calls\n{build}',
    )


def test_a_present_program_of_a_good_version_is_used(machine: Path, cache: Cache) -> None:
    present = script(machine / "crate", "echo crate v1.5.0")
    install(load_pins(), [TOOL], cache)
    assert (cache.bin / "crate").resolve() == present


@pytest.mark.parametrize("says", ["crate v1.3.9", "crate v2.0.0", "something else 1.5.0"])
def test_any_other_program_of_that_name_is_not(says: str, machine: Path, cache: Cache) -> None:
    present = script(machine / "crate", f"echo {says}")
    fake_go(machine, 'echo "#!/bin/sh" > "$GOBIN/server"; chmod +x "$GOBIN/server"')
    install(load_pins(), [TOOL], cache)
    assert (cache.bin / "crate").resolve() == cache.root / "crate-1.4.0" / "crate" != present


def test_a_second_run_does_nothing(machine: Path, cache: Cache) -> None:
    fake_go(machine, 'echo "#!/bin/sh" > "$GOBIN/server"; chmod +x "$GOBIN/server"')
    install(load_pins(), [TOOL], cache)
    install(load_pins(), [TOOL], cache)
    assert (machine / "calls").read_text().split() == ["call"]


def test_a_new_version_moves_the_link_and_keeps_the_old_program(machine: Path, cache: Cache) -> None:
    fake_go(machine, 'echo "#!/bin/sh" > "$GOBIN/server"; chmod +x "$GOBIN/server"')
    install(load_pins(), [TOOL], cache)
    install(load_pins(), [replace(TOOL, version=Version.parse("1.4.1"), text_version="1.4.1")], cache)
    assert (cache.bin / "crate").resolve().parent.name == "crate-1.4.1"
    assert cache.has(TOOL)


def test_a_failed_build_leaves_nothing_and_shows_its_last_lines(machine: Path, cache: Cache) -> None:
    fake_go(machine, "echo 'crate.go:7: undefined: lid'; exit 1")
    with pytest.raises(InstallError) as caught:
        install(load_pins(), [TOOL], cache)
    assert "crate 1.4.0" in str(caught.value)
    assert "undefined: lid" in str(caught.value)
    assert "--only crate" in str(caught.value)
    assert [path.name for path in cache.root.iterdir()] == [".lock"]


def test_a_passing_network_failure_is_tried_again(
    machine: Path, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    fake_go(
        machine,
        f"if [ $(wc -l < {machine}/calls) -lt 2 ]; then echo 'dial tcp: i/o timeout'; exit 1; fi\n"
        'echo "#!/bin/sh" > "$GOBIN/server"; chmod +x "$GOBIN/server"',
    )
    install(load_pins(), [TOOL], cache)
    assert cache.has(TOOL)


def test_an_unknown_name_is_a_usage_error_without_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--only", "nosuch"]) == Exit.MISSING
    assert capsys.readouterr().err.startswith("error: no tool 'nosuch'; there are buildkitd,")


def test_missing_packages_are_found_by_their_programs(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(debian, "engine_answers", lambda _: True)
    script(machine / "mill", "true")
    pins = DebianPins(
        engine={"nosuch-engine": "engine.io"}, stack={"mill": "mill", "nosuch": "some-package"}, arm64={}
    )
    assert debian.missing_packages(pins, arm64=False) == ("some-package",)


def test_without_root_the_exact_command_is_shown(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(machine / "apt-get", "exit 9")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(InstallError, match="apt-get install --yes --no-install-recommends runc") as caught:
        debian.install_packages(["runc"])
    assert caught.value.code == Exit.MISSING


def test_root_installs_packages(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(machine / "apt-get", f'echo "$@" >> {machine}/apt')
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    debian.install_packages(["runc", "git"])
    assert (machine / "apt").read_text().splitlines() == [
        "update --quiet",
        "install --yes --quiet --no-install-recommends runc git",
    ]
