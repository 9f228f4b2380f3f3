"""`python -m tests.bench.publish`: measure `publisher copy` beside regctl and curl.

python -m tests.bench.publish                          # everything, median of 3, with the table
python -m tests.bench.publish --only ours              # one run of ours, with its requests by kind
python -m tests.bench.publish --only ours,regctl,curl --rounds 3 --distance 50
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from tests.bench.publish import clients
from tests.bench.publish.registries import KINDS, MIXED, running
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
    CLIENTS["ours"] = lambda job: clients.ours(job, shlex.split(options.program))
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
            names = options.only.split(",")
            if options.rounds > 1:
                track.run(CLIENTS[names[0]])  # does not count: the first of all is slower, whoever it is
            for number in range(options.rounds):
                for at in range(len(names)):
                    _run(track, names[(at + number) % len(names)], options)


def _run(track: Track, name: str, options: argparse.Namespace) -> None:
    then = (CLIENTS[name],) * (options.again if name == "ours" or options.all_again else 0)
    try:
        runs = track.run(CLIENTS[name], then)
    except AssertionError as error:
        if not options.keep_going:
            raise
        print(error, file=sys.stderr)
        return
    for number, run in enumerate(runs):
        print(_as_json(name, run, number) if options.json else _as_text(name, run, options.kinds), flush=True)


def _as_json(name: str, run: Run, number: int) -> str:
    plain = {"client": name, "again": number > 0, "asked": run.asked, "sent_bytes": sum(run.sent.values())}
    return json.dumps({**plain, **asdict(replace(run, output=""))})


def _as_text(name: str, run: Run, kinds: bool) -> str:
    first = (
        f"{name:8} {run.seconds:6.2f} s  cpu {run.cpu:6.2f} s  peak {run.peak / 1e6:5.0f} MB  "
        f"requests {run.asked} {dict(run.requests)} source {run.source_requests}  "
        f"layers sent {sum(run.sent.values()) / 1e6:.0f} MB"
    )
    return "\n".join([first, *(f"    {n:6} {kind}" for kind, n in sorted(run.kinds.items()) if kinds)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.publish")
    parser.add_argument("--only", default="ours", help=f"of {', '.join(CLIENTS)}")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--again", type=int, default=0, help="runs of ours on the same registries after each")
    parser.add_argument("--all-again", action="store_true", help="--again also for the others")
    parser.add_argument("--canns", type=int, default=8, help="seven images each (default: 8)")
    parser.add_argument("--scale", type=float, default=1.0, help="of the layers' sizes")
    parser.add_argument("--distance", type=int, default=0, help="milliseconds of round trip")
    parser.add_argument("--kind", choices=sorted(KINDS), help="of all destinations (default: one of each)")
    parser.add_argument("--kinds", action="store_true", help="show requests by kind")
    parser.add_argument("--folder", type=Path, help="where destinations keep their data")
    parser.add_argument("--program", default="", help="instead of `publisher`, such as a profiler's command")
    parser.add_argument("--json", action="store_true", help="one line of JSON a run")
    parser.add_argument("--keep-going", action="store_true", help="report a client that fails, and go on")
    return parser.parse_args()


if __name__ == "__main__":
    main()
