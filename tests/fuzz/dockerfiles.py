"""Dockerfiles from a seed: most of them nearly right, with every construct that the reader knows."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

NAMES = (
    "A",
    "B",
    "TAG",
    "BASE",
    "TARGETARCH",
    "BUILDPLATFORM",
    "TARGETPLATFORM",
    "TARGETSTAGE",
    "PATH",
    "_x",
    "é",
    "0",
)
STAGES = ("build", "Base", "final", "x-1", "a.b", "AS", "scratch", "0", "1", "no:name", "Context")
IMAGES = (
    "a", "debian:12", "quay.io/x/y:1", "scratch", "localhost:5000/z", "UPPER", "a@sha256:" + "0" * 64,
    "q.io/a/b",
    "--privileged", "a b", "docker.io/library/a:latest", "x:tag:tag", "q.io/A",
)  # fmt: skip
PATHS = (
    ".", "/", "src", "./a/../b", "../up", "a*", "a?[b-d]", "[", "a\\ b", "x/**/y", "https://x.org/a.tgz",
    "-x", "--from=a",
    "git@github.com:a/b.git", '"a b"', "'q'", "a//b/", "é", "\\$A", "a\\*b",
)  # fmt: skip
SIGNS = ("-", ":-", "+", ":+", "?", ":?", "#", "##", "%", "%%", "/", "//", ":", ":#", "!", "")
CHARS = "ab.:/*?\\\"'$ {}#-<`=\t\u00a0é"


def dockerfile(random: Random) -> str:
    """Write one."""
    end = random.choice(("\n", "\n", "\n", "\n", "\r\n"))
    lines = [*_directives(random), *(_arg(random) for _ in range(random.randrange(3)))]
    for number in range(random.choice((1, 1, 1, 2, 2, 3, 4))):
        lines.append(_from(random))
        lines += [_instruction(random) for _ in range(random.randrange(6))]
        if random.random() < 0.05:
            lines.insert(random.randrange(len(lines) + 1), f"# comment {number}")
    text = "\n".join(lines) + random.choice(("\n", "\n", ""))
    return text.replace("\n", end) if end != "\n" else text


def word(random: Random, depth: int = 0) -> str:
    """Write a word with expansions."""
    return "".join(_piece(random, depth) for _ in range(random.randrange(1, 4)))


def _piece(random: Random, depth: int) -> str:
    kind = random.random()
    name = random.choice(NAMES)
    if kind < 0.35:
        return random.choice(("a", "b.c", "x/y", "12", "é", "a:b"))
    if kind < 0.5:
        return f"${name}"
    if kind < 0.6:
        return f"${{{name}}}"
    if kind < 0.85 and depth < 3:
        sign = random.choice(SIGNS)
        inner = word(random, depth + 1) if random.random() < 0.8 else ""
        if sign in ("/", "//"):
            inner += "/" + random.choice(("", "x", "$A", "a b"))
        return f"${{{name}{sign}{inner}}}"
    if kind < 0.92:
        return random.choice(('"{}"', "'{}'", "\\{}")).format(random.choice(("a", "$A", "a b", "\\", "")))
    return "".join(random.choice(CHARS) for _ in range(random.randrange(1, 4)))


def _directives(random: Random) -> list[str]:
    if random.random() < 0.75:
        return []
    choices = ("# syntax=docker/dockerfile:1", "# escape=`", "#escape = \\", "# check=skip=all", "# note",
        "", "#!x",
               "# Syntax = a/b:1 c", "# escape=x", "# escape=`")  # fmt: skip
    return [random.choice(choices) for _ in range(random.randrange(1, 3))]


def _from(random: Random) -> str:
    base = random.choice((*IMAGES, *STAGES, "$BASE", "a:${TAG:-1}", word(random)))
    platform = random.choice(("", "", "", "--platform=$BUILDPLATFORM ", "--platform=linux/arm64 ",
        "--platform=$A ",
                              "--platform=arm64 ", "--bogus=1 "))  # fmt: skip
    name = random.choice(("", f" AS {random.choice(STAGES)}", f" as {random.choice(STAGES)}"))
    return f"{random.choice(('FROM', 'from', 'FROM '))} {platform}{base}{name}"


def _arg(random: Random) -> str:
    default = random.choice(("", "=", f"={word(random)}", f"={random.choice(IMAGES)}", '="debian:12"'))
    return f"ARG {random.choice(NAMES)}{default}{random.choice(('', '', ' C=c', ' ' + word(random)))}"


def _env(random: Random) -> str:
    return f"ENV {random.choice(NAMES)}{random.choice(('=', ' ', '= '))}{word(random)}"


def _copy(random: Random) -> str:
    origin = random.choice((*STAGES, *IMAGES, "$A", "2"))
    flags = random.choice(("", "", "", f"--from={origin} ", "--chown=1:1 ", "--link ", "--parents ",
        "--exclude=*.md ",
                           "--bogus ", "-- ", "--link=false "))  # fmt: skip
    sources = [random.choice((*PATHS, word(random))) for _ in range(random.randrange(1, 3))]
    form = random.random()
    if form < 0.15:
        listed = ", ".join(f'"{source}"' for source in (*sources, "/"))
        return f"COPY {flags}[{listed}]"
    if form < 0.3:
        mark = random.choice(("<<EOF", "<<-EOF", '<<"EOF"', "<< EOF", "<<$A"))
        return f"{random.choice(('COPY', 'ADD'))} {flags}{mark} {sources[0]} /\n\tbody $A\nEOF"
    keyword, destination = random.choice(("COPY", "COPY", "ADD")), random.choice(("/", "/x/", "$A"))
    return f"{keyword} {flags}{' '.join(sources)} {destination}"


def _run(random: Random) -> str:
    origin = random.choice((*STAGES, "q.io/m:1", "scratch", "$A"))
    mount = random.choice((
        "", "", "", "--mount=target=/t ", f"--mount=type=bind,from={origin},target=/t ",
        "--mount=type=cache,target=/c ",
        "--mount=type=bind,source=src,target=/s ", "--mount=type=bind,src=$A,dst=/s ",
        "--mount=type=secret,id=x ",
        "--mount=type=bogus,target=/t ", '--mount="type=bind",source="a,b",target=/t ', "--network=none ",
        "--mount= ",
        "--mount=type=tmpfs,target=/t ", "--security=insecure ",
        "--mount=type=bind,source=../x,target=/t,rw ",
    ))  # fmt: skip
    body = random.choice((
        "echo hi", "a \\\n  b", "a \\\n# c\n\n  b", "<<EOF\necho $A\nEOF",
        "<<-E1 cat <<E2\n\tx\n\tE1\ny\nE2", '["a", "b"]',
        "a && b # c", "echo '<<EOF'", "x <<'E F'\nb\nE F", "echo \\", '["a", 1]', "cat <<$A\nx\n$A", "",
    ))  # fmt: skip
    return f"RUN {mount}{body}"


def _other(random: Random) -> str:
    return random.choice((
        "WORKDIR /w", "USER a", "LABEL a=b", "EXPOSE 80", "CMD a", 'CMD ["a"]', "ENTRYPOINT x", "VOLUME /v",
        "STOPSIGNAL 9",
        'SHELL ["a"]', "SHELL a", "HEALTHCHECK NONE", "HEALTHCHECK CMD x", "MAINTAINER m", "ONBUILD COPY x /",
        "ONBUILD RUN --mount=target=/t x", "ONBUILD FROM a", "ONBUILD ONBUILD RUN x", "ONBUILD", "LABEL a",
        "VOLUME", "BOGUS x",
        "ONBUILD ARG A=1", "ONBUILD COPY --from=q.io/o:1 a /", "WORKDIR", "  # c", "CMD", "EXPOSE", "FROM",
        "ARG", "ENV a", "COPY a",
        "ONBUILD RUN <<EOF\nx\nEOF", "HEALTHCHECK --interval=x CMD y", "copy a /", "LABEL a=b c", "USER",
        "ENV", "ARG =x", "ENV =x",
    ))  # fmt: skip


def _instruction(random: Random) -> str:
    makers: tuple[Callable[[Random], str], ...] = (_arg, _env, _copy, _copy, _run, _run, _other)
    return random.choice(makers)(random)
