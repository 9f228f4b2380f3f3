"""What a build of one stage uses."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from publisher.catalog.dockerfile.reader import read_dockerfile
from publisher.catalog.dockerfile.stages import CopySource, ImageUse, Resolved, resolve
from publisher.errors import CatalogError
from publisher.oci.platform import Platform

AMD64, ARM64, ARMV7 = Platform("linux/amd64"), Platform("linux/arm64"), Platform("linux/arm/v7")


def found(
    text: str, args: Mapping[str, str] | None = None, stage: str | None = None, platform: Platform = ARM64
) -> Resolved:
    return resolve(read_dockerfile(text.encode(), "D"), args or {}, stage, platform, AMD64)


def images(text: str, **options: str) -> list[str]:
    return [use.reference for use in found(text, options).images]


def sources(text: str, args: Mapping[str, str] | None = None) -> list[str] | None:
    resolved = found(text, args)
    return None if resolved.sources is None else [source.pattern for source in resolved.sources]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("FROM debian:12", ["docker.io/library/debian:12"]),
        ("FROM debian", ["docker.io/library/debian:latest"]),
        ("FROM scratch", []),
        ("ARG B=debian:12\nFROM $B", ["docker.io/library/debian:12"]),
        ("ARG V=12\nARG B=debian:${V}\nFROM ${B}-slim", ["docker.io/library/debian:12-slim"]),
        ('ARG B="debian:12"\nFROM $B', ["docker.io/library/debian:12"]),
        ("FROM ${B:-quay.io/x/y:1}", ["quay.io/x/y:1"]),
        ("FROM a${TARGETARCH}:1", ["docker.io/library/aarm64:1"]),
        ("FROM a AS one\nFROM one", ["docker.io/library/a:latest"]),
        ("FROM a AS a\nFROM a", ["docker.io/library/a:latest"]),
        ("FROM a AS unused\nFROM b", ["docker.io/library/b:latest"]),
        ("FROM q.io/a AS One\nFROM q.io/b\nCOPY --from=ONE /x /y", ["q.io/a:latest", "q.io/b:latest"]),
        ("FROM q.io/a\nFROM q.io/b\nCOPY --from=0 /x /y", ["q.io/a:latest", "q.io/b:latest"]),
        ("FROM a\nCOPY --from=q.io/x:1 /x /y", ["docker.io/library/a:latest", "q.io/x:1"]),
        ("FROM a\nRUN --mount=from=q.io/x:1,target=/y z", ["docker.io/library/a:latest", "q.io/x:1"]),
        ("FROM a\nRUN --mount=type=cache,target=/y z", ["docker.io/library/a:latest"]),
        ("FROM q.io/a AS t\nFROM q.io/b\nRUN --mount=from=t,target=/y z", ["q.io/a:latest", "q.io/b:latest"]),
        ("FROM q.io/a AS t\nONBUILD COPY --from=q.io/x:1 /x /y\nFROM t", ["q.io/a:latest", "q.io/x:1"]),
        ("FROM a\nCOPY --from=scratch /x /y", ["docker.io/library/a:latest"]),
    ],
)  # fmt: skip
def test_images(text: str, wanted: list[str]) -> None:
    assert images(text) == wanted


def test_build_arguments_override_defaults() -> None:
    assert images("ARG BASE=a\nFROM $BASE", BASE="q.io/x/y:2") == ["q.io/x/y:2"]
    assert images("ARG BASE\nFROM $BASE", BASE="q.io/x/y:2") == ["q.io/x/y:2"]


def test_an_argument_that_is_not_declared_is_not_seen() -> None:
    with pytest.raises(CatalogError) as caught:
        images("FROM $BASE", BASE="a")
    assert caught.value.where == "D:1"
    assert "default" in caught.value.hint


def test_platforms() -> None:
    resolved = found(
        "FROM --platform=$BUILDPLATFORM tools AS build\nFROM base\nCOPY --from=build /x /y\n"
        "RUN --mount=from=extra,target=/e z\n"
    )
    assert resolved.images == (
        ImageUse("docker.io/library/tools:latest", AMD64, 1),
        ImageUse("docker.io/library/base:latest", ARM64, 2),
        ImageUse("docker.io/library/extra:latest", ARM64, 4),
    )
    assert resolved.uses_build_platform


def test_what_copy_names_is_for_the_target_even_in_a_build_stage() -> None:
    (first, second) = found("FROM --platform=$BUILDPLATFORM a\nCOPY --from=b /x /y").images
    assert (first.platform, second.platform) == (AMD64, ARM64)


def test_a_stage_from_a_stage_runs_where_that_runs() -> None:
    text = "FROM --platform=linux/s390x a AS one\nFROM one AS two\nFROM two"
    assert [use.platform for use in found(text).images] == [Platform("linux/s390x")]


def test_platform_variables() -> None:
    text = "FROM a:${TARGETOS}-${TARGETARCH}-${TARGETVARIANT}-${BUILDARCH}"
    assert found(text, platform=ARMV7).images[0].reference == "docker.io/library/a:linux-arm-v7-amd64"


def test_the_build_platform_is_not_used() -> None:
    assert not found("FROM a\nRUN x").uses_build_platform
    assert not found("FROM --platform=$BUILDPLATFORM a AS x\nFROM b").uses_build_platform
    assert found("FROM a\nARG BUILDARCH").uses_build_platform


def test_a_chosen_stage() -> None:
    text = "FROM a AS one\nCOPY 1 /\nFROM b AS two\nCOPY 2 /\n"
    resolved = found(text, stage="ONE")
    assert [use.reference for use in resolved.images] == ["docker.io/library/a:latest"]
    assert resolved.sources == (CopySource("1", 2),)
    assert resolved.instructions == found(text).instructions
    with pytest.raises(CatalogError, match="no stage"):
        found(text, stage="three")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("", []),
        ("COPY . /", ["."]),
        ("COPY / /", ["."]),
        ("COPY a/ ./b /c/../d ../e /", ["a", "b", "d", "e"]),
        ('COPY ["a b", "c", "/"]', ["a b", "c"]),
        ("COPY --chown=1:1 --link a* /", ["a*"]),
        ("COPY --from=q.io/x /a /b", []),
        ("ADD https://x.org/y.tgz git@github.com:a/b.git y /", ["y"]),
        ("ADD http://x/$UNKNOWN /", []),
        ("COPY <<EOF a /x\nbody\nEOF", ["a"]),
        ("COPY <<EOF /x\nCOPY not /this\nEOF", []),
        ("RUN --mount=type=bind,source=src,target=/s x", ["src"]),
        ("RUN --mount=target=/s x", ["."]),
        ("RUN --mount=type=bind,src=a*,target=/s x", ["a\\*"]),
        ("RUN --mount=type=cache,source=src,target=/s x", []),
        ("RUN --mount=type=bind,from=q.io/x,source=src,target=/s x", []),
        ("ARG D=src\nCOPY $D /", ["src"]),
        ("ENV D=src E=$D\nCOPY ${D}/x /", ["src/x"]),
        ("ARG D=a\nENV D=b\nCOPY $D /", ["b"]),
        ("ARG GLOBAL\nCOPY $GLOBAL /", ["g"]),
        ("COPY $GLOBAL /", None),
        ("COPY $UNKNOWN /", None),
        ("ARG UNKNOWN\nCOPY $UNKNOWN /", None),
        ("ENV D=$UNKNOWN\nCOPY $D /", None),
        ("ENV D=$UNKNOWN\nENV D=x\nCOPY $D /", ["x"]),
        ("COPY ${UNKNOWN:?} /", None),
        ("RUN --mount=source=$UNKNOWN,target=/s x", None),
        ("COPY --parents a/**/b /", None),
        ("ONBUILD COPY a /", None),
    ],
)
def test_sources(body: str, wanted: list[str] | None) -> None:
    assert sources(f"ARG GLOBAL=g\nFROM a\n{body}\n") == wanted


def test_variables_below_scratch_are_all_known() -> None:
    assert sources("FROM scratch\nCOPY a$UNKNOWN /") == ["a"]
    assert sources("FROM scratch\nCOPY a$PATH /") is None


def test_variables_are_inherited_from_a_stage() -> None:
    assert sources("FROM a AS one\nARG D=x\nENV E=y\nFROM one\nCOPY $D $E /") == ["x", "y"]


def test_a_build_argument_reaches_sources_where_it_is_declared() -> None:
    assert sources("FROM scratch\nARG D=x\nCOPY $D /", {"D": "z"}) == ["z"]
    assert sources("FROM scratch\nCOPY a$D /", {"D": "z"}) == ["a"]


def test_triggers() -> None:
    assert found("FROM a\nONBUILD COPY . .").triggers
    assert not found("FROM a AS x\nONBUILD COPY . .\nFROM b").triggers
    resolved = found("FROM a AS x\nONBUILD COPY trigger /\nFROM x\nCOPY own /")
    assert not resolved.triggers
    assert resolved.sources is None


def test_front_ends() -> None:
    known = found("# syntax=docker/dockerfile:1\nFROM a\nCOPY x /")
    assert known.frontend == "docker.io/docker/dockerfile:1"
    assert known.sources == (CopySource("x", 3),)
    unknown = found("# syntax=example.org/own:1\nFROM a\nCOPY x /")
    assert (unknown.frontend, unknown.sources) == ("example.org/own:1", None)
    with pytest.raises(CatalogError):
        found("# syntax=NOT/valid\nFROM a")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("FROM a\nFROM b\nCOPY --from=1 x y", "D:3"),
        ("FROM a AS x\nCOPY --from=y x y\nFROM b AS y", "D:2"),
        ("FROM a\nCOPY --from=$X x y", "D:2"),
        ("FROM a\nCOPY --from=UPPER x y", "D:2"),
        ("FROM UPPER", "D:1"),
        ("FROM a\nCOPY [ /", "D:2"),
        ("FROM a AS x\nONBUILD COPY onlyone\nFROM x", "D:3"),
        ("FROM ${x", "D:1"),
        ("FROM --platform=$NONE a", "D:1"),
        ("FROM a\nENV x", "D:2"),
        ("FROM a AS x\nONBUILD FROM b\nFROM x", "D:2"),
    ],
)
def test_refusals(text: str, where: str) -> None:
    with pytest.raises(CatalogError) as caught:
        found(text)
    assert caught.value.where == where
