"""How much work one Dockerfile may cost: counted, so that every machine says the same."""

from __future__ import annotations

from publisher.errors import Malformed

MAX_WORK = 4_000_000
"""Most steps that the expansions of one Dockerfile may take together; a step is some 50 ns."""


class Excessive(Malformed):
    """A text that BuildKit might read and this reader will not: it passes one of our bounds."""


class Budget:
    """The steps that may still be taken: a count and not a clock, so that every machine says the same."""

    def __init__(self, left: int = MAX_WORK) -> None:
        self.left = left

    def spend(self, steps: int) -> None:
        """Take steps off.

        Raises:
            Excessive: there are none left.
        """
        self.left -= steps
        if self.left < 0:
            raise Excessive("up to this line the Dockerfile takes too much work to read")
