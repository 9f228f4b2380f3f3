"""Images that come to an engine as a file and leave it again when they are no longer needed.

The client is docker's `APIClient`, made by `publisher.tools.engine`; see `engine_box` for its errors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from publisher.errors import EngineUnavailable
from publisher.tools.engine_box import refusal

_LOADED = re.compile(r"Loaded image(?: ID)?: \S*?(sha256:[0-9a-f]{64})\s*")
"""What an engine says of an image without a name, with its own store or containerd's."""
_HINT = "look for space where the engine keeps its images (`docker system df`), then run again"


def load_archive(client: Any, archive: Path) -> str:
    """Send an archive and give the image's id.

    Raises:
        EngineUnavailable: the engine cannot read it, or says nothing of an image.
    """
    with archive.open("rb") as file:
        said = list(_words(client.load_image(file)))
    found = [image[1] for line in said if (image := _LOADED.fullmatch(line))]
    if len(found) != 1:
        raise EngineUnavailable(
            "the engine cannot load the image", where=str(archive), detail="\n".join(said[-5:]), hint=_HINT
        )
    return found[0]


def _words(answer: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Give the lines of an answer without its progress; a refusal is such a line too."""
    for item in answer:
        text = item.get("error") or item.get("message") or item.get("stream")
        if text:
            yield str(text).strip()


def unload_image(client: Any, image: str) -> None:
    """Remove an image that has no name; one that a person pulled or tagged is theirs."""
    try:
        details = client.inspect_image(image)
        if not details.get("RepoTags") and not details.get("RepoDigests"):
            client.remove_image(image)
    except OSError as error:
        if not refusal(error):  # a refusal: it is gone, or a container uses it
            raise
