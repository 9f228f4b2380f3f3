"""Whose certificates are believed."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from functools import cached_property

from publisher.errors import UsageError


@dataclass(frozen=True)
class Trust:
    """`ca_file` stands for the system's authorities, as SSL_CERT_FILE does everywhere; `own` adds to them.

    All are files of certificates (PEM).
    """

    ca_file: str | None = None
    own: tuple[str, ...] = ()

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Give the one context of all connections: reading the system's authorities takes a while.

        Raises:
            UsageError: a file cannot be read, or holds no certificates.
        """
        path = self.ca_file or "the system's authorities"
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
            for path in self.own:
                context.load_verify_locations(path)
        except OSError as error:  # ssl.SSLError is one
            raise UsageError(
                "certificates cannot be read",
                where=path,
                detail=str(error),
                hint="`ca_file` in publisher.yml and SSL_CERT_FILE name files of PEM certificates",
            ) from error
        return context
