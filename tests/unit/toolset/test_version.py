"""Versions as the installer compares them."""

from __future__ import annotations

import pytest

from workflows.tools.toolset.version import Version


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("3.1.2", (3, 1, 2)),
        ("v0.36.1", (0, 36, 1)),
        ("go1.26.8", (1, 26, 8)),
        ("1.26.0", (1, 26)),
        ("0", (0,)),
    ],
)
def test_reads_numbers_with_dots(text: str, parts: tuple[int, ...]) -> None:
    assert Version.parse(text).parts == parts


def test_refuses_text_without_a_number() -> None:
    with pytest.raises(ValueError, match="no version in 'devel'"):
        Version.parse("devel")


@pytest.mark.parametrize(
    ("present", "pinned", "serves"),
    [
        ("3.1.2", "3.1.2", True),
        ("3.2", "3.1.2", True),
        ("3.10.0", "3.9.9", True),
        ("3.1.1", "3.1.2", False),
        ("4.0.0", "3.1.2", False),
        ("2.9.9", "3.1.2", False),
        ("1.26", "1.26.0", True),
    ],
)
def test_serves_when_not_older_and_of_the_same_major(present: str, pinned: str, serves: bool) -> None:
    assert Version.parse(present).serves_as(Version.parse(pinned)) is serves
