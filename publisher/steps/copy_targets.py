"""What target tags name now, with as few requests as tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from publisher.errors import PublisherError
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.steps.asking import ask_everywhere
from publisher.steps.copy_list import Claim

_MANY = 3
"""Tags of one repository from which a list of all its tags is cheaper than a request for each."""


@dataclass(slots=True)
class TargetLook:
    """What was found: the digest that each claim's tag names, None for nothing; errors by registry host."""

    registry: Callable[[str], Registry]
    progress: Progress
    found: dict[Claim, Digest | None] = field(default_factory=dict)
    errors: dict[str, PublisherError] = field(default_factory=dict)

    def look(self, claims: Sequence[Claim]) -> None:
        """Ask one tag of each repository first, then the others.

        Where the first is not there the repository is probably new, and its list of tags answers for all.
        """
        groups: defaultdict[Repository, list[Claim]] = defaultdict(list)
        for claim in claims:
            groups[claim.target.repository].append(claim)
        self._ask([group[0] for group in groups.values()])
        new = [name for name, group in groups.items() if len(group) > _MANY and self._is_absent(group[0])]
        tags = self._tags(new)
        rest = [claim for group in groups.values() for claim in group[1:]]
        absent = [claim for claim in rest if claim.tag not in tags.get(claim.target.repository, {claim.tag})]
        self.found.update(dict.fromkeys(absent))
        self._ask([claim for claim in rest if claim not in self.found])
        for claim in [claim for claim in self.found if _host(claim) in self.errors]:
            del self.found[claim]

    def _is_absent(self, claim: Claim) -> bool:
        return claim in self.found and self.found[claim] is None

    def _ask(self, claims: Sequence[Claim]) -> None:
        asked = [claim for claim in claims if _host(claim) not in self.errors]
        answers = ask_everywhere(asked, _host, self._head, step="look", progress=self.progress)
        for claim, answer in zip(asked, answers, strict=True):
            if isinstance(answer, PublisherError):
                self.errors.setdefault(_host(claim), answer)
            else:
                self.found[claim] = answer

    def _head(self, claim: Claim) -> Digest | None:
        repository = claim.target.repository
        found = self.registry(repository.host).head_manifest(repository.path, claim.tag)
        return found.digest if found else None

    def _tags(self, repositories: Sequence[Repository]) -> dict[Repository, frozenset[str]]:
        """List the tags of repositories; one whose list is too long, or fails, is left out."""

        def ask(repository: Repository) -> frozenset[str]:
            return frozenset(self.registry(repository.host).tags(repository.path))

        lists = ask_everywhere(repositories, lambda one: one.host, ask)
        pairs = zip(repositories, lists, strict=True)
        return {name: tags for name, tags in pairs if not isinstance(tags, PublisherError)}


def _host(claim: Claim) -> str:
    return claim.target.repository.host
