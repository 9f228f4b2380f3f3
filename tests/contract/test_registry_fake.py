"""What only the fake can do: a log, and faults on order."""

from __future__ import annotations

import pytest

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.oci.descriptor import OCI_EMPTY, Descriptor
from publisher.oci.digest import Digest
from tests.contract.registries import LAYER, image_of, push_blob, push_image
from tests.fakes.registry import Asked, FakeRegistry


def test_the_log_tells_writes_from_reads() -> None:
    fake = FakeRegistry()
    image = push_image(fake, "a/b", "1.0")
    fake.head_manifest("a/b", "1.0")
    assert fake.requests[-1] == Asked("head_manifest", "a/b", "1.0")
    assert [asked.reference for asked in fake.writes] == [image.layers[0].digest, Digest.of(b"{}"), "1.0"]


def test_a_fault_strikes_as_often_as_ordered() -> None:
    fake = FakeRegistry()
    fake.fail_next("tags", RegistryError("out of order"), times=2)
    for _ in range(2):
        with pytest.raises(RegistryError, match="out of order"):
            fake.tags("a/b")
    assert fake.tags("a/b") == ()


def test_a_fault_of_a_method_that_is_none_is_refused() -> None:
    with pytest.raises(AttributeError):
        FakeRegistry().fail_next("explode", RegistryError("never"))


def test_a_registry_that_is_down_answers_nothing() -> None:
    fake = FakeRegistry()
    fake.down = True
    with pytest.raises(RegistryUnreachable):
        fake.ping()


def test_a_strict_registry_refuses_a_manifest_without_its_blobs() -> None:
    fake = FakeRegistry()
    image = image_of(Descriptor(LAYER, Digest.of(b"lost"), 4), push_blob(fake, "a/b", b"{}", OCI_EMPTY))
    with pytest.raises(RegistryError, match="MANIFEST_BLOB_UNKNOWN"):
        fake.put_manifest("a/b", "1.0", image)
    fake.strict = False
    fake.put_manifest("a/b", "1.0", image)
