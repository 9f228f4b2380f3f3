"""Exchanges that came to no answer."""

from __future__ import annotations

import ssl

_UNSURE = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""What OpenSSL says when a connection breaks off; all else that it says stays as it is."""
_TUNNEL = "Tunnel connection failed: "


class ConnectionFault(Exception):
    """No answer, or one that broke off.

    `permanent` when trying again cannot help (a bad certificate, a proxy that refuses);
    `hint` says what to do where that is known.
    """

    def __init__(self, detail: str, *, permanent: bool = False, hint: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent
        self.hint = hint


class TooLarge(Exception):
    """An answer is longer than it may be."""


class TooSlow(Exception):
    """An answer came drop by drop."""


def connection_fault(error: Exception) -> ConnectionFault:
    """Read an error of the libraries below us by its first cause."""
    root: BaseException = error
    while root.__cause__ is not None:
        root = root.__cause__
    if isinstance(root, TimeoutError):
        return ConnectionFault("nothing came in time")
    if isinstance(root, ssl.SSLCertVerificationError):
        return ConnectionFault(str(root), permanent=True, hint=_UNTRUSTED)
    if isinstance(root, OSError) and str(root).startswith(_TUNNEL):
        status = str(root).removeprefix(_TUNNEL)
        return ConnectionFault(f"the proxy says {status}", permanent=status[:2] == "40", hint=_PROXY)
    permanent = isinstance(root, ssl.SSLError) and not isinstance(root, _UNSURE)
    return ConnectionFault(str(root) or type(root).__name__, permanent=permanent)


_UNTRUSTED = (
    "if its authority is a private one, name its certificates: `ca_file` in publisher.yml, or SSL_CERT_FILE"
)
_PROXY = "check HTTPS_PROXY, with user and password where the proxy asks for them; NO_PROXY names exceptions"
