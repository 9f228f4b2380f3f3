"""What looks like a secret: names that ask for one, and values that are one by their form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_FORMS = (
    r"gh[oprsu]_[A-Za-z0-9]{36,}",
    r"github_pat_[A-Za-z0-9_]{22,}",
    r"glpat-[A-Za-z0-9_-]{20,}",
    r"(?:AKIA|ASIA)[A-Z0-9]{16}",
    r"AIza[A-Za-z0-9_-]{35}",
    r"dckr_pat_[A-Za-z0-9_-]{20,}",
    r"hf_[A-Za-z0-9]{30,}",
    r"npm_[A-Za-z0-9]{36}",
    r"pypi-AgE[A-Za-z0-9_-]{50,}",
    r"sk-(?:proj-)?[A-Za-z0-9_]{32,}",
    r"xox[abeoprs]-[A-Za-z0-9-]{10,}",
    r"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
)
"""Tokens of GitHub, GitLab, AWS, Google, Docker Hub, Hugging Face, npm, PyPI, OpenAI, Slack, and JWT."""
_TOKEN = re.compile(
    rf"(?<![A-Za-z0-9_-])(?:{'|'.join(_FORMS)})(?![A-Za-z0-9])"
    r"|-----BEGIN (?:[A-Z]{2,12} )?PRIVATE KEY-----"
    r"|(?<=://)[^\s/:@$]{1,64}:[^\s/:@$]{3,200}@"
)
"""A token, the begin of a private key, or user and password in an address."""
_WORDS = (
    b"PASSW", b"PASSPHRASE", b"PWD", b"TOKEN", b"SECRET", b"CREDENTIAL", b"_KEY", b"APIKEY", b"AUTHKEY",
    b"ACCESSKEY", b"PRIVATEKEY", b"ENCRYPTIONKEY", b"SIGNINGKEY", b"PRIVATE KEY-----",
    b"GHP_", b"GHO_", b"GHR_", b"GHS_", b"GHU_", b"GITHUB_PAT_", b"GLPAT-", b"AKIA", b"ASIA", b"AIZA",
    b"DCKR_PAT_", b"HF_", b"NPM_", b"PYPI-AGE", b"SK-", b"XOX", b"EYJ",
)  # fmt: skip
"""In capitals: one of these, or `@`, is in every text with a secret."""
_BATCH = 2000
_ASKS = re.compile(
    r"(?:^|_)(?:PASSWORD|PASSWD|PASSPHRASE|PASSWORT|PWD|TOKEN|SECRET|CREDENTIALS?|API_?KEY|AUTH_?KEY"
    r"|(?:ACCESS|PRIVATE|SECRET|ENCRYPTION|SIGNING)_?KEY)(?:$|_)"
)
_TELLS_WHERE = re.compile(r"_(?:FILE|PATH|DIR|URL|URI|NAME|ENV|ID|LENGTH|SIZE|LIMIT|TTL|TYPE|COUNT|HEADER)$")
_WORD_EDGE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_HARMLESS = re.compile(
    r"|true|false|yes|no|on|off|none|null|[0-9]{1,4}|[./~].*|<.*>|\*+|x+|change_?me|\.\.\.", re.IGNORECASE
)
_MAX_VALUE = 8 * 1024


def tokens(text: str) -> Iterator[int]:
    """Give where, by their form, tokens, private keys and addresses with a password begin."""
    return (found.start() for found in _TOKEN.finditer(text))


def is_token(value: str) -> bool:
    """Tell whether a value has one in it."""
    return bool(_TOKEN.search(value))


def suspects(texts: Mapping[str, bytes]) -> list[str]:
    """Give the names of the few texts that are worth reading: those with a word of a secret or a token.

    Most words are in none of a catalog's files, so each is first looked for in all files at once.
    """
    found = []
    names = list(texts)
    for start in range(0, len(names), _BATCH):
        loud = {name: texts[name].upper() for name in names[start : start + _BATCH]}
        everything = b"\0".join(loud.values())
        words = [word for word in _WORDS if word in everything]
        found += [name for name, text in loud.items() if any(word in text for word in words) or b"@" in text]
    return found


def asks_for_secret(name: str) -> bool:
    """Tell whether a variable's name says that its value is a secret; `TOKEN_FILE` says where one is."""
    words = _WORD_EDGE.sub("_", name[:200]).replace("-", "_").upper()
    return bool(_ASKS.search(words)) and not _TELLS_WHERE.search(words) and not words.startswith("PUBLIC_")


def is_secret(name: str, value: str | None) -> bool:
    """Tell whether a variable seems to hold a secret: not what is empty, a switch, a path or a variable."""
    text = (value or "").strip("\"' \t")[:_MAX_VALUE]
    if is_token(text):
        return True
    return asks_for_secret(name) and "$" not in text and not _HARMLESS.fullmatch(text)
