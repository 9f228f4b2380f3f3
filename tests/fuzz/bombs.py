"""Inputs that are small and would be dear: each as large as its reader allows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from publisher.catalog.dockerfile.reader import MAX_BYTES
from tests.fuzz.world import NATIVE, Case

DOCKERFILE, META, IGNORE, LOCK, SETTINGS = (
    "base/Dockerfile", "app/meta.yml", "app/.dockerignore", "publisher.lock", "publisher.yml"
)  # fmt: skip
MIB = 1024 * 1024
MATRIX = "matrix:\n  - axes: {{{axes}}}\n    tag: '{tag}'\n    path: Dockerfile\n"


def filled(head: str, line: str, most: int = MAX_BYTES) -> str:
    """Repeat a line until the file is full."""
    return head + line * ((most - len(head.encode())) // len(line.encode()))


def dockerfiles() -> Mapping[str, str]:
    """Give Dockerfiles."""
    long, most = "a" * 8000, 240_000
    many = "".join(f"a{n}=1 " for n in range(999))
    stages = "".join(f"FROM x AS s{n}\n" for n in range(499))
    nested = "${A:-" * 19 + "}" * 19
    return {
        "stars": filled("FROM scratch\nARG A=" + "a" * 90 + "\n", "ARG B=${A##*" + "a*" * 23 + "b}\n"),
        "stars in one line": filled(f"FROM scratch\nENV A={'a' * 70}\n", f"ENV B={'${A##*a*a*a*b}' * 100}\n"),

        "question marks": filled(f"FROM scratch\nENV A={long}\n", "ENV B=${A#*" + "?" * 99 + "b}\n"),

        "replacements": filled("FROM scratch\nENV A=" + "a" * 4000 + "\n", "ENV B=${A//?a/b}\n"),
        "long replacements": filled(f"FROM scratch\nENV A={long}\n", "ENV B=${A//" + "?" * 4000 + "b/b}\n"),

        "doubling": filled("ARG A=aaaaaaaa\n", "ARG A=$A$A\n") + "FROM x",
        "doubling in a stage": filled("FROM scratch\nENV A=aaaaaaaa\n", "ENV A=$A$A\n"),
        "a large value often": filled("FROM scratch\nENV A=" + "a" * 7000 + "\n", "ENV B=$A C=$A D=$A\n"),
        "stages": filled("", "FROM x\n"),
        "stages from stages": "FROM x AS s\n" + "FROM s AS s\n" * 499,
        "inherited variables": filled("FROM scratch AS s\n", f"ENV {many}\n", most) + "FROM s AS s\n" * 499,
        "inherited triggers": filled("FROM x AS s\n", "ONBUILD RUN x\n", 250_000) + "FROM s\n" * 499,
        "copies": filled("FROM x\n", "COPY a b\n"),
        "copies with many sources": filled("FROM x\n", "COPY " + "a " * 3900 + "b\n"),
        "copies with stars": filled("FROM x\n", "COPY " + "*a" * 50 + "b /\n"),
        "copies from a stage": stages + filled("", "COPY --from=s7 a b\n", most),

        "nesting": filled("FROM x\n", f"ENV A={nested}\n"),
        "deep nesting": "FROM x\nENV A=" + "${A:-" * 1500 + "}" * 1500,
        "nesting in a heredoc": filled("FROM x\n", f"RUN <<{nested}\n"),
        "heredocs": filled("FROM x\n", "RUN " + "<<E " * 1900 + "\n" + "E\n" * 1900),
        "heredocs that are none": filled("FROM x\n", "RUN <<'\n"),
        "a heredoc without end": filled("FROM x\nRUN <<E\n", "x\n"),
        "flags": filled("FROM x\n", "RUN " + "--mount=a " * 800 + "\n"),
        "mounts": filled("FROM x\n", "RUN --mount=" + 'a=b,"c""=d",' * 500 + "\n"),
        "lists": filled("FROM x\n", "COPY [" + '"a",' * 1990 + '"b"]\n'),
        "brackets": filled("FROM x\n", "COPY " + "[" * 8000 + " /\n"),
        "continuations": filled("FROM x\nRUN a \\\n", "#\n"),
        "a long line": "FROM x\nRUN " + "a" * 200_000,
        "arguments": filled("FROM x\n", "ARG a b c d e f g\n"),
        "missing names": filled("FROM x\n", "COPY " + "$A" * 3900 + " /\n"),
        "cyclic arguments": "ARG A=$B\nARG B=$A\nFROM $A",
        "binary": "\x7fELF\0\1\2" * 1000,
        "turned text": "# \u202eok\nFROM scratch\nCOPY a\u202eb /\n",
        "too large": "#" * (MAX_BYTES + 1),
    }  # fmt: skip


def metas() -> Mapping[str, str]:
    """Give `meta.yml` files."""
    digits = ", ".join(map(str, range(10)))
    axes = ", ".join(f"x{n}: [{digits}]" for n in range(9))
    return {
        "a list": "[" + "a," * (MIB // 2 - 2) + "]",
        "keys without values": "{" + "a," * (MIB // 2 - 2) + "}",
        "one key": "a: b\n" * (MIB // 5),
        "entries": "".join(f"t{n}: Dockerfile\n" for n in range(3_900)),
        "entries that are wrong": "".join(f"t{n}: {{pathh: x}}\n" for n in range(1_900)),
        "tags that are wrong": "".join(f"-{n}: Dockerfile\n" for n in range(3_900)),
        "arguments": "".join(f"t{n}: {{path: Dockerfile, args: {{A: x{n}}}}}\n" for n in range(1140)),
        "nesting": "a: " + "[" * 100_000,
        "an alias bomb": "a: &a [x]\n" + "".join(f"{c}: &{c} [*a, *a, *a]\n" for c in "bcdefg"),
        "a thousand million combinations": MATRIX.format(axes=axes, tag="{x0}"),
        "wide templates": MATRIX.format(axes=f"a: [{'a' * 200}]", tag="{a}" * 5000),
        "a long text": "a: |\n" + " a\n" * (MIB // 3 - 10),
        "comments": "#\n" * (MIB // 2),
        "a hundred megabytes": " " * (100 * MIB),
        "a surrogate": '"\\ud800": Dockerfile\n',
        "a turned tag": "1.0\u202e: Dockerfile\n",
        "a turned tag by an escape": '"1.0\\u202e": Dockerfile\n',
    }  # fmt: skip


def locks() -> Mapping[str, str]:
    """Give locks."""
    digest = "sha256:" + "0" * 64
    base = (
        '  "docker.io/library/b{}:1":\n    date: "2026-01-31T12:00:00Z"\n    digests: {{linux/amd64: "{}"}}\n'
        '    source: "docker.io/library/b"\n'
    )
    return {
        "bases": "version: 1\nbases:\n" + "".join(base.format(n, digest) for n in range(2_000)),
        "a list": "[" + "a," * MIB + "]",
    }  # fmt: skip


def bombs() -> Iterator[tuple[str, Case]]:
    """Give every one with its name."""
    for path, texts in ((DOCKERFILE, dockerfiles()), (META, metas()), (LOCK, locks()), (SETTINGS, metas())):
        for name, text in texts.items():
            yield f"{path}: {name}", Case(NATIVE, path, text.encode("utf-8", "surrogatepass"))
    many = {**NATIVE, **{f"app/data/d{n % 40}/file{n}.txt": "" for n in range(4000)}}
    lines = {
        "plain": [f"x{n}" for n in range(999)],
        "stars": ["**/*a*a*a*a*b"] * 999,
        "exceptions": ["*", *(f"!x{n}*" for n in range(990))],
        "question marks": ["?" * 60_000],
        "folders": ["**/" * 20_000 + "b"],
    }
    for name, patterns in lines.items():
        yield f"{IGNORE}: {name}, many files", Case(many, IGNORE, "\n".join(patterns).encode()[:65536])
    for name, text in {
        "sources": "".join(f"COPY s{n} /\n" for n in range(499)),
        "star sources": "COPY *a*a*a*b /\n" * 400,
    }.items():
        yield (
            f"app/Dockerfile: {name}, many files",
            Case(many, "app/Dockerfile", f"FROM scratch\n{text}".encode()),
        )
