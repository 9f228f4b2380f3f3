"""Registries that several contract suites run on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contract.registries import TokenRegistry, running_token_registry
from tests.fakes.authority import write_authority


@pytest.fixture(scope="session")
def secure_token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenRegistry]:
    """Start a registry that checks every scope, and its realm, both with TLS from a private authority."""
    folder = tmp_path_factory.mktemp("token-tls")
    with running_token_registry(
        folder, write_authority(folder / "authority.pem", "registry.test")
    ) as running:
        yield running
