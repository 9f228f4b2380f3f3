"""What a generator of bills of materials promises, on the fake and on syft."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from publisher.errors import AttestError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from publisher.ports.progress import Progress
from publisher.ports.sbom import SbomGenerator
from publisher.tools.process import Runner
from publisher.tools.syft import SyftGenerator
from tests.contract.tiny_image import files_layer, push_image
from tests.fakes.sbom import FakeSbom

AMD64 = Platform("linux/amd64")
STATUS = b"""Package: hello
Status: install ok installed
Version: 2.10-3
Architecture: amd64
Maintainer: Nobody <nobody@example.org>
Description: one package

"""


@dataclass
class World:
    """A generator, and an image with the Debian package hello 2.10-3."""

    generator: SbomGenerator
    image: Reference


@pytest.fixture(params=["fake", "syft"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    if request.param == "fake":
        image = Reference.parse(f"registry.test/demo@{Digest.of(b'demo')}")
        yield World(FakeSbom({Digest.of(b"demo"): [("hello", "2.10-3")]}, otherwise=None), image)
        return
    host = request.getfixturevalue("stack").url("staging")
    layer = files_layer({"etc/os-release": b"ID=debian\nVERSION_ID=12\n", "var/lib/dpkg/status": STATUS})
    image = push_image(f"{host}/sbom/{uuid.uuid4().hex}", layer)
    yield World(SyftGenerator(Runner(Progress(), os.environ), insecure_hosts=[host]), image)


def test_it_lists_the_packages_of_the_digest(world: World) -> None:
    document = json.loads(world.generator.generate(world.image, AMD64))
    assert document["spdxVersion"] == "SPDX-2.3"
    assert ("hello", "2.10-3") in [(each["name"], each.get("versionInfo")) for each in document["packages"]]
    assert str(world.image.digest) in json.dumps(document)


def test_the_same_image_gives_the_same_bytes(world: World) -> None:
    assert world.generator.generate(world.image, AMD64) == world.generator.generate(world.image, AMD64)


def test_an_image_that_is_not_there_is_an_error(world: World) -> None:
    with pytest.raises(AttestError) as caught:
        world.generator.generate(replace(world.image, digest=Digest.of(b"nothing")), AMD64)
    assert caught.value.where
    assert caught.value.hint
