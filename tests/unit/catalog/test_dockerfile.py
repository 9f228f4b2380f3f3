"""Dockerfiles as values."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.catalog.dockerfile.lines import MAX_LINE
from publisher.catalog.dockerfile.reader import MAX_BYTES, MAX_STAGES, Instruction, Stage, read_dockerfile
from publisher.catalog.dockerfile.stages import resolve
from publisher.catalog.dockerfile.words import Rules, expand
from publisher.errors import CatalogError, Malformed
from publisher.oci.platform import Platform

AMD64 = Platform("linux/amd64")


def test_stages_and_instructions() -> None:
    raw = b"""\xef\xbb\xbf# syntax=docker/dockerfile:1.7
# escape=`
# a comment
ARG BASE=debian:12 EMPTY

FROM --platform=$BUILDPLATFORM ${BASE} AS Build
run --mount=type=cache,target=/c make `
  # dropped

  all
COPY --from=build "/a" /b
FROM scratch
"""
    found = read_dockerfile(raw.replace(b"\n", b"\r\n"), "d/Dockerfile")
    assert found.global_args == (("BASE", "debian:12"), ("EMPTY", None))
    assert (found.syntax, found.escape) == ("docker/dockerfile:1.7", "`")
    first, second = found.stages
    assert (first.index, first.name, first.base, first.platform, first.line) == (
        0, "build", "${BASE}", "$BUILDPLATFORM", 6
    )  # fmt: skip
    assert first.instructions == (
        Instruction("RUN", "make   all", ("--mount=type=cache,target=/c",), 7),
        Instruction("COPY", '"/a" /b', ("--from=build",), 11),
    )
    assert second == Stage(1, None, "scratch", None, 12)


def test_heredocs() -> None:
    raw = b'FROM a\nRUN <<-ONE cat <<"TWO"\n\tONE not yet\n\tONE\n# kept\nTWO\nRUN next\n'
    (stage,) = read_dockerfile(raw, "D").stages
    assert stage.instructions[0].heredocs == ("\tONE not yet\n", "# kept\n")
    assert (stage.instructions[1].text, stage.instructions[1].line) == ("next", 7)


def canonical(text: str) -> tuple[str, ...]:
    return read_dockerfile(text.encode(), "D").canonical


def test_canonical_text_ignores_comments_and_blank_lines_only() -> None:
    plain = "FROM a\nRUN x \\\n  y\nRUN <<E\n# body\nE\n"
    same = "# hello\n\nFROM a\n# c\nRUN x \\\n# c\n  y\n\nrun <<E\n# body\nE\n"
    assert canonical(plain) == canonical(same)
    for other in (
        plain.replace("# body", "# other"),
        plain.replace("x", "z"),
        "# escape=`\n" + plain.replace("\\", "`"),
        plain + "FROM b\n",
        "ARG A\n" + plain,
    ):
        assert canonical(other) != canonical(plain)


def test_flags_and_text_are_not_confused() -> None:
    assert canonical("FROM a\nCOPY '--chown=a b' c\n") != canonical("FROM a\nCOPY --chown=a b c\n")


@pytest.mark.parametrize(
    ("raw", "where", "said"),
    [
        (b"", "D", "no FROM"),
        (b"# only\n", "D", "no FROM"),
        (b"RUN x\nFROM a\n", "D:1", "before the first FROM"),
        (b"FROM a\n\nBOGUS x\n", "D:3", "unknown instruction"),
        (b"FROM a b\n", "D:1", "FROM takes"),
        (b"FROM a AS 1x\n", "D:1", "not a name"),
        (b"ARG\nFROM a\n", "D:1", "ARG needs a name"),
        (b"FROM a\nRUN <<EOF\nx\n", "D:2", "does not end"),
        (b'FROM a\nCOPY [1, "<<"]\n', "D:2", "texts only"),
        (b"FROM a\nARG\nFROM b\n", "D:2", "ARG needs a name"),
        (b"FROM a\nENV x\n", "D:2", "two arguments"),
        (b"FROM a\nCOPY onlyone\n", "D:2", "a source and a destination"),
        (b"# escape=x\nFROM a\n", "D:1", "backslash"),
        (b"# syntax=a\n# syntax=b\nFROM a\n", "D:2", "only one syntax"),
        (b"FROM a\nRUN \xff\n", "D:2", "not UTF-8"),
        (b"FROM a\nRUN " + b"x" * MAX_LINE, "D:2", "longer than"),
        (b"FROM a\nRUN x" + b"\\\nyyyyyyyy" * MAX_LINE, "D:2", "longer than"),
        (b"#" * (MAX_BYTES + 1), "D", "more than"),
        (b"FROM a\n" * (MAX_STAGES + 1), f"D:{MAX_STAGES + 1}", "stages"),
    ],
)
def test_refusals(raw: bytes, where: str, said: str) -> None:
    with pytest.raises(CatalogError) as caught:
        read_dockerfile(raw, "D")
    assert caught.value.where == where
    assert said in caught.value.what


def test_a_long_heredoc_is_no_long_line() -> None:
    body = b"x" * (MAX_LINE * 3)
    (stage,) = read_dockerfile(b"FROM a\nRUN <<E\n" + body + b"\nE\n", "D").stages
    assert len(stage.instructions[0].heredocs[0]) == len(body) + 1


LINES = st.lists(
    st.sampled_from(
        [
            "FROM a", "FROM a AS b", "FROM $X", "ARG X=a", "ARG A=${B:-${C}}", "COPY . .", "COPY --from=0 [",
            "COPY --from=b a b", 'COPY ["a", "b"]', "RUN <<E", "E", "RUN --mount=from=b,source=${Q x",
            "ENV a", "ENV a=${b",
            "ADD x y", "ONBUILD COPY a b", "# escape=`", "\\", "x \\", "COPY ${A?} /", "`", '"', "é",
            "COPY ${A//*/b} /", "ENV A=$A$A$A$A", "COPY $A $A", "ONBUILD", "COPY --from= a b",
            "FROM --platform=$Z a",
        ]
    ),
    max_size=12,
)  # fmt: skip


@given(st.one_of(st.binary(max_size=200), LINES.map(lambda lines: "\n".join(lines).encode())))
@example(b"FROM a\nCOPY " + b"[" * 4000)
@example(b"FROM a\nCOPY " + b"${a:-" * 1000)
@example(b"FROM a\nENV A=xxxxxxxx\n" + b"ENV A=$A$A$A$A\n" * 20)
@example(b"FROM a\nRUN <<" + b"$" * 4000)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    with suppress(CatalogError):
        found = read_dockerfile(raw, "Dockerfile")
        assert found.stages
        assert resolve(found, {"X": "a"}, None, AMD64, AMD64).instructions


EXPANSIONS = [
    ("$x", "v"), ("${x}y", "vy"), ("$e", ""), ("$unset", ""),
    ("${unset:-d}", "d"), ("${unset-d}", "d"), ("${e:-d}", "d"), ("${e-d}", ""), ("${x:-d}", "v"),
    ("${x:+d}", "d"), ("${e:+d}", ""), ("${e+d}", "d"), ("${unset+d}", ""), ("${x:?no}", "v"),
    ("${e?no}", ""), ("${unset:-${x}}", "v"), ("'$x'", "$x"), ('"$x y"', "v y"), ("\\$x", "$x"),
    ('a"b"\'c\'', "abc"), ('"\\n"', "\\n"),
    ("${p#*/}", "b/c.d"), ("${p##*/}", "c.d"), ("${p%/*}", "a/b"), ("${p%%/*}", "a"), ("${p/b/x}", "a/x/c.d"),
    ("${p//[abc]/x}", "a/b/c.d"), ("${p//?/x}", "xxxxxxx"), ("$", "$"), ("$1x", "x"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), EXPANSIONS)
def test_expansion(text: str, wanted: str) -> None:
    env = {"x": "v", "e": "", "p": "a/b/c.d"}
    assert expand(text, env, Rules()).text == wanted


@pytest.mark.parametrize(
    "text", ["${x", "'", '"', "${}", "${x!y}", "${x:=y}", "${unset:?no}", "${e:?no}", "${p#\\a}"]
)
def test_bad_expansions(text: str) -> None:
    with pytest.raises(Malformed):
        expand(text, {"x": "v", "e": "", "p": "a/b"}, Rules())


@given(st.text(alphabet="$a{}:-+?#%/*'\"\\ <`", max_size=40))
def test_any_word_is_expanded_or_malformed(text: str) -> None:
    try:
        found = expand(text, {"a": "xa*x/a", "aa": ""}, Rules())
    except Malformed:
        return
    assert len(found.text) < 2000
