from __future__ import annotations

import ssl

import pytest

from publisher.registry.faults import connection_fault


def wrapped(cause: Exception) -> Exception:
    """Wrap an error as libraries do, with `raise … from`."""
    outer, outermost = RuntimeError("outer"), ValueError("outermost")
    outer.__cause__, outermost.__cause__ = cause, outer
    return outermost


@pytest.mark.parametrize(
    ("cause", "detail", "is_permanent"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "[Errno 111] Connection refused", False),
        (TimeoutError("timed out"), "nothing came in time", False),
        (ConnectionResetError(), "ConnectionResetError", False),
        (ssl.SSLEOFError(8, "EOF occurred"), "EOF occurred", False),
        (ssl.SSLError(1, "[SSL] record layer failure"), "record layer failure", True),
        (OSError("Tunnel connection failed: 407 Proxy Authentication Required"), "the proxy says 407", True),
        (OSError("Tunnel connection failed: 502 Bad Gateway"), "the proxy says 502", False),
    ],
)
def test_a_fault_is_told_by_its_first_cause(cause: Exception, detail: str, *, is_permanent: bool) -> None:
    fault = connection_fault(wrapped(cause))
    assert detail in fault.detail
    assert fault.permanent == is_permanent


def test_what_is_not_trusted_and_what_a_proxy_refuses_say_what_to_do() -> None:
    untrusted = connection_fault(wrapped(ssl.SSLCertVerificationError(1, "certificate verify failed")))
    assert untrusted.permanent
    assert "ca_file" in untrusted.hint
    assert "HTTPS_PROXY" in connection_fault(OSError("Tunnel connection failed: 403 no")).hint
