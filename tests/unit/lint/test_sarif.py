"""SARIF: the structure that the specification and code scanning ask for."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from publisher.catalog.problem import Problem, Severity
from publisher.lint.page import Page
from publisher.lint.pages import PAGES
from publisher.lint.sarif import FINGERPRINT, as_sarif

PROBLEM = Problem("P005", Severity.ERROR, "a b/meta.yml", 3, 7, "there is no file", "add it", "a:1")
WARNING = Problem("P018", Severity.WARNING, "publisher.lock", 0, 0, "stale")
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
NUMBER = {"type": "integer", "minimum": 1}


def closed(required: list[str], **properties: object) -> dict[str, Any]:
    """Give the schema of an object that has no other properties."""
    return {"type": "object", "required": required, "properties": properties, "additionalProperties": False}


RULE = closed(
    ["id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration"],
    id={"type": "string"},
    name={"pattern": "^[A-Z][A-Za-z0-9]+$"},
    shortDescription=TEXT,
    fullDescription=TEXT,
    help=TEXT,
    defaultConfiguration=closed(["level"], level=LEVEL),
)
PLACE = closed(
    ["artifactLocation"],
    artifactLocation=closed(
        ["uri"], uri={"type": "string", "minLength": 1}, uriBaseId={"const": "%SRCROOT%"}
    ),
    region=closed(["startLine"], startLine=NUMBER, startColumn=NUMBER),
)
RESULT = closed(
    ["ruleId", "level", "message", "locations", "partialFingerprints"],
    ruleId={"type": "string"},
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=TEXT,
    locations={
        "type": "array",
        "minItems": 1,
        "maxItems": 1,
        "items": closed(["physicalLocation"], physicalLocation=PLACE),
    },
    partialFingerprints={"type": "object", "additionalProperties": {"type": "string", "minLength": 1}},
)
RUN = closed(
    ["tool", "results"],
    tool=closed(
        ["driver"],
        driver=closed(
            ["name", "rules"],
            name={"type": "string"},
            semanticVersion={"type": "string"},
            rules={"type": "array", "items": RULE, "uniqueItems": True},
        ),
    ),
    columnKind={"const": "unicodeCodePoints"},
    results={"type": "array", "items": RESULT},
)
LOG = closed(
    ["version", "runs"],
    version={"const": "2.1.0"},
    runs={"type": "array", "minItems": 1, "items": RUN},
    **{"$schema": {"type": "string", "format": "uri"}},
)
"""What we use of the schema of SARIF 2.1.0, which itself is 100 KB; property names as there."""


def run(*problems: Problem, pages: dict[str, type[Page]] | None = None) -> dict[str, Any]:
    log = json.loads(as_sarif(problems, PAGES if pages is None else pages, "1.2.3"))
    Draft7Validator(LOG).validate(log)
    (found,) = log["runs"]
    return dict(found)


def results(*problems: Problem) -> list[dict[str, Any]]:
    return list(run(*problems)["results"])


def test_every_rule_is_described() -> None:
    rules = run()["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(PAGES)
    assert all("Wrong:" in rule["help"]["text"] for rule in rules)


def test_a_result() -> None:
    found = run(PROBLEM)
    (result,) = found["results"]
    assert found["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "P005"
    assert result["level"] == "error"
    assert result["message"]["text"] == "there is no file. add it"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%20b/meta.yml"
    assert place["region"] == {"startLine": 3, "startColumn": 7}


def test_a_whole_file_has_no_region() -> None:
    (result,) = results(WARNING)
    assert "region" not in result["locations"][0]["physicalLocation"]
    (result,) = results(replace(WARNING, line=2))
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 2}


def test_a_rule_that_is_not_described_has_no_index() -> None:
    assert "ruleIndex" not in run(PROBLEM, pages={})["results"][0]


def prints(*problems: Problem) -> list[str]:
    return [result["partialFingerprints"][FINGERPRINT] for result in results(*problems)]


def test_the_same_of_two_targets_is_one_result() -> None:
    assert len(results(PROBLEM, replace(PROBLEM, target="a:2"))) == 1


def test_fingerprints_stay_when_lines_move() -> None:
    here = replace(PROBLEM, message="the tag `v1` stands here and in line 3, see a/meta.yml:3:1")
    there = replace(
        here, line=9, column=2, message="the tag `v1` stands here and in line 12, see a/meta.yml:12:5"
    )
    assert prints(here) == prints(there)


@pytest.mark.parametrize(
    "other",
    [
        replace(PROBLEM, rule="P006"),
        replace(PROBLEM, file="b"),
        replace(PROBLEM, message="v2"),
    ],
)
def test_different_problems_have_different_fingerprints(other: Problem) -> None:
    assert prints(PROBLEM) != prints(other)


def test_equal_problems_are_counted() -> None:
    first, second = prints(PROBLEM, replace(PROBLEM, line=8))
    assert first != second
    assert first.rpartition(":")[0] == second.rpartition(":")[0]


paths = st.text(min_size=1, max_size=20).filter(lambda text: not text.startswith("/"))


@given(paths, st.text(min_size=1, max_size=30))
def test_hostile_names_are_harmless(file: str, message: str) -> None:
    said = as_sarif([replace(PROBLEM, file=file, message=message)], {}, "1")
    assert said.isascii()
    (result,) = json.loads(said)["runs"][0]["results"]
    assert result["message"]["text"].isprintable()
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[A-Za-z0-9_.~/-]|%[0-9A-F]{2})+", uri)
    assert unquote(uri, errors="surrogatepass") == file
    assert not urlsplit(uri).scheme
