"""Regular expressions of Go's RE2, as container-structure-test has them, in Python's words.

Only what is cheap to be sure of: `$` and `\\z` are rewritten, classes become ASCII, and what one of the two
does not have or reads differently is refused.  https://github.com/google/re2/wiki/Syntax
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\x\{|\\.|\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\]|\(\?[^:)]*[:)]?|.", re.DOTALL)
_NOT_IN_GO = re.compile(r"\\[1-9Z]|\(\?(?:<?[=!]|>|#|\(|P=)")
_NOT_IN_PYTHON = re.compile(r"\\[pPQECN]|\\x\{|\(\?[a-zA-Z]*U")
_MULTILINE = re.compile(r"\(\?[a-z]*m")


def to_python(pattern: str) -> str:
    """Translate a pattern.

    Raises:
        ValueError: it would mean something else in Python, or nothing in Go; says what.
    """
    multiline = bool(_MULTILINE.search(pattern))
    parts = [_translate(token, multiline) for token in _TOKEN.findall(pattern)]
    return "(?a)" + "".join(parts)


def _translate(token: str, multiline: bool) -> str:
    if _NOT_IN_GO.match(token):
        raise ValueError(f"Go's regular expressions have no `{token}`")
    if _NOT_IN_PYTHON.match(token) or (token.startswith("[") and "[:" in token):
        raise ValueError(f"`{token}` is not supported here")
    if token == "$" and not multiline:
        return r"\Z"  # Python's `$` also matches before a final line break
    if token == r"\z":
        return r"\Z"
    return "(?P<" + token[3:] if token.startswith("(?<") else token
