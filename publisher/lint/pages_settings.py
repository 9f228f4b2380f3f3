"""Pages about `publisher.yml` and `publisher.lock`, which are used as a whole or not at all."""

from __future__ import annotations

from publisher.lint.page import Page


class BadReference(Page):
    """A registry prefix or an image reference is not valid, or not spelled out.

    Prefixes name their host, so that nothing is guessed: what docker calls `acme/hello` is
    `docker.io/acme/hello`.

    Wrong:
        staging: {prefix: acme/staging}

    Right:
        staging: {prefix: ghcr.io/acme/staging}
    """

    id = "M018"
    fix = "write host[:port]/path in full"


class Conflict(Page):
    """Two values contradict each other, or one makes the other useless.

    Wrong:
        staging: {prefix: quay.io/acme}
        registries: {quay: {prefix: quay.io/acme}}

    Right:
        staging: {prefix: ghcr.io/acme/staging}
        registries: {quay: {prefix: quay.io/acme}}
    """

    id = "M019"
    fix = "keep one of them, or give each its own"


class SecretInSettings(Page):
    """A value seems to be a secret, where only the name of an environment variable belongs.

    The message does not show it.  It is in git now, so removing it is not enough.

    Wrong:
        hub: {prefix: docker.io/acme, password_env: "s3cr3t!"}

    Right:
        hub: {prefix: docker.io/acme, password_env: HUB_TOKEN}
    """

    id = "M020"
    fix = "name the variable; if this was the secret, change the secret"


PAGES: tuple[type[Page], ...] = (BadReference, Conflict, SecretInSettings)
