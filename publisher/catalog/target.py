"""Names of things to build: `image:tag`."""

from __future__ import annotations

import re
from typing import Self

from publisher.errors import Malformed
from publisher.oci.reference import is_tag

_IMAGE = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")


def is_image_name(text: str) -> bool:
    """Tell whether `text` may be the published name of an image (OCI distribution, `<name>`)."""
    return len(text) <= 200 and bool(_IMAGE.fullmatch(text))


class TargetId(str):
    """`image:tag`, one thing to build."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        image, colon, tag = text.partition(":")
        if not colon or not is_image_name(image) or not is_tag(tag):
            raise Malformed(f"{text[:200]!r} is not image:tag")
        return super().__new__(cls, text)

    @classmethod
    def of(cls, image: str, tag: str) -> Self:
        """Join an image name and a tag."""
        return cls(f"{image}:{tag}")

    @property
    def image(self) -> str:
        """Give the published name of the image."""
        return self.partition(":")[0]

    @property
    def tag(self) -> str:
        """Give the tag."""
        return self.partition(":")[2]
