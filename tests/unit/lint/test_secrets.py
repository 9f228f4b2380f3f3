"""Secret-looking arguments: what is one, what is none, and that its value is never shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.lint.annotations import as_github
from publisher.lint.documents import as_json, as_text
from publisher.lint.sarif import as_sarif
from publisher.lint.secret_texts import is_secret, suspects
from tests.unit.lint.case import meta, places, problems

HUB = "ghp_" + "a1B2" * 9
KEY = "-----BEGIN RSA PRIVATE" + " KEY-----"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", "0a1b2c3d"),
        ("DB_PASSWORD", "correct-horse"),
        ("MYSQL_ROOT_PASSWORD", "root"),
        ("apiKey", "0a1b2c3d"),
        ("accessKey", "0a1b2c3d"),
        ("client-secret", "0a1b2c3d"),
        ("PASSWD", "12345678"),
        ("AWS_SECRET_ACCESS_KEY", "0a1b2c3d"),
        ("SIGNING_KEY", "0a1b2c3d"),
        ("HELLO", HUB),
        ("URL", f"x {HUB}"),
        ("CERT", KEY),
        ("INDEX", "https://me:correct-horse@pypi.example/simple"),
        ("A", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("A", "hf_" + "a" * 34),
        ("A", "glpat-" + "a" * 20),
        ("A", "eyJhbGciOiJIUzI1" + ".eyJzdWIiOiIxMjM0.SflKxwRJSMeKKF2Q"),
    ],
)
def test_these_are_secrets(name: str, value: str) -> None:
    assert is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("API_TOKEN", ""),
        ("API_TOKEN", None),
        ("API_TOKEN", '""'),
        ("API_TOKEN", "$TOKEN"),
        ("API_TOKEN", "${T}"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("MAX_TOKENS", "4096"),
        ("TOKEN_LIMIT", "40960"),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("SECRET", "false"),
        ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
        ("PUBLIC_KEY", "abcdefgh"),
        ("KEYBOARD", "german"),
        ("PASSENGER_VERSION", "6.0.1"),
        ("COMPASS", "north"),
        ("TOKEN", "<your token>"),
        ("PASSWORD", "changeme"),
        ("VERSION", "1.0"),
        ("URL", "https://github.com/a/b"),
        ("URL", "https://a.example:8080/@scope/x"),
        ("URL", "https://$USER:$PASS@a.example"),
        ("NAME", "task-" + "a" * 40),
    ],
)
def test_these_are_none(name: str, value: str | None) -> None:
    assert not is_secret(name, value)


@given(st.text(max_size=30), st.text(max_size=60))
def test_nothing_secret_escapes_the_first_look(name: str, value: str) -> None:
    text = f"ENV {name}={value}"
    if text.isascii() and is_secret(name, value):
        assert suspects({"x": text.encode()}) == ["x"]


@pytest.mark.parametrize("value", ["correct-horse", HUB])
def test_a_value_is_never_shown(value: str) -> None:
    dockerfile = f"FROM scratch\nARG DB_PASSWORD={value}\nENV A={value}\n# {value}\n"
    entry = meta(f"v1: {{path: Dockerfile, args: {{DB_PASSWORD: {value}, A: 1}}}}\n")
    found = problems({**entry, "hello/Dockerfile": dockerfile})
    assert {rule for rule, _ in places(found)} == {"L003", "L004"}
    shown = [as_text(found), as_json(found), as_github(found), as_sarif(found, {}, "1")]
    assert not any(value in text for text in shown)


def dockerfile(text: str) -> set[tuple[str, str]]:
    return places(problems({"hello/Dockerfile": text}))


def test_a_token_is_found_where_it_stands() -> None:
    assert dockerfile(f"FROM scratch\nRUN curl -H {HUB} https://a.example\n") == {
        ("L004", "hello/Dockerfile:2:13")
    }
    assert dockerfile(f"FROM scratch\nENV TOKEN={HUB}\n") == {("L004", "hello/Dockerfile:2:11")}
    assert dockerfile("FROM scratch\nRUN pip install -i https://me:secret@pypi.example x\n") == {
        ("L004", "hello/Dockerfile:2:28")
    }


def test_arguments_before_from_and_continued_lines() -> None:
    assert dockerfile("ARG X_TOKEN=abcdef\nFROM scratch\n") == {("L004", "hello/Dockerfile:1:5")}
    assert dockerfile("FROM scratch\nENV \\\n# comment\n  A=$DB_PASSWORD \\\n  DB_PASSWORD=abcdef\n") == {
        ("L004", "hello/Dockerfile:5:3")
    }
    assert dockerfile("FROM scratch\nENV DB_PASSWORD abcdef\n") == {("L004", "hello/Dockerfile:2:5")}


def test_a_dockerfile_of_two_targets_is_reported_once() -> None:
    entries = meta("v1: {path: Dockerfile}\nv2: {path: Dockerfile}\n")
    found = problems({**entries, "hello/Dockerfile": "FROM scratch\nENV DB_PASSWORD=abcdef\n"})
    assert len(found) == 1


def test_an_argument_of_a_matrix_is_reported_at_its_item() -> None:
    matrix = 'matrix:\n- {axes: {os: [a, b]}, tag: "{os}", path: Dockerfile, args: {API_TOKEN: 0a1b2c3d}}\n'
    found = problems({**meta(matrix), "hello/Dockerfile": "FROM scratch\nARG API_TOKEN\n"})
    assert places(found) == {("L003", "hello/meta.yml:2:3")}
    assert len(found) == 1
