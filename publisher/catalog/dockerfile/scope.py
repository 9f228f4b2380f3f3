"""Variables of a Dockerfile: which ARG and ENV hold where, and what platforms set by themselves."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from publisher.catalog.dockerfile.budget import Budget
from publisher.catalog.dockerfile.reader import Dockerfile, Instruction, declared_args
from publisher.catalog.dockerfile.split import pairs
from publisher.catalog.dockerfile.words import MAX_EXPANSION, Rules, expand
from publisher.errors import CatalogError, Malformed
from publisher.oci.platform import Platform

_SPECIAL = re.compile(r"[$'\"\\`]")
"""What a text must have to differ from its expansion; nearly none has."""
_QUOTING = re.compile(r"['\"\\`]")
_VARIABLE = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})")
_BUILD_VARIABLE = re.compile(r"\bBUILD(?:PLATFORM|OS|OSVERSION|ARCH|VARIANT)\b")


@lru_cache(maxsize=1024)
def platform_args(target: Platform, build: Platform, stage: str | None) -> Mapping[str, str]:
    """Give the variables that BuildKit sets in the global scope.

    https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
    """
    found = {"TARGETSTAGE": stage or "default"}
    for side, platform in (("TARGET", target), ("BUILD", build)):
        variant = platform.variant or ("v7" if platform.architecture == "arm" else "")
        found |= {
            f"{side}PLATFORM": f"{platform.os}/{platform.architecture}" + (f"/{variant}" if variant else ""),
            f"{side}OS": platform.os,
            f"{side}OSVERSION": "",
            f"{side}ARCH": platform.architecture,
            f"{side}VARIANT": variant,
        }
    return MappingProxyType(found)


def names_build_platform(text: str) -> bool:
    """Tell whether a text mentions one of the variables for the platform of the builder."""
    return bool(_BUILD_VARIABLE.search(text))


@dataclass(frozen=True, slots=True)
class Global:
    """The scope before the first FROM, and the build arguments that override defaults."""

    dockerfile: Dockerfile
    args: Mapping[str, str]
    values: Mapping[str, str]
    budget: Budget = field(default_factory=Budget, compare=False)

    def expand(self, text: str, line: int) -> str:
        """Expand a text of a FROM line; what is not set is empty.

        Raises:
            CatalogError: the text cannot be expanded.
        """
        return expand_at(text, self.values, self.dockerfile, line, budget=self.budget)[0]

    def spend(self, steps: int, line: int) -> None:
        """Count work that is done for a line.

        Raises:
            CatalogError: the Dockerfile takes too much of it.
        """
        try:
            self.budget.spend(steps)
        except Malformed as error:
            raise refused(error, self.dockerfile, line) from error


def global_scope(dockerfile: Dockerfile, args: Mapping[str, str], automatic: Mapping[str, str]) -> Global:
    """Evaluate the ARGs before the first FROM, in order.

    Raises:
        CatalogError: a default cannot be expanded.
    """
    values = {**automatic, **{name: args[name] for name in args.keys() & automatic.keys()}}
    budget = Budget()
    for (name, default), line in zip(dockerfile.global_args, dockerfile.arg_lines, strict=True):
        if name in args:
            values[name] = args[name]
        elif default is not None:
            values[name] = expand_at(default, values, dockerfile, line, budget=budget)[0]
    return Global(dockerfile, args, values, budget)


@dataclass(slots=True)
class Scope:
    """The variables inside of a stage.  While it is `open_ended` an unseen base image may set others."""

    outer: Global
    values: dict[str, str]
    unknown: set[str]
    open_ended: bool

    def child(self, line: int) -> Scope:
        """Give the scope of a stage, begun in that line, that is based on this one."""
        self.outer.spend(4 * len(self.values), line)
        return Scope(self.outer, dict(self.values), set(self.unknown), self.open_ended)

    def expand(self, text: str, line: int) -> str | None:
        """Expand a text; None where it depends on what cannot be known.

        Raises:
            CatalogError: the text cannot be expanded.
        """
        if not _SPECIAL.search(text):
            return text
        text, missing = expand_at(
            text, self.values, self.outer.dockerfile, line,
            open_ended=self.open_ended, maybe=self.unknown, budget=self.outer.budget,
        )  # fmt: skip
        return None if missing & self.unknown or (missing and self.open_ended) else text

    def declare(self, instruction: Instruction) -> None:
        """Take an ARG: a build argument, else its default, else what the global scope has."""
        try:
            declared = declared_args(instruction, self.outer.dockerfile.escape)
        except Malformed as error:
            raise refused(error, self.outer.dockerfile, instruction.line) from error
        for name, default in declared:
            if name in self.outer.args:
                self._set(name, self.outer.args[name])
            elif default is not None:
                self._set(name, self.expand(default, instruction.line))
            elif name in self.outer.values:
                self._set(name, self.outer.values[name])

    def assign(self, instruction: Instruction) -> None:
        """Take an ENV: all its values see the variables before it."""
        try:
            found = pairs(instruction.text, self.outer.dockerfile.escape)
        except Malformed as error:
            raise refused(error, self.outer.dockerfile, instruction.line) from error
        line = instruction.line
        values = [(self.expand(name, line), self.expand(value, line)) for name, value in found]
        for name, value in values:
            if name is None:
                self.open_ended = True
            else:
                self._set(name, value)

    def _set(self, name: str, value: str | None) -> None:
        self.unknown.discard(name)
        self.values.pop(name, None)
        if value is None:
            self.unknown.add(name)
        else:
            self.values[name] = value


def expand_at(
    text: str,
    env: Mapping[str, str],
    dockerfile: Dockerfile,
    line: int,
    *,
    open_ended: bool = False,
    maybe: Collection[str] = (),
    budget: Budget | None = None,
) -> tuple[str, frozenset[str]]:
    """Expand a text of the Dockerfile; give it and the names that are not set.

    Raises:
        CatalogError: the text cannot be expanded.
    """
    if not _SPECIAL.search(text):
        return text, frozenset()
    if simple := _expand_simple(text, env):
        return simple
    try:
        found = expand(
            text, env, Rules(escape=dockerfile.escape, open_ended=open_ended, maybe=frozenset(maybe)), budget
        )
    except Malformed as error:
        raise refused(error, dockerfile, line) from error
    return found.text, found.missing


def _expand_simple(text: str, env: Mapping[str, str]) -> tuple[str, frozenset[str]] | None:
    """Expand a text that has nothing but `$name` and `${name}`, as most have; None for another."""
    if _QUOTING.search(text) or not text.isascii() or len(_VARIABLE.findall(text)) != text.count("$"):
        return None
    names = [plain or braced for plain, braced in _VARIABLE.findall(text)]
    expanded = _VARIABLE.sub(lambda match: env.get(match[1] or match[2], ""), text)
    return (expanded, frozenset(names) - env.keys()) if len(expanded) <= MAX_EXPANSION else None


def refused(error: Malformed, dockerfile: Dockerfile, line: int) -> CatalogError:
    """Give the error for a line that cannot be understood."""
    return CatalogError(error.what, where=f"{dockerfile.path}:{line}" if line else dockerfile.path)
