"""Small damage to a good text, as bytes: what an editor, a merge or an attacker leaves."""

from __future__ import annotations

from random import Random

from tests.fuzz.yamls import HOSTILE

RAW = (b"\0", b"\xff", b"\xed\xa0\x80", b"\x1b[31m", b"\r", b"\t", b"\x07", b"\xe2\x80\xae",
    b"\xe2\x80\x8b", b"\xef\xbb\xbf", b"\x85",
       b"\xe2\x80\xa8", b"\n---\n", b"\n...\n", b"<<<<<<< HEAD\n", b"&a", b"*a", b"!!", b": ", b"[", b"{",
       b'"', b"'", b"\\", b"|")  # fmt: skip


def mutated(random: Random, raw: bytes) -> bytes:
    """Damage a text one to four times."""
    for _ in range(random.randrange(1, 5)):
        raw = _once(random, raw)
    return raw[:200_000]


def _once(random: Random, raw: bytes) -> bytes:
    place = random.randrange(len(raw) + 1)
    end = min(len(raw), place + random.randrange(1, 30))
    match random.randrange(9):
        case 0:
            return raw[:place] + raw[end:]
        case 1:
            return raw[:place] + raw[place:end] * random.choice((2, 3, 500)) + raw[end:]
        case 2:
            return raw[:place] + random.choice(RAW) + raw[place:]
        case 3:
            return raw[:place] + random.choice(HOSTILE).encode() + raw[end:]
        case 4:
            return raw[:place]
        case 5:
            lines = raw.splitlines(keepends=True)
            random.shuffle(lines)
            return b"".join(lines)
        case 6:
            lines = raw.splitlines(keepends=True) or [b""]
            number = random.randrange(len(lines))
            return b"".join([*lines[:number], random.choice(lines), *lines[number:]])
        case 7:
            return raw.replace(b"\n", b"\r\n")
        case _:
            return raw[:place] + bytes(random.randrange(256) for _ in range(3)) + raw[end:]
