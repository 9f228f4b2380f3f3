"""The BuildId: every input counts, nothing else does."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.lock import Generation, LockedBase
from publisher.codec import canonical
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.build_id import (
    DEFAULT_EPOCH,
    Identity,
    ImageInput,
    compute_build_id,
    epoch_of,
    split_args,
)
from publisher.plan.inputs import ContextFile

OTHER_IMAGE = "docker.io/ascendai/cann:y"
AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
PLAIN = Identity(
    instructions=("FROM $BASE", "RUN make"), files=(ContextFile("a", "100644", "0" * 40),),
    args={"A": "1", "B": "2"}, image_args={"BASE": 0}, stage=None, platform=AMD64, build_platform=None,
    images=(ImageInput(AMD64, BuildId.of(b"parent")),), frontend=None, frontend_digest=None,
    format="oci", epoch=DEFAULT_EPOCH, generation=0,
)  # fmt: skip
OTHERS: dict[str, Any] = {
    "instructions": ("FROM $BASE", "RUN make all"),
    "files": (ContextFile("a", "100755", "0" * 40),),
    "args": {"A": "1", "B": "3"},
    "image_args": {"OTHER": 0},
    "stage": "final",
    "platform": ARM64,
    "build_platform": AMD64,
    "images": (ImageInput(AMD64, BuildId.of(b"parent rebuilt")),),
    "frontend": "docker.io/docker/dockerfile:1",
    "frontend_digest": Digest.of(b"frontend"),
    "format": "docker",
    "epoch": DEFAULT_EPOCH + 1,
    "generation": 1,
    "compatibility": 2,
}


def test_there_is_another_value_for_every_field() -> None:
    assert OTHERS.keys() == {field.name for field in fields(Identity)}


@pytest.mark.parametrize("name", OTHERS)
def test_every_field_counts(name: str) -> None:
    assert compute_build_id(replace(PLAIN, **{name: OTHERS[name]})) != compute_build_id(PLAIN)


def test_the_id_of_a_known_identity_never_changes() -> None:
    """Guard the stored form: who changes this digest has every image of every catalog built again."""
    assert (
        compute_build_id(PLAIN) == "sha256:51f9ecba8950c5fb7749451dc82c54902bef2667b89f075d73f3a5dbfebae912"
    )


@given(
    st.lists(st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=3),
    st.sampled_from([PLAIN, *(replace(PLAIN, **{name: value}) for name, value in OTHERS.items())]),
)
def test_the_id_is_the_hash_of_the_canonical_form(
    texts: list[str], args: dict[str, str], one: Identity
) -> None:
    identity = replace(one, instructions=tuple(texts), args=args)
    assert compute_build_id(identity) == BuildId.of(canonical(identity))


@given(st.dictionaries(st.sampled_from("ABCDEF"), st.text(max_size=3)), st.randoms())
def test_the_order_of_arguments_does_not_count(args: dict[str, str], random: Any) -> None:
    items = list(args.items())
    random.shuffle(items)
    assert compute_build_id(replace(PLAIN, args=dict(items))) == compute_build_id(replace(PLAIN, args=args))


def test_an_argument_that_names_a_parent_is_its_place() -> None:
    reference = "docker.io/ascendai/cann:x"
    args = {
        "BASE": reference,
        "SHORT": "ascendai/cann:x",
        "VERSION": "1",
        "OTHER": OTHER_IMAGE,
    }
    text, named = split_args(args, [None, reference], {"VERSION"})
    assert text == {"VERSION": "1", "OTHER": OTHER_IMAGE}
    assert named == {"BASE": 1, "SHORT": 1}


def test_an_argument_that_a_stage_declares_again_is_text() -> None:
    reference = "docker.io/ascendai/cann:x"
    text, named = split_args({"BASE": reference}, [reference], {"BASE"})
    assert text == {"BASE": reference}
    assert named == {}


def test_epoch_is_the_newest_date_of_the_own_entries() -> None:
    old, new = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    bases = [LockedBase("docker.io/library/debian", {}, date) for date in (new, old)]
    assert epoch_of([], None) == DEFAULT_EPOCH
    assert epoch_of(bases, None) == int(new.timestamp())
    assert epoch_of(bases[1:], Generation(1, new)) == int(new.timestamp())
