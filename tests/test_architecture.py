"""The package keeps its architecture, and each rule would notice if it did not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.cli.verbs import VERBS
from tests.architecture import (
    HEAVY,
    LONGEST,
    PACKAGE,
    Sources,
    impurities,
    long_files,
    nameless_files,
    prints,
    stray_importers,
    upward_imports,
)

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def package() -> Sources:
    found = {path.relative_to(ROOT).as_posix(): path.read_text() for path in (ROOT / PACKAGE).rglob("*.py")}
    assert "publisher/cli/main.py" in found
    return found


@pytest.mark.parametrize(
    "rule", [upward_imports, stray_importers, impurities, prints, long_files, nameless_files]
)
def test_the_package_obeys(rule: Callable[[Sources], list[str]], package: Sources) -> None:
    assert "\n".join(rule(package)) == ""


@pytest.mark.parametrize(
    ("rule", "path", "source"),
    [
        (upward_imports, "publisher/oci/digest.py", "from publisher.catalog.entry import Entry\n"),
        (upward_imports, "publisher/oci/digest.py", "import publisher.plan\n"),
        (upward_imports, "publisher/oci/digest.py", "from publisher import plan\n"),
        (upward_imports, "publisher/oci/digest.py", "def f():\n    from publisher.cli import main\n"),
        (upward_imports, "publisher/errors.py", "from publisher.oci.digest import Digest\n"),
        (upward_imports, "publisher/steps/run.py", "from publisher.apps.site import page\n"),
        (upward_imports, "publisher/oci/digest.py", "from . import platform\n"),
        (upward_imports, "publisher/elsewhere/new.py", ""),
        (stray_importers, "publisher/tools/git.py", "import subprocess\n"),
        (stray_importers, "publisher/steps/test.py", "def f():\n    from docker.errors import NotFound\n"),
        (stray_importers, "publisher/tools/exchange.py", "import requests\n"),
        (impurities, "publisher/plan/planner.py", "import os\n"),
        (impurities, "publisher/plan/planner.py", "from os import path\n"),
        (impurities, "publisher/plan/planner.py", "from pathlib import Path\n"),
        (impurities, "publisher/plan/planner.py", "import pathlib\n"),
        (impurities, "publisher/plan/planner.py", "from urllib import request\n"),
        (impurities, "publisher/plan/planner.py", "x = datetime.now(UTC)\n"),
        (impurities, "publisher/codec.py", "x = open('f')\n"),
        (prints, "publisher/steps/run.py", "print('hello')\n"),
        (long_files, "publisher/steps/run.py", "\n" * (LONGEST + 1)),
        (nameless_files, "publisher/steps/utils.py", ""),
        (nameless_files, "publisher/common/run.py", ""),
    ],
)  # fmt: skip
def test_a_planted_violation_is_found(rule: Callable[[Sources], list[str]], path: str, source: str) -> None:
    assert rule({path: source})


def test_two_importers_of_one_library_are_found() -> None:
    sources = {f"publisher/registry/{name}.py": "import urllib3\n" for name in ("client", "session")}
    assert stray_importers(sources)
    assert not stray_importers({"publisher/registry/client.py": "import urllib3\n"})


def test_what_is_allowed_is_not_complained_about() -> None:
    planner = (
        "import re\nfrom pathlib import PurePosixPath\n"
        "from publisher import errors\nfrom publisher.oci.digest import Digest\n"
    )
    sources = {
        "publisher/plan/planner.py": planner,
        "publisher/cli/main.py": "from publisher import __version__\nprint(__version__)\n",
    }
    assert [c for rule in (upward_imports, stray_importers, impurities, prints) for c in rule(sources)] == []


def test_the_top_level_help_imports_nothing_heavy() -> None:
    program = (
        "import json, sys\nfrom publisher.cli.main import main\n"
        "main(['--help'])\nprint(chr(0) + json.dumps(sorted(sys.modules)))"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    help_text, _, modules = done.stdout.partition("\0")
    assert "usage: publisher" in help_text
    assert set(json.loads(modules)) & (HEAVY | {verb.module for verb in VERBS.values()}) == set()
