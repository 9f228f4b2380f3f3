"""What a transaction will cost each registry, told before it begins, and what it came to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from publisher.catalog.settings import Settings
from publisher.plan.quota import limits_of
from publisher.plan.wording import long_text
from publisher.ports.progress import Progress
from publisher.ports.transfer import LaneReport
from publisher.records.release import RegistryOutcome
from publisher.steps.workbench import Workbench
from publisher.transfer.cost import TransferCost, transfer_cost_text
from publisher.transfer.figures import LaneFigures


def tell_costs(progress: Progress, settings: Settings, costs: Mapping[str, TransferCost]) -> None:
    """Say in one line a registry what it will be asked and sent, and warn of what takes hours."""
    limits = limits_of(settings)
    for name, cost in costs.items():
        progress.note(f"{name}: {transfer_cost_text(cost, limits.get(name))}")
        if warning := long_text(name, cost.requests, limits.get(name)):
            progress.warning(warning)


def figures_of(
    reports: Mapping[str, LaneReport], outcomes: Iterable[RegistryOutcome] = ()
) -> Mapping[str, LaneFigures]:
    """Give the figures of contents and tags; names of one host share theirs."""
    found = {name: report.figures for name, report in reports.items()}
    for outcome in outcomes:
        lane = found.get(outcome.registry)
        if lane is None and outcome.moved:
            found[outcome.registry] = LaneFigures(outcome.registry, moved=outcome.moved, ended=True)
        elif lane is not None:
            more = replace(lane, moved=lane.moved + outcome.moved)
            found = {name: more if one.registry == lane.registry else one for name, one in found.items()}
    return found


def with_traffic(bench: Workbench, figures: Mapping[str, LaneFigures]) -> Mapping[str, LaneFigures]:
    """Count everything that a registry was asked from the start of the program, records included."""
    registries = bench.settings.registries
    known = [name for name in figures if name in registries]
    asked = {name: bench.registry(registries[name].repository("any").host).traffic for name in known}
    return {
        name: replace(
            one, requests=asked[name].requests, retried=asked[name].retried, waited=asked[name].waited
        )
        if name in asked
        else one
        for name, one in figures.items()
    }
