"""The sections `registries` and `routes` of `publisher.yml`."""

from __future__ import annotations

from collections.abc import Mapping as MappingOf

from publisher.catalog.findings import Findings, suggestion
from publisher.catalog.nodes import Mapping, Node
from publisher.catalog.rules import Rule
from publisher.catalog.settings import RegistrySettings, Route
from publisher.catalog.settings_nodes import env_name, is_name, name, prefix, repository_path

KEYS = frozenset({
    "prefix", "username_env", "password_env", "required", "evidence", "indexes", "requests_per_minute",
    "concurrency", "ca_file", "readme",
})  # fmt: skip


def read_registries(node: Node | None, findings: Findings) -> MappingOf[str, RegistrySettings]:
    """Give the destinations by name, in the order of the file."""
    table = findings.mapping(node, "registries")
    found: dict[str, RegistrySettings] = {}
    nodes: dict[str, Node] = {}
    for called, value in findings.fields(table).items() if table else ():
        if not is_name(called):
            findings.add(Rule.WORD, value, f"{called!r:.80} is not a name for a registry")
        elif registry := _registry(called, value, findings):
            found[called] = registry
            nodes[called] = value
    for called, registry in found.items():
        _check_evidence(registry, found, nodes[called], findings)
    return found


def _registry(called: str, node: Node, findings: Findings) -> RegistrySettings | None:
    table = findings.mapping(node, f"registries.{called}")
    if table is None:
        return None
    fields = findings.fields(table, KEYS)
    if not findings.needed(fields, table, "prefix"):
        return None
    return RegistrySettings(
        name=called,
        prefix=prefix(fields["prefix"], f"{called}.prefix", findings) or "",
        username_env=env_name(fields.get("username_env"), "username_env", findings),
        password_env=env_name(fields.get("password_env"), "password_env", findings),
        required=findings.flag(fields.get("required"), "required", default=True),
        evidence=findings.text(fields.get("evidence"), "evidence"),
        indexes=findings.flag(fields.get("indexes"), "indexes", default=True),
        requests_per_minute=findings.number(fields.get("requests_per_minute"), "requests_per_minute"),
        concurrency=findings.number(fields.get("concurrency"), "concurrency"),
        ca_file=repository_path(fields.get("ca_file"), "ca_file", findings),
        readme=name(fields.get("readme"), "readme", findings),
    )


def _check_evidence(
    registry: RegistrySettings, all_of_them: MappingOf[str, RegistrySettings], node: Node, findings: Findings
) -> None:
    """Require of the registry that keeps another's evidence that it can, and that nobody waits in vain."""
    if registry.evidence is None:
        return
    at = _value(node, "evidence")
    keeper = all_of_them.get(registry.evidence)
    if keeper is None:
        message = f"no registry is called `{registry.evidence:.80}`"
        findings.add(Rule.WORD, at, message, suggestion(registry.evidence, list(all_of_them)))
    elif wrong := _unfit(keeper, registry):
        message = f"`{keeper.name}` cannot keep the evidence of `{registry.name}`: {wrong}"
        findings.add(Rule.CONFLICT, at, message, "name a required registry that holds indexes and artifacts")


def _unfit(keeper: RegistrySettings, registry: RegistrySettings) -> str:
    if keeper.name == registry.name:
        return "it is the same registry"
    if keeper.evidence is not None:
        return f"its own is kept at `{keeper.evidence}`"
    if not keeper.required:
        return "it is not required"
    return "" if keeper.indexes else "it holds no indexes"


def _value(node: Node, key: str) -> Node:
    entries = node.entries if isinstance(node, Mapping) else ()
    return next((value for name, value in entries if name.text == key), node)


def read_routes(
    node: Node | None, registries: MappingOf[str, RegistrySettings], findings: Findings
) -> tuple[Route, ...]:
    """Give the routes in order; each must name registries that exist."""
    items = findings.sequence(node, "routes")
    found = (_route(item, registries, findings) for item in (items.items if items else ()))
    return tuple(route for route in found if route)


def _route(node: Node, registries: MappingOf[str, RegistrySettings], findings: Findings) -> Route | None:
    table = findings.mapping(node, "routes")
    fields = findings.fields(table, ("images", "to")) if table else {}
    if table is None or not findings.needed(fields, table, "images", "to"):
        return None
    images = tuple(text for _, text in findings.texts(fields["images"], "images"))
    names = findings.texts(fields["to"], "to")
    for item, text in names:
        if text not in registries:
            findings.add(
                Rule.WORD, item, f"no registry is called `{text:.80}`", suggestion(text, list(registries))
            )
    if not images or not names:
        findings.add(
            Rule.WRONG_SHAPE, table, "a route needs images and registries", "name at least one of each"
        )
    return Route(images, tuple(dict.fromkeys(text for _, text in names)))
