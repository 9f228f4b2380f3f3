"""The sections `builders`, `signing` and `forge` of `publisher.yml`."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingOf

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Mapping, Node
from publisher.catalog.platform_nodes import read_platform
from publisher.catalog.rules import Rule
from publisher.catalog.settings import (
    BuilderSettings,
    Driver,
    ForgeKind,
    ForgeSettings,
    SigningMode,
    SigningSettings,
)
from publisher.catalog.settings_nodes import env_name, name, platform_table, repository_path, web_address
from publisher.oci.platform import Platform

_ENDPOINT = re.compile(r"(?:unix|tcp|ssh|docker-container|kube-pod)://[!-~]{1,500}")
_OWNER_AND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}")
_GITHUB = "https://github.com/"


def read_builders(node: Node | None, findings: Findings) -> MappingOf[Platform, BuilderSettings]:
    """Give the builder of each target platform."""
    found: dict[Platform, BuilderSettings] = {}
    for platform, value in platform_table(node, "builders", findings):
        table = findings.mapping(value, f"builders.{platform}")
        if table is not None:
            found[platform] = _builder(table, findings)
    return found


def _builder(table: Mapping, findings: Findings) -> BuilderSettings:
    fields = findings.fields(table, ("driver", "endpoint", "name", "platform"))
    driver = Driver(findings.word(fields.get("driver"), "driver", Driver) or Driver.DOCKER_CONTAINER)
    endpoint = findings.text(fields.get("endpoint"), "endpoint")
    if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
        message = f"`endpoint` {endpoint!r:.120} is not an address of a BuildKit"
        findings.add(Rule.WORD, fields["endpoint"], message, "write unix:///path or tcp://host:port")
    needs = {Driver.REMOTE: ("endpoint",), Driver.EXISTING: ("name",)}
    findings.needed(fields, table, *needs.get(driver, ()))
    runs_on = findings.text(fields.get("platform"), "platform")
    return BuilderSettings(
        driver=driver,
        endpoint=endpoint,
        name=name(fields.get("name"), "name", findings),
        platform=read_platform(fields["platform"], runs_on, findings) if runs_on else None,
    )


def read_signing(node: Node | None, findings: Findings) -> SigningSettings:
    """Give how signatures are made; keys or identity, never both."""
    table = findings.mapping(node, "signing")
    if table is None:
        return SigningSettings()
    fields = findings.fields(table, ("mode", "private", "public", "password_env", "issuer", "identity"))
    mode = SigningMode(findings.word(fields.get("mode"), "mode", SigningMode) or SigningMode.KEY)
    foreign = ("issuer", "identity") if mode is SigningMode.KEY else ("private", "public", "password_env")
    for key in [key for key in foreign if key in fields]:
        findings.add(Rule.CONFLICT, fields[key], f"`{key}` has no meaning with `mode: {mode}`", "remove it")
    return _by_key(fields, findings) if mode is SigningMode.KEY else _keyless(table, fields, findings)


def _by_key(fields: dict[str, Node], findings: Findings) -> SigningSettings:
    usual = SigningSettings()
    return SigningSettings(
        private=repository_path(fields.get("private"), "private", findings) or usual.private,
        public=repository_path(fields.get("public"), "public", findings) or usual.public,
        password_env=env_name(fields.get("password_env"), "password_env", findings) or usual.password_env,
    )


def _keyless(table: Mapping, fields: dict[str, Node], findings: Findings) -> SigningSettings:
    findings.needed(fields, table, "issuer", "identity")
    return SigningSettings(
        mode=SigningMode.KEYLESS,
        private=None,
        public=None,
        issuer=web_address(fields.get("issuer"), "issuer", findings),
        identity=_identity(fields.get("identity"), findings),
    )


def _identity(node: Node | None, findings: Findings) -> str | None:
    """Give the exact identity: a workflow's address with `@refs/…`, or an e-mail address."""
    text = findings.text(node, "identity")
    if node is not None and text is not None and not re.fullmatch(r"[!-~]{1,500}", text):
        findings.add(
            Rule.WORD, node, "`identity` is not an exact identity", "write it as the certificate has it"
        )
    return text


def read_forge(node: Node | None, source: str, findings: Findings) -> ForgeSettings:
    """Give where release notes go; GitHub's repository follows from `source` where it is there."""
    table = findings.mapping(node, "forge")
    if table is None:
        return ForgeSettings()
    fields = findings.fields(table, ("kind", "directory", "token_env", "repository", "api"))
    kind = ForgeKind(findings.word(fields.get("kind"), "kind", ForgeKind) or ForgeKind.LOCAL)
    usual = ForgeSettings()
    return ForgeSettings(
        kind=kind,
        directory=repository_path(fields.get("directory"), "directory", findings) or usual.directory,
        token_env=env_name(fields.get("token_env"), "token_env", findings) or usual.token_env,
        repository=_repository(fields.get("repository"), table, source, kind, findings),
        api=(web_address(fields.get("api"), "api", findings) or usual.api).rstrip("/"),
    )


def _repository(
    node: Node | None, table: Mapping, source: str, kind: ForgeKind, findings: Findings
) -> str | None:
    text = findings.text(node, "repository")
    if node is None and source.startswith(_GITHUB):
        text = source.removeprefix(_GITHUB).removesuffix("/").removesuffix(".git")
    if text is not None and _OWNER_AND_NAME.fullmatch(text):
        return text
    if node is not None and text is not None:
        findings.add(Rule.WORD, node, f"`repository` {text!r:.120} is not owner/name")
    elif node is None and kind is ForgeKind.GITHUB:
        findings.add(Rule.MISSING_KEY, table, "`repository` is missing", "add `repository: owner/name`")
    return None
