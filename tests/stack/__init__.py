"""A loopback stack for tests and the demo: real registries, BuildKit and a Docker engine, no network."""

from tests.stack.access_log import Request
from tests.stack.binfmt import enable_arm64
from tests.stack.faults import StackError
from tests.stack.services import ALL, DAEMONS, REGISTRIES
from tests.stack.stack import Stack
from tests.stack.tool_folder import tool_folder

__all__ = ["ALL", "DAEMONS", "REGISTRIES", "Request", "Stack", "StackError", "enable_arm64", "tool_folder"]
