"""Problems as SARIF, which code scanning of GitHub and others read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from publisher.catalog.problem import Problem
from publisher.catalog.shown import visible
from publisher.lint.documents import once
from publisher.lint.page import Page

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "publisherProblem/v1"
_PLACE = re.compile(r"(?<=line )\d+|(?<=:)\d+(?::\d+)?\b")
"""Places in messages: another line in the same file, or `file:line:column`."""


def as_sarif(problems: Iterable[Problem], pages: Mapping[str, type[Page]], version: str) -> str:
    """Give one run with all rules and these problems."""
    ids = {rule: index for index, rule in enumerate(pages)}
    prints = _Fingerprints()
    results = [_result(problem, ids, prints.of(problem)) for problem in once(problems)]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "publisher lint",
                        "semanticVersion": version,
                        "rules": [_rule(page) for page in pages.values()],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": results,
            }
        ],
    }
    return json.dumps(log, indent=2) + "\n"


def _rule(page: type[Page]) -> dict[str, Any]:
    mend = f"\n\nTo mend it: {page.fix}." if page.fix else ""
    return {
        "id": page.id,
        "name": page.__name__,
        "shortDescription": {"text": page.title()},
        "fullDescription": {"text": page.text().partition("\n\n")[0].replace("\n", " ") or page.title()},
        "help": {"text": page.text() + mend},
        "defaultConfiguration": {"level": str(page.severity)},
    }


def _result(problem: Problem, ids: Mapping[str, int], fingerprint: str) -> dict[str, Any]:
    text = ". ".join(filter(None, (problem.message, problem.fix)))
    where: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.file), "uriBaseId": "%SRCROOT%"}}
    if problem.line > 0:
        column = {"startColumn": problem.column} if problem.column > 0 else {}
        where["region"] = {"startLine": problem.line, **column}
    index = {"ruleIndex": ids[problem.rule]} if problem.rule in ids else {}
    return {
        "ruleId": str(problem.rule),
        **index,
        "level": str(problem.severity),
        "message": {"text": visible(text)},
        "locations": [{"physicalLocation": where}],
        "partialFingerprints": {FINGERPRINT: fingerprint},
    }


def _uri(path: str) -> str:
    """Give a path as a relative reference: a colon in its first part is not taken for a scheme."""
    return quote(path, errors="surrogatepass")


class _Fingerprints:
    """Tells problems apart by what they say, not by where: lines move.  Equal ones are counted."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, problem: Problem) -> str:
        message = _PLACE.sub("", problem.message)
        said = f"{problem.rule}\0{problem.file}\0{message}"
        found = sha256(said.encode(errors="surrogatepass")).hexdigest()[:32]
        self._seen[found] += 1
        return f"{found}:{self._seen[found]}"
