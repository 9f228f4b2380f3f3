"""What every test gets: a clean environment, and the loopback stack for those that ask."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from tests.stack import Stack, tool_folder

_FOREIGN = ("COSIGN_", "SYFT_", "BUILDX_", "BUILDKIT_", "GITHUB_", "ACTIONS_", "SIGSTORE_", "REGISTRY_")
"""Each flag of these tools is also a variable; a developer's own must not decide a test."""
_FOREIGN_NAMES = {"DOCKER_CONFIG", "DOCKER_CONTEXT", "REGISTRY_AUTH_FILE", "SOURCE_DATE_EPOCH", "GH_TOKEN"}
UNIT = Path(__file__).parent / "unit"
hypothesis.settings.register_profile("fixed", derandomize=True, deadline=None)
hypothesis.settings.register_profile("random", derandomize=False, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Let `make test` try the same cases everywhere; the long tier looks for new ones."""
    hypothesis.settings.load_profile("random" if config.option.markexpr == "soak" else "fixed")


@pytest.fixture(scope="session", autouse=True)
def clean_environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Take foreign settings away, put the pinned tools first on PATH, keep configuration in scratch."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_FOREIGN) or name in _FOREIGN_NAMES:
                patch.delenv(name)
        scratch = tmp_path_factory.mktemp("configuration")
        patch.setenv("PATH", os.pathsep.join([str(tool_folder()), *os.get_exec_path(), "/usr/sbin", "/sbin"]))
        patch.setenv("DOCKER_CONFIG", str(scratch / "docker"))
        patch.setenv("BUILDX_CONFIG", str(scratch / "buildx"))
        yield


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The full stack, once per session; `PUBLISHER_STACK=DIR` names a running one instead."""
    if running := os.environ.get("PUBLISHER_STACK"):
        yield Stack.attach(Path(running))
        return
    with Stack.start(tmp_path_factory.mktemp("stack"), progress=print) as started:
        yield started


@pytest.fixture(autouse=True)
def no_network_in_unit_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse connections in tests/unit: a unit test that opens one is in the wrong folder."""
    if UNIT in request.path.parents:
        monkeypatch.setattr(socket.socket, "connect", _refuse)
        monkeypatch.setattr(socket.socket, "connect_ex", _refuse)


def _refuse(_: socket.socket, address: object) -> None:
    pytest.fail(f"a unit test tried to connect to {address}", pytrace=True)
