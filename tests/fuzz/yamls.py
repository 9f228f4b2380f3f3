"""The YAML files of a catalog from a seed: nearly right ones, and texts that only look like YAML."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

HOSTILE = (
    "--privileged", "-", "../..", "/etc/passwd", "a/../../b", "$(id)", "`id`", "; rm -rf /", "\u202eevil",
    "zero\u200bwidth",
    "\u2066x\u2069", "\u2028", "\ufeff", "é", "\U0001f600", "a" * 300, "9" * 400, "", " ", "null", "~",
    "true", "1e999", "0x1F",
    "3.10", "2024-01-01", "<<", "*a", "&a b", "!t x", "!!python/object:os.system x", "|", ">", "%", "@",
    "`", "- x", "? x", "{}", "[]",
    "{{}}", "{os}", "{os:>9999999999}", "{os.__class__}", "{}", "{", "}", "latest", "d-1", "b-0", "r-1",
    "sha256-x", "layers", "matrix",
    "linux/amd64", "linux/arm64/v8", "windows/amd64", "x86_64", "aarch64", "\\ud800", "'", '"\\ud800"',
    '"\\x00"', '"\\u202e"',
    "ghcr.io/x/y", "https://h/p?q#f", "https://user:pass@h/p", "CON", ".git/config", "a b", "a:b", "a: b",
    "#", "Dockerfile", "smoke.yml",
)  # fmt: skip
KEYS = (
    "path", "arch", "platforms", "context", "target", "internal", "status", "base", "args", "aliases",
    "latest", "smoke", "requires",
    "matrix", "axes", "exclude", "include", "tag", "when", "overrides", "images", "version", "source",
    "format", "catalog", "root",
    "layout", "references", "staging", "prefix", "registries", "routes", "to", "builders", "driver",
    "endpoint", "signing", "mode",
    "private", "public", "password_env", "username_env", "policy", "tests", "forge", "kind", "token_env",
    "directory", "required",
    "evidence", "readme", "bases", "adopted", "generations", "digests", "index", "date", "number", "reason",
    "commands", "run", "output",
    "files", "exists", "image", "env", "probes", "http", "status", "network", "schemaVersion",
    "commandTests", "exit", "timeout",
)  # fmt: skip


def tree(random: Random, depth: int = 0) -> str:
    """Write any YAML."""
    return "\n".join(_block(random, depth)) + random.choice(("\n", "\n", "", "\r\n"))


def _block(random: Random, depth: int) -> list[str]:
    indent = "  " * depth
    if random.random() < 0.3:
        return [f"{indent}- {_value(random, depth)}" for _ in range(random.randrange(1, 4))]
    lines: list[str] = []
    for _ in range(random.randrange(1, 5)):
        key = random.choice((*KEYS, *KEYS, *HOSTILE))
        if depth < 4 and random.random() < 0.4:
            lines += [f"{indent}{key}:", *_block(random, depth + 1)]
        else:
            lines.append(f"{indent}{key}: {_value(random, depth)}")
    return lines


def _value(random: Random, depth: int) -> str:
    makers: tuple[Callable[[], str], ...] = (
        lambda: random.choice(HOSTILE),
        lambda: random.choice(KEYS),
        lambda: f'"{random.choice(HOSTILE)}"',
        lambda: f"'{random.choice(HOSTILE)}'",
        lambda: "[" + ", ".join(random.choice((*KEYS, *HOSTILE)) for _ in range(random.randrange(4))) + "]",
        lambda: "{" + ", ".join(f"{key}: {random.choice(HOSTILE)}" for key in random.sample(KEYS, 3)) + "}",

        lambda: "|\n" + "  " * (depth + 1) + random.choice(HOSTILE),
        lambda: str(random.randrange(-5, 10**random.randrange(1, 30))),
    )  # fmt: skip
    return random.choice(makers)()


def meta(random: Random) -> str:
    """Write a `meta.yml`: literal entries in both forms, or a matrix."""
    if random.random() < 0.4:
        return matrix(random)
    lines: list[str] = []
    for number in range(random.randrange(1, 6)):
        tag = random.choice((f"1.{number}", f"1.{number}-oe2403", f"t{number}", random.choice(HOSTILE)))
        form = random.random()
        if form < 0.25:
            lines.append(f"{tag}: {_path(random)}")
        elif form < 0.35:
            lines.append(f"{tag}: [{_path(random)}]")
        else:
            lines += [f"{tag}:", f"  path: {_path(random)}", *(f"  {line}" for line in _fields(random))]
    return "\n".join(lines) + "\n"


def _path(random: Random) -> str:
    return random.choice(("Dockerfile", "1.0/Dockerfile", "./Dockerfile", "/1.0/Dockerfile",
        "app/1.0/Dockerfile", "link", "gone",
                          random.choice(HOSTILE)))  # fmt: skip


def _fields(random: Random) -> list[str]:
    choices = (
        "arch: x86_64", "arch: aarch64", "platforms: [linux/amd64]",
        "platforms: [linux/amd64, linux/arm64]", "context: .", "context: ..",
        "target: build", "internal: true", "status: frozen", "status: end-of-life 2026-01-01",
        "base: base:1.0", "args: {A: b}",
        "args: {TAG: x, BASE: y}", "aliases: [a1, a2]", "aliases: [{tag: x, when: {os: a}}]",
        "latest: true", "smoke: smoke.yml",
        "requires: {chip: [a]}", f"{random.choice(KEYS)}: {_value(random, 2)}",
        f"args: {{A: {random.choice(HOSTILE)}}}",
        f"aliases: [{random.choice(HOSTILE)}]", f"base: {random.choice(HOSTILE)}",
        f"context: {random.choice(HOSTILE)}",
    )  # fmt: skip
    return random.sample(choices, random.randrange(5))


def matrix(random: Random) -> str:
    """Write the matrix form."""
    axes = {name: random.sample(("ubuntu", "openeuler", "3.8", '"3.9"', "8.0.rc1", random.choice(HOSTILE)),
        random.randrange(4))
            for name in random.sample(("os", "python", "cann", "a", "b", random.choice(HOSTILE)),
                random.randrange(1, 5))}  # fmt: skip
    if random.random() < 0.05:
        axes = {f"x{n}": [str(one) for one in range(10)] for n in range(9)}
    names = list(axes)
    some = random.choice(names)
    listed = ", ".join(f"{name}: [{', '.join(values)}]" for name, values in axes.items())
    tag = "-".join(f"{{{name}}}" for name in random.sample(names, random.randrange(1, len(names) + 1)))
    lines = [f"  - axes: {{{listed}}}", f'    tag: "{tag}"']
    condition = f"{{{some}: {random.choice((*axes[some], 'none', random.choice(HOSTILE)))}}}"
    choices = (
        'path: "Dockerfile"', f'path: "{{{some}}}/Dockerfile"', f"exclude: [{condition}]",
        f"include: [{condition}]", f"latest: {condition}",
        f'aliases: [{{tag: "x{{{some}}}", when: {condition}}}]', f'args: {{A: "{{{some}}}"}}',
        f'base: "base:{{{some}}}"', "smoke: smoke.yml",
        f"overrides: [{{when: {condition}, path: 1.0/Dockerfile}}]",
        f"{random.choice(KEYS)}: {_value(random, 3)}",
        f'tag: "{random.choice(HOSTILE)}"', "requires: {chip: [a]}", "platforms: [linux/amd64]",
    )  # fmt: skip
    lines += [f"    {line}" for line in ('path: "Dockerfile"', *random.sample(choices, random.randrange(6)))]
    return "\n".join([random.choice(("matrix:", "matrix:", "1.0: Dockerfile\nmatrix:")), *lines]) + "\n"
