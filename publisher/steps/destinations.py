"""Destinations side by side: contents, record copies, forks of the chain; optional ones may fail."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TypeVar

from publisher.catalog.settings import RegistrySettings
from publisher.errors import PublisherError, RecordConflict, RegistryError
from publisher.ports.transfer import LaneReport
from publisher.steps.workbench import Workbench
from publisher.transfer.inventory import Delivery

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Destinations:
    """All registries of `publisher.yml`; those that are optional and do not answer are left out."""

    bench: Workbench
    _silent: list[Mapping[str, PublisherError]] = field(default_factory=list)

    @property
    def registries(self) -> Mapping[str, RegistrySettings]:
        """Give the settings of every destination by name."""
        return self.bench.settings.registries

    def silent(self) -> Mapping[str, PublisherError]:
        """Give the optional registries that do not answer, with why; they are asked once a run."""
        if not self._silent:
            optional = {name: item for name, item in self.registries.items() if not item.required}
            _, errors = self._side_by_side(optional, self._ping)
            for name, error in errors.items():
                self.bench.progress.warning(f"the optional registry {name} is left out: {error.what}")
            self._silent.append(errors)
        return self._silent[0]

    def _ping(self, settings: RegistrySettings) -> None:
        self.bench.registry(settings.repository("any").host).ping()

    def each(
        self, work: Callable[[RegistrySettings], T], names: Collection[str] | None = None
    ) -> tuple[dict[str, T], dict[str, PublisherError]]:
        """Work on every destination, or those named, side by side; give results and errors by name."""
        silent = self.silent()
        chosen = {
            name: item
            for name, item in self.registries.items()
            if name not in silent and (names is None or name in names)
        }
        return self._side_by_side(chosen, work)

    def _side_by_side(
        self, chosen: Mapping[str, RegistrySettings], work: Callable[[RegistrySettings], T]
    ) -> tuple[dict[str, T], dict[str, PublisherError]]:
        results: dict[str, T] = {}
        errors: dict[str, PublisherError] = {}
        if not chosen:
            return results, errors
        with ThreadPoolExecutor(max_workers=len(chosen), thread_name_prefix="destination") as pool:
            futures = {name: pool.submit(work, settings) for name, settings in chosen.items()}
            self._await(futures.values())
        for name, future in futures.items():
            error = future.exception()
            if error is None:
                results[name] = future.result()
            elif isinstance(error, PublisherError):
                errors[name] = error
            else:
                raise error
        return results, errors

    def _await(self, futures: Iterable[Future[T]]) -> None:
        """Wait; Ctrl-C gives the whole run up, so that nobody waits for a copy to end."""
        try:
            wait(futures)
        except BaseException:
            self.bench.stop()
            raise

    def send(self, deliveries: Sequence[Delivery]) -> Mapping[str, LaneReport]:
        """Copy contents to every destination and check them there; give the reports by name."""
        return self.bench.transfer.deliver(deliveries) if deliveries else {}

    def required(self, errors: Mapping[str, PublisherError]) -> dict[str, PublisherError]:
        """Give the errors of registries that everything waits for; one that is not in the settings is."""
        return {
            name: error
            for name, error in errors.items()
            if name not in self.registries or self.registries[name].required
        }

    def judge(self, errors: Mapping[str, PublisherError], what: str, *, known: Collection[str] = ()) -> None:
        """Let required registries and conflicts stop the run, and warn of the others but those `known`.

        Raises:
            RecordConflict: any registry holds records that staging does not know.
            RegistryError: a required registry failed.
        """
        conflicts = {name: error for name, error in errors.items() if isinstance(error, RecordConflict)}
        raise_first(conflicts or self.required(errors), what)
        self.warn({name: error for name, error in errors.items() if name not in known})

    def warn(self, errors: Mapping[str, PublisherError]) -> None:
        """Say that optional registries lag."""
        for name, error in errors.items():
            hint = f" ({error.hint})" if error.hint else ""
            self.bench.progress.warning(
                f"the optional registry {name} lags, the next run tries again: {error.what}{hint}"
            )


def raise_first(errors: Mapping[str, PublisherError], what: str) -> None:
    """Raise one error for all registries: itself when it is the only one, else a summary."""
    if not errors:
        return
    if len(errors) == 1:
        raise next(iter(errors.values()))
    detail = "\n".join(f"{name}: {error.what}" for name, error in errors.items())
    first = next(iter(errors.values()))
    kind = type(first) if isinstance(first, RegistryError) else RegistryError
    raise kind(what, where=", ".join(errors), detail=detail, hint=first.hint) from first
