"""Who started a container, so that leftovers of a killed run can be told from the work of a living one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

RUN_LABEL = "publisher.run"
"""Label of everything that a run makes in an engine; its value is the run's own random id."""
OWNER_LABEL = "publisher.owner"
"""Label with the process that started the run; see `Owner`."""
MAX_FOREIGN_AGE = 24 * 3600.0
"""Seconds after which things of another machine, boot or process namespace count as left behind."""
_START_TIME = 19
"""Place of `starttime` among the fields of /proc/PID/stat after the program's name; proc(5) calls it 22."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process, never mistaken for a later one: boot, process namespace, number, start in clock ticks."""

    place: str
    pid: int
    started: str

    @classmethod
    def of(cls, pid: int, proc: Path = Path("/proc")) -> Owner | None:
        """Look at a process of this machine; None when it is gone (or there is no /proc)."""
        try:
            boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
            namespace = (proc / "self/ns/pid").readlink()
            status = (proc / str(pid) / "stat").read_text()
        except OSError:
            return None
        return cls(f"{boot}/{namespace}", pid, status.rpartition(")")[2].split()[_START_TIME])

    @classmethod
    def parse(cls, label: str) -> Owner | None:
        """Read the label's value; None when it is not one."""
        place, _, rest = label.rpartition("#")
        pid, _, started = rest.partition(".")
        return cls(place, int(pid), started) if place and pid.isdecimal() and started else None

    def __str__(self) -> str:
        return f"{self.place}#{self.pid}.{self.started}"

    def is_dead(self, here: Owner, proc: Path = Path("/proc")) -> bool | None:
        """Tell whether the process ended; None when it ran where `here` cannot look."""
        if self.place != here.place:
            return None
        return Owner.of(self.pid, proc) != self


def is_left_behind(label: str, age: float, here: Owner | None) -> bool:
    """Tell whether something with this owner label and age in seconds belongs to no living run."""
    owner = Owner.parse(label)
    dead = owner.is_dead(here) if owner and here else None
    return age > MAX_FOREIGN_AGE if dead is None else dead
