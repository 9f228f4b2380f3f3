"""A stateful double of GitHub's releases, on loopback."""

from tests.fakes.github.server import Fault, GitHubDouble

__all__ = ["Fault", "GitHubDouble"]
