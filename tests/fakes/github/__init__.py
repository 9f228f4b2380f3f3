"""A stateful double of GitHub's releases, on loopback."""

from tests.fakes.github.exchange import Exchange, Fault
from tests.fakes.github.server import GitHubDouble

__all__ = ["Exchange", "Fault", "GitHubDouble"]
