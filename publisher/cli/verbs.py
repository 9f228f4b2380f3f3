"""The verbs: where each lives, and its line in the help.

A verb's module is imported only when the verb is chosen, and gives
`configure(parser)` and `run(options, surroundings) -> exit code`.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Mapping
from typing import NamedTuple, Protocol, cast

from publisher.cli.surroundings import Surroundings
from publisher.errors import UsageError


class Verb(NamedTuple):
    """Module path and one line of help."""

    module: str
    help: str


class VerbModule(Protocol):
    """What a verb's module gives."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Add the verb's arguments, description and examples."""

    def run(self, options: argparse.Namespace, surroundings: Surroundings) -> int:
        """Do it and give the exit code."""


VERBS: Mapping[str, Verb] = {
    "plan": Verb("publisher.cli.plan", "show what merging would build, test and move, and why"),
    "build": Verb("publisher.cli.build", "build the plan's targets and push them to staging by digest"),
    "test": Verb("publisher.cli.test", "smoke-test what was built, by digest"),
    "index": Verb("publisher.cli.index", "assemble the platforms of each target into one image index"),
    "attest": Verb("publisher.cli.attest", "add SBOMs, provenance, test results and signatures"),
    "publish": Verb("publisher.cli.publish", "copy images and evidence to every registry, then move tags"),
    "copy": Verb("publisher.cli.copy", "copy any images with their evidence, as one transaction"),
    "release": Verb("publisher.cli.release", "write release notes and hand them and the record to the forge"),
    "run": Verb("publisher.cli.run", "do every step, from plan to release; resumable"),
    "try": Verb("publisher.cli.trial", "build and test one target of the working tree, locally"),
    "status": Verb("publisher.cli.status", "show how every tag stands at every registry, and what mends it"),
    "republish": Verb("publisher.cli.republish", "bring released versions to registries that lack them"),
    "rollback": Verb("publisher.cli.rollback", "move tags back to an older version, and hold them there"),
    "thaw": Verb("publisher.cli.thaw", "end a hold: tags go on to the newest released version"),
    "adopt": Verb("publisher.cli.adopt", "take an existing catalog's published tags over as they are"),
    "audit": Verb("publisher.cli.audit", "check every published tag from outside"),
    "catalog": Verb("publisher.cli.catalog", "show what the catalog declares, and what stands on what"),
    "lint": Verb("publisher.cli.lint", "check the catalog"),
    "refresh": Verb("publisher.cli.refresh", "look up base images again and update publisher.lock"),
}
"""`try` is a word of Python's, so its module is `trial`."""


def load(name: str) -> VerbModule:
    """Import a verb.

    Raises:
        UsageError: there is no such verb; names the nearest.
    """
    if name not in VERBS:
        raise UsageError(f"unknown command {name!r}", hint=_suggestion(name))
    return cast(VerbModule, importlib.import_module(VERBS[name].module))


def _suggestion(name: str) -> str:
    import difflib

    near = difflib.get_close_matches(name, VERBS, n=1, cutoff=0.5)
    return f"did you mean `publisher {near[0]}`?" if near else "`publisher --help` lists the commands"
