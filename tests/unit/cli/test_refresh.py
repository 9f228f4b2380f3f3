"""The command line of `publisher refresh`."""

from __future__ import annotations

import pytest

from publisher.cli.refresh import read_source
from publisher.errors import Malformed


@pytest.mark.parametrize(
    "reference", ["debian:12", "docker.io/library/debian:12", "index.docker.io/debian:12"]
)
def test_a_mirror_is_named_by_any_spelling_of_the_reference(reference: str) -> None:
    assert read_source(f"{reference}=127.0.0.1:5000/library/debian") == (
        "docker.io/library/debian:12",
        "127.0.0.1:5000/library/debian",
    )


@pytest.mark.parametrize(
    "text", ["", "debian:12", "=x", "debian:12=", "debian:12=a.example/b:1", "A B=c", "a=b=c"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        read_source(text)
