"""The corpus has the shape that it claims, and its Dockerfiles say what its rows say."""

from __future__ import annotations

from publisher.catalog.dockerfile.reader import read_dockerfile
from publisher.catalog.dockerfile.stages import resolve
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference
from tests.corpus.shape import UNDECLARED, catalog_files, rows

AMD64 = Platform("linux/amd64")


def test_shape() -> None:
    files = catalog_files()
    declared = {row.dockerfile for row in rows()} - {None}
    dockerfiles = {path for path in files if path.endswith("/Dockerfile")}
    assert len(rows()) == 1638
    assert len(dockerfiles) == 1757
    assert declared <= files.keys()
    assert len(dockerfiles - declared) == UNDECLARED
    assert sum(path.endswith("/meta.yml") for path in files) == 444
    assert sum(row.dockerfile is None for row in rows()) == 30
    assert sum("openeuler/npmjs:latest" in row.references for row in rows()) == 29
    assert any(b"\r\n" in files[path] for path in dockerfiles)
    assert any(not files[path].endswith(b"\n") for path in dockerfiles)
    assert any(b"<<EOF" in files[path] for path in dockerfiles)
    assert any(path.endswith(".DS_Store") for path in files)


def test_references() -> None:
    files = catalog_files()
    for row in rows():
        if row.dockerfile:
            used = resolve(read_dockerfile(files[row.dockerfile], row.dockerfile), {}, None, AMD64, AMD64)
            expected = {str(Reference.parse(text)) for text in row.references if text != "scratch"}
            assert {image.reference for image in used.images} == expected, row


def test_scale() -> None:
    once, thrice = catalog_files(), catalog_files(3)
    assert sum(path.endswith("/Dockerfile") for path in thrice) == 3 * 1757
    assert once.items() <= thrice.items()
    assert "x02-AI/x02-opea/codegen/1.3/24.03-lts/Dockerfile" in thrice
    assert b"x01-kserve-agent: x01-kserve/agent" in thrice["x01-AI/image-list.yml"]
    assert b"\nFROM openeuler/x01-python:" in b"".join(
        content for path, content in thrice.items() if path.startswith("x01-") and path.endswith("Dockerfile")
    )
    contents = [content for path, content in thrice.items() if path.endswith("/Dockerfile")]
    assert len(set(contents)) > 0.9 * len(contents), "copies must not be equal files"
