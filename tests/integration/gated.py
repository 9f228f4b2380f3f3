"""A catalog of one image that meets every registry through a gate."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.integration.expectations import expect_published
from tests.integration.gate import Gate, gate_before
from tests.integration.small import REGISTRIES, Ran, SmallCatalog, small_catalog
from tests.stack import Request, Stack

IMAGE = "base"


@dataclass
class Gated:
    """The catalog and its gates; the catalog's own questions (`tags`, `writes`) go past them."""

    catalog: SmallCatalog
    gates: Mapping[str, Gate]
    editions: int = 1

    def new_edition(self, about: str) -> str:
        """Commit a change of the image; give the commit."""
        self.editions += 1
        self.catalog.write(f"meta/{IMAGE}/{IMAGE}.txt", f"edition {self.editions}, {about}\n")
        return self.catalog.commit(f"Edition {self.editions}: {about}")

    def run_with(self, variables: Mapping[str, str], *words: str) -> Ran:
        """Run the command line with more variables in its environment."""
        return replace(self.catalog, environment=dict(variables)).run(*words)

    def open_all(self) -> None:
        """Let every gate stand open again."""
        for gate in self.gates.values():
            gate.reset()

    def converges(self, *words: str) -> None:
        """Require that one more run, all gates open, publishes what the catalog says."""
        self.open_all()
        ran = self.catalog.run("run", *words)
        assert ran.code == 0, ran.text
        expect_published(self.catalog, IMAGE)

    def writes_since(self, before: Mapping[str, list[Request]]) -> dict[str, list[str]]:
        """Give what was written to each registry after `before`, as `METHOD path`."""
        return {
            name: [f"{item.method} {item.path.partition('?')[0]}" for item in found[len(before[name]) :]]
            for name, found in self.catalog.writes().items()
        }


def only_base(catalog: SmallCatalog) -> None:
    """Leave one image of the three."""
    for image in ("middle", "leaf"):
        shutil.rmtree(catalog.repository / "meta" / image)


@contextmanager
def gated_catalog(stack: Stack, directory: Path) -> Iterator[Gated]:
    """Make the catalog, its gates open, and its first release."""
    catalog = small_catalog(stack, directory)
    only_base(catalog)
    with ExitStack() as closing:
        gates = {
            name: closing.enter_context(gate_before(stack.url(name))) for name in ("staging", *REGISTRIES)
        }
        settings = (catalog.repository / "publisher.yml").read_text(encoding="utf-8")
        for name, gate in gates.items():
            settings = re.sub(rf'"{stack.url(name)}(/[^"]*)"', rf'"{gate.host}\1", {_login(name)}', settings)
        catalog.write("publisher.yml", settings)
        catalog.commit("Go through gates")
        first = catalog.run("run", "--base", "empty")
        assert first.code == 0, first.text
        yield Gated(catalog, gates)


def _login(name: str) -> str:
    """Name the variables of a registry's credentials; a gate that asks for none does not mind."""
    return f"username_env: {name.upper()}_USER, password_env: {name.upper()}_PASSWORD"
