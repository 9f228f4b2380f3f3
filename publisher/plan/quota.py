"""A registry's quota: its requests a minute, and how long they make a number of requests last."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.catalog.settings import Settings

MINUTE, HOUR = 60, 3600
"""Seconds."""


def limits_of(settings: Settings) -> Mapping[str, int]:
    """Give the requests a minute of each registry that has a limit; names of one host share the least."""
    hosts: dict[str, int] = {}
    places = {name: one.repository("any").host for name, one in settings.registries.items()}
    for name, registry in settings.registries.items():
        if limit := registry.requests_per_minute:
            hosts[places[name]] = min(limit, hosts.get(places[name], limit))
    return {name: hosts[host] for name, host in places.items() if host in hosts}


def least_seconds(requests: int, per_minute: int | None) -> int:
    """Give what so many requests take at least: those of the first minute may begin all at once."""
    return MINUTE * (max(requests - 1, 0) // per_minute) if per_minute else 0
