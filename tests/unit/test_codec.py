"""JSON forms: bytes that do not depend on order, values that come back typed, nothing foreign let in."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher import codec
from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform


class Colour(StrEnum):
    """A word."""

    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Inner:
    """A part."""

    digest: Digest
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outer:
    """A whole with a field of each kind."""

    count: int
    colour: Colour
    parts: Mapping[Platform, Inner]
    when: datetime
    ratio: float = 0.5
    there: bool = True
    other: Inner | None = None
    notes: Mapping[str, str] = field(default_factory=dict)


DIGEST = Digest.of(b"x")
VALUE = Outer(
    3, Colour.RED, {Platform("linux/arm64"): Inner(DIGEST, ("ä", "b"))}, datetime(2026, 1, 31, 12, tzinfo=UTC)
)
PLAIN: dict[str, Any] = {
    "count": 3,
    "colour": "red",
    "parts": {"linux/arm64": {"digest": str(DIGEST), "names": ["ä", "b"]}},
    "when": "2026-01-31T12:00:00Z",
    "ratio": 0.5,
    "there": True,
    "other": None,
    "notes": {},
}


def test_the_form_of_each_kind_of_field() -> None:
    assert codec.to_plain(VALUE) == PLAIN
    assert codec.from_plain(Outer, PLAIN) == VALUE
    parts = codec.decode(Outer, codec.canonical(VALUE)).parts
    assert [type(key) for key in parts] == [Platform]
    assert type(parts[Platform("linux/arm64")].digest) is Digest


def test_canonical_bytes() -> None:
    assert codec.canonical({"b": 1, "a": ["ä", None]}) == '{"a":["ä",null],"b":1}'.encode()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(st.dictionaries(st.text(), json_values), st.randoms())
def test_canonical_bytes_do_not_depend_on_order_and_parse_back(plain: dict[str, Any], chance: Any) -> None:
    items = list(plain.items())
    chance.shuffle(items)
    raw = codec.canonical(dict(items))
    assert raw == codec.canonical(plain)
    assert codec.parse(raw) == plain
    assert codec.canonical(codec.parse(raw)) == raw


def test_fields_may_be_absent_where_they_have_a_default_and_unknown_ones_are_ignored() -> None:
    plain = {key: PLAIN[key] for key in ("count", "colour", "parts", "when")}
    assert codec.from_plain(Outer, {**plain, "of the future": 1}) == VALUE


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"count": "3"}, "thing.count: int is expected, not str"),
        ({"count": True}, "thing.count: int is expected, not bool"),
        ({"count": 3.0}, "thing.count: int is expected, not float"),
        ({"count": None}, "thing.count"),
        ({"ratio": "0.5"}, "thing.ratio: float is expected"),
        ({"ratio": True}, "thing.ratio: float is expected"),
        ({"there": 1}, "thing.there: bool is expected, not int"),
        ({"colour": "green"}, "thing.colour: 'green' is not valid"),
        ({"colour": ["red"]}, "thing.colour: str is expected, not list"),
        ({"parts": []}, "thing.parts: an object is expected"),
        ({"parts": {"../..": {"digest": str(DIGEST)}}}, "thing.parts.../..: "),
        ({"parts": {"linux/arm64": {}}}, "thing.parts.linux/arm64: `digest` is missing"),
        ({"parts": {"linux/arm64": {"digest": "sha256:AB"}}}, "thing.parts.linux/arm64.digest: "),
        ({"parts": {"linux/arm64": {"digest": str(DIGEST), "names": "ab"}}}, "names: a list is expected"),
        ({"parts": {"linux/arm64": {"digest": str(DIGEST), "names": ["a", 1]}}}, "names[1]: str is expected"),
        ({"other": "x"}, "thing.other: an object is expected"),
        ({"when": "2026-01-31"}, "thing.when: a UTC time"),
        ({"when": "2026-01-31T12:00:00+01:00"}, "thing.when: a UTC time"),
        ({"when": 5}, "thing.when: a UTC time"),
    ],
)
def test_a_wrong_field_is_named(change: Mapping[str, Any], words: str) -> None:
    with pytest.raises(Malformed) as caught:
        codec.from_plain(Outer, {**PLAIN, **change}, where="thing")
    assert words in f"{caught.value.where}: {caught.value.what}"


@pytest.mark.parametrize("plain", [None, [], "text", 3])
def test_what_is_no_object_is_refused(plain: Any) -> None:
    with pytest.raises(Malformed, match="an object is expected"):
        codec.from_plain(Outer, plain)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"NaN",
        b'{"a": Infinity}',
        b"-Infinity",
        b"1" * 5000,
        "{'a': 1}",
    ],
)
def test_what_is_not_json_is_refused(raw: bytes | str) -> None:
    with pytest.raises(Malformed, match="not valid JSON"):
        codec.parse(raw, where="there")


def test_a_number_beyond_all_floats_is_refused() -> None:
    raw = json.dumps({**PLAIN, "ratio": "R"}).replace('"R"', "1e999")
    with pytest.raises(Malformed, match="a finite number is expected"):
        codec.decode(Outer, raw)


def test_a_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "MAX_DOCUMENT", 10)
    with pytest.raises(Malformed, match="11 bytes is too large"):
        codec.parse(b'"123456789"')


@pytest.mark.parametrize("raw", [b'"\\ud800"', b'{"\\udfff": 1}', b"[" * 5000 + b"]" * 5000])
def test_foreign_json_without_a_canonical_form_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        codec.canonical(codec.parse(raw))


def test_what_is_nested_too_deep_has_no_canonical_form() -> None:
    value: list[object] = []
    for _ in range(5000):
        value = [value]
    with pytest.raises(Malformed):
        codec.canonical(value)


def test_what_has_no_json_form_is_a_bug() -> None:
    with pytest.raises(TypeError, match="no JSON form for object"):
        codec.to_plain(object())


def test_times_are_written_in_utc_to_the_second() -> None:
    when = datetime(2026, 1, 31, 13, 0, 0, 999, tzinfo=timezone(timedelta(hours=1)))
    assert codec.to_plain(when) == "2026-01-31T12:00:00Z"


def test_pretty_text_keeps_the_declared_order() -> None:
    text = codec.pretty(VALUE)
    assert text.endswith("}\n")
    assert list(json.loads(text)) == [item.name for item in dataclasses.fields(Outer)]
