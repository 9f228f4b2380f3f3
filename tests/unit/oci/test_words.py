"""Digests, platforms, tags and names: what is accepted can go into a URL, a path and an argument as it is."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.errors import Malformed
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference, Repository, is_reserved_tag, is_tag

HEX = "0123456789abcdef" * 4
NASTY = st.text(alphabet="aZ09.-_/:@%?#&=+ \\\n\r\t\0~$`'\"é\u202e[]", max_size=30)
ANY = st.one_of(
    st.text(max_size=40), NASTY, NASTY.map(lambda text: f"a.b/{text}"), NASTY.map(lambda text: f"x:{text}")
)
SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-/:[]")


def accepted(kind: type[str], text: str) -> str | None:
    try:
        return kind(text)
    except Malformed:
        return None


@given(ANY)
@example(f"sha256:{HEX}\n")
@example(f"sha256:{HEX.upper()}")
@example(f"SHA256:{HEX}")
@example(f"sha256:{HEX[:-1]}٣")
def test_a_digest_is_64_hexadecimal_digits_and_nothing_else(text: str) -> None:
    found = accepted(Digest, text)
    if found is not None:
        assert len(found) == 71
        assert set(found[7:]) <= set("0123456789abcdef")
    assert accepted(Digest, f"sha256:{HEX}{text}") is None or text == ""


@given(st.binary(max_size=50))
def test_a_digest_of_content_and_its_names(content: bytes) -> None:
    digest = Digest.of(content)
    assert digest.hex == hashlib.sha256(content).hexdigest()
    assert Digest(str(digest)) == digest
    for tag in (digest.permanent_tag, digest.fallback_tag, BuildId(digest).staging_tag):
        assert is_tag(tag)
        assert is_reserved_tag(tag)
    assert digest.hex.startswith(digest.short)


@given(ANY)
@example("linux/arm64/../../etc")
@example("linux/amd64\n")
@example("../amd64")
@example("linux/arm/..")
def test_a_platform_never_escapes(text: str) -> None:
    found = accepted(Platform, text)
    if found is not None:
        assert isinstance(found, Platform)
        assert set(found) <= SAFE
        assert "/" not in found.slug
        assert found.slug not in (".", "..")
        assert not found.startswith("-")
        assert Platform(str(found)) == found
        parts = [found.os, found.architecture, *([found.variant] if found.variant else [])]
        assert "/".join(parts) == found


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("linux/arm/v7", "linux/arm/v7"),
    ],
)
def test_platforms_are_normalised(text: str, normal: str) -> None:
    assert Platform(text) == normal
    assert Platform(text).slug == normal.replace("/", "-")


@pytest.mark.parametrize(
    "text", ["", "linux", "linux/", "/amd64", "linux/amd64/", "linux/amd64/v1/x", "Linux/amd64"]
)
def test_what_is_no_platform(text: str) -> None:
    with pytest.raises(Malformed, match="not a platform"):
        Platform(text)


@given(ANY)
@example("a.b/../c")
@example("a.b/c/./d")
@example("a.b//c")
@example("-a.b/c")
@example("a.b/-c")
@example("a.b:80/c\n")
@example("a.b:x/c")
@example("a..b/c")
@example("user:password@a.b/c")
@example("a.b/c?x=y")
def test_a_repository_never_escapes(text: str) -> None:
    found = accepted(Repository, text)
    if found is not None:
        assert isinstance(found, Repository)
        assert set(found) <= SAFE
        assert found == f"{found.host}/{found.path}"
        assert not found.startswith("-")
        for part in found.path.split("/"):
            assert part
            assert part[0].isalnum()
            assert part[-1].isalnum()
            assert ".." not in part
        assert found.path == found.path.lower()
        assert Repository(str(found)) == found
        assert len(found) <= 255


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("ubuntu", "docker.io/library/ubuntu"),
        ("ascendai/cann", "docker.io/ascendai/cann"),
        ("index.docker.io/ubuntu", "docker.io/library/ubuntu"),
        ("docker.io/ubuntu", "docker.io/library/ubuntu"),
        ("localhost/a", "localhost/a"),
        ("127.0.0.1:5000/a/b", "127.0.0.1:5000/a/b"),
        ("[::1]:5000/a", "[::1]:5000/a"),
        ("quay.io/a/b__c/d-e", "quay.io/a/b__c/d-e"),
    ],
)
def test_names_are_spelled_out(text: str, full: str) -> None:
    assert Repository(text) == full


def test_a_name_below_another() -> None:
    assert Repository("quay.io/a").child("layers") == "quay.io/a/layers"
    for name in ("..", "../b", "", "B", "b/"):
        with pytest.raises(Malformed):
            Repository("quay.io/a").child(name)


def test_a_name_that_is_too_long() -> None:
    with pytest.raises(Malformed):
        Repository("quay.io/" + "a" * 250)


@given(ANY)
@example("v1\n")
@example("-v1")
@example(".v1")
@example("a" * 129)
def test_a_tag_never_escapes(text: str) -> None:
    if is_tag(text):
        assert set(text) <= SAFE - set("/:[]")
        assert text[0] not in ".-"
        assert len(text) <= 128


@pytest.mark.parametrize("tag", ["d-1", "b-", "r-3", "sha256-abc"])
def test_reserved_tags(tag: str) -> None:
    assert is_reserved_tag(tag)


@pytest.mark.parametrize("tag", ["latest", "dev", "beta", "v1", "sha256", "release-1", "D-1"])
def test_tags_for_everybody(tag: str) -> None:
    assert not is_reserved_tag(tag)


@given(ANY)
@example(f"a@sha256:{HEX}@sha256:{HEX}")
@example("a.b:80/c:1:2")
def test_a_reference_reads_back_as_it_is_written(text: str) -> None:
    try:
        found = Reference.parse(text)
    except Malformed:
        return
    assert Reference.parse(str(found)) == found
    assert found.tag is None or is_tag(found.tag)
    assert set(str(found)) <= SAFE | {"@"}


@pytest.mark.parametrize(
    ("text", "tag", "digest"),
    [
        ("a.b:80/c", "latest", None),
        ("a.b:80/c:v1", "v1", None),
        (f"a.b:80/c@sha256:{HEX}", None, f"sha256:{HEX}"),
        (f"a.b:80/c:v1@sha256:{HEX}", "v1", f"sha256:{HEX}"),
    ],
)
def test_references(text: str, tag: str | None, digest: str | None) -> None:
    found = Reference.parse(text)
    assert (found.repository, found.tag, found.digest) == ("a.b:80/c", tag, digest)


@pytest.mark.parametrize(
    "text",
    ["", ":", "@", "a:", "a@", "a:v1@", "a.b/c:", "a@sha256:12", "a:-v1", "a:v 1", "A/b", f"@sha256:{HEX}"],
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(Malformed):
        Reference.parse(text)


def test_only_a_digest_pins() -> None:
    assert Reference.parse(f"a.b/c:v1@sha256:{HEX}").pinned == f"a.b/c@sha256:{HEX}"
    with pytest.raises(Malformed, match="has no digest"):
        _ = Reference.parse("a.b/c:v1").pinned
