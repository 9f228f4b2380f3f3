"""`publisher.yml`: read strictly, all problems at once.

Unlike a `meta.yml`, of which the sound entries are used, settings are all or nothing:
a pipeline must not run with half of its configuration.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Mapping, Node, compose
from publisher.catalog.openeuler.assumed import OPENEULER
from publisher.catalog.paths import ROOT, resolve
from publisher.catalog.platform_nodes import read_platforms
from publisher.catalog.problem import Position, Problem, UnusableFile
from publisher.catalog.rules import Rule
from publisher.catalog.settings import Layout, MediaFormat, RegistrySettings, Settings, TestLevel
from publisher.catalog.settings_nodes import env_name, platform_table, prefix, web_address
from publisher.catalog.settings_registries import read_registries, read_routes
from publisher.catalog.settings_tools import read_builders, read_forge, read_signing
from publisher.oci.platform import Platform

SETTINGS_NAME = "publisher.yml"
KEYS = frozenset({
    "version", "source", "format", "catalog", "staging", "registries", "routes", "builders", "signing",
    "policy", "forge",
})  # fmt: skip
VERSION = "1"
"""The only version of the file's form."""


def read_settings(path: str, raw: bytes) -> Settings:
    """Read `publisher.yml`; `path` is its place in the repository.

    Raises:
        UnusableFile: something is wrong; `detail` lists every problem as `file:line:column: …`.
    """
    root, problems = compose(path, raw)
    findings = Findings(list(problems))
    if root is None and not problems:
        findings.add(
            Rule.UNREADABLE, Position(path), "the file is empty", "see the quick start in the README"
        )
    table = findings.mapping(root, SETTINGS_NAME)
    settings = _settings(table, findings) if table else None
    if settings is None or findings.problems:
        raise refusal(path, findings.problems)
    return settings


def refusal(path: str, problems: list[Problem]) -> UnusableFile:
    """Give the error that lists all problems of a file that is used as a whole or not at all."""
    count = "one problem" if len(problems) == 1 else f"{len(problems)} problems"
    where = str(problems[0].position) if problems else path
    what = f"{path} cannot be used: {count}"
    return UnusableFile(what, problems, where=where, hint="mend the file and try again")


def _settings(table: Mapping, findings: Findings) -> Settings | None:
    fields = findings.fields(table, KEYS)
    if not findings.needed(fields, table, "version", "source", "staging"):
        return None
    findings.word(fields["version"], "version", (VERSION,))
    catalog = _section(
        fields.get("catalog"), "catalog", ("root", "layout", "references", "platforms"), findings
    )
    staging = _section(fields["staging"], "staging", ("prefix", "username_env", "password_env"), findings)
    layout = Layout(findings.word(catalog.get("layout"), "layout", Layout) or Layout.NATIVE)
    if "prefix" not in staging:
        findings.add(Rule.MISSING_KEY, fields["staging"], "`prefix` is missing", "add `prefix: host/path`")
    registries = read_registries(fields.get("registries"), findings)
    source = web_address(fields["source"], "source", findings) or ""
    settings = Settings(
        source=source,
        root=_root(catalog.get("root"), findings),
        layout=layout,
        references=_references(catalog.get("references"), layout, findings),
        format=MediaFormat(findings.word(fields.get("format"), "format", MediaFormat) or MediaFormat.OCI),
        staging=prefix(staging.get("prefix"), "staging.prefix", findings) or "",
        staging_username_env=env_name(staging.get("username_env"), "username_env", findings),
        staging_password_env=env_name(staging.get("password_env"), "password_env", findings),
        registries=registries,
        routes=read_routes(fields.get("routes"), registries, findings),
        builders=read_builders(fields.get("builders"), findings),
        signing=read_signing(fields.get("signing"), findings),
        tests=_tests(fields.get("policy"), findings),
        forge=read_forge(fields.get("forge"), source, findings),
        platforms=_platforms(catalog.get("platforms"), layout, findings),
    )
    _distinct(settings.staging, registries, fields, findings)
    return settings


def _section(node: Node | None, what: str, keys: tuple[str, ...], findings: Findings) -> dict[str, Node]:
    table = findings.mapping(node, what)
    return findings.fields(table, keys) if table else {}


def _root(node: Node | None, findings: Findings) -> str:
    text = findings.text(node, "root")
    if node is None or text is None:
        return ROOT
    root = resolve(ROOT, text)
    if root is None:
        findings.add(Rule.PATH, node, f"`root` {text!r:.120} is not a folder of the repository")
    return root or ROOT


def _absent(layout: Layout) -> Settings:
    """Give what holds where the section `catalog` says nothing."""
    return OPENEULER if layout is Layout.OPENEULER else Settings("")


def _references(node: Node | None, layout: Layout, findings: Findings) -> tuple[str, ...]:
    if node is None:
        return _absent(layout).references
    found = findings.texts(node, "references")
    return tuple(text for item, _ in found if (text := prefix(item, "references", findings)))


def _platforms(node: Node | None, layout: Layout, findings: Findings) -> tuple[Platform, ...]:
    return _absent(layout).platforms if node is None else read_platforms(node, findings)


def _tests(node: Node | None, findings: Findings) -> MappingOf[Platform, TestLevel]:
    policy = _section(node, "policy", ("tests",), findings)
    levels: dict[Platform, TestLevel] = {}
    for platform, value in platform_table(policy.get("tests"), "tests", findings):
        if word := findings.word(value, f"tests.{platform}", TestLevel):
            levels[platform] = TestLevel(word)
    return levels


def _distinct(
    staging: str, registries: MappingOf[str, RegistrySettings], fields: dict[str, Node], findings: Findings
) -> None:
    """Refuse two places that are one: their records, and the moves of their tags, would be mixed."""
    places = {staging: "staging"} if staging else {}
    for name, registry in registries.items():
        if registry.prefix in places:
            message = f"`{name}` and {places[registry.prefix]} have the same prefix `{registry.prefix}`"
            findings.add(Rule.CONFLICT, fields["registries"], message, "give each its own")
        places.setdefault(registry.prefix, f"`{name}`")
