"""Other names for repositories: the same catalog and plan meet an empty world each time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, unquote


@dataclass(frozen=True, slots=True)
class Renaming:
    """Beginnings of repositories' paths as the client knows them, and what the registry knows instead."""

    names: Mapping[str, str] = field(default_factory=dict)

    def there(self, target: str) -> str:
        """Rename in a request's target, the repository to mount from included."""

        def renamed(found: re.Match[str]) -> str:
            return quote(self._of(unquote(found[0]), self.names), safe="")

        return re.sub(r"(?<=[?&]from=)[^&]*", renamed, self._renamed(target, self.names))

    def back(self, address: str) -> str:
        """Rename in an address that the registry gives."""
        return self._renamed(address, {there: here for here, there in self.names.items()})

    def _renamed(self, text: str, names: Mapping[str, str]) -> str:
        head, mark, path = text.partition("/v2/")
        return f"{head}{mark}{self._of(path, names)}" if mark else text

    def _of(self, path: str, names: Mapping[str, str]) -> str:
        fitting = [name for name in names if f"{path}/".startswith(f"{name}/")]
        if not fitting:
            return path
        longest = max(fitting, key=len)
        return names[longest] + path[len(longest) :]
