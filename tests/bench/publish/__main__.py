"""`python -m tests.bench.publish`: measure `publisher copy` beside regctl and curl.

    python -m tests.bench.publish                          # everything, median of 3, with the table
    python -m tests.bench.publish --only ours              # one run of ours, with its requests by kind
    python -m tests.bench.publish --only ours,regctl,curl --rounds 3 --distance 50
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.bench.publish import clients
from tests.bench.publish.registries import MIXED, running
from tests.bench.publish.runs import Client, Run, Track
from tests.bench.publish.world import World

CLIENTS: dict[str, Client] = {
    "ours": clients.ours,
    "regctl": lambda job: clients.regctl(job, 4),
    "regctl8": lambda job: clients.regctl(job, 8),
    "curl": lambda job: clients.curl(job, 4),
}


def main() -> None:
    """Measure by hand."""
    options = _options()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="publish-", dir=memory if memory.is_dir() else None) as name:
        folder = Path(name)
        world = World.write(folder / "staging" / "store", options.canns, options.scale)
        kinds = {key: options.kind or value for key, value in MIXED.items()}
        with (
            running(folder, {"staging": "distribution"}) as staging,
            tempfile.TemporaryDirectory(prefix="publish-", dir=options.folder) as runs,
        ):
            track = Track(world, staging, Path(runs), kinds, options.distance)
            for _ in range(options.rounds):
                for one in options.only.split(","):
                    then = tuple(CLIENTS[one] for _ in range(options.again))
                    for run in track.run(CLIENTS[one], then):
                        show(one, run, verbose=options.kinds)


def show(name: str, run: Run, *, verbose: bool) -> None:
    """Print one run."""
    print(
        f"{name:8} {run.seconds:6.2f} s  cpu {run.cpu:6.2f} s  peak {run.peak / 1e6:5.0f} MB  "
        f"requests {run.asked} {dict(run.requests)} source {run.source_requests}  "
        f"layers sent {sum(run.sent.values()) / 1e6:.0f} MB {dict(run.sent)}",
        flush=True,
    )
    for kind, count in sorted(run.kinds.items()) if verbose else ():
        print(f"    {count:6} {kind}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.publish")
    parser.add_argument("--only", default="ours", help=f"of {', '.join(CLIENTS)}")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--again", type=int, default=0, help="runs after the first, on the same registries")
    parser.add_argument("--canns", type=int, default=8, help="seven images each (default: 8)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the layers' sizes")
    parser.add_argument("--distance", type=int, default=0, help="milliseconds of round trip")
    parser.add_argument("--kind", choices=("distribution", "debian", "referrers"), help="of all destinations")
    parser.add_argument("--kinds", action="store_true", help="show requests by kind")
    parser.add_argument("--folder", type=Path, help="where destinations keep their data")
    return parser.parse_args()


if __name__ == "__main__":
    main()
