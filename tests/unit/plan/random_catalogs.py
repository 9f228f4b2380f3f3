"""Catalogs made up from a seed: stacks of images that use each other in every way, and edits of them.

Images only use images with a lower number, so there are no cycles; what an image uses may be
missing or lack a platform, which is a problem like in real catalogs.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from publisher.plan.snapshot import Snapshot, load_snapshot
from tests.fakes.files import EXECUTABLE, MemoryFiles
from tests.unit.plan.small import DEBIAN, SETTINGS, locked

IMAGES = 6
PLATFORMS = ("", ", platforms: [linux/amd64]", ", platforms: [linux/arm64, linux/amd64]", ", arch: aarch64")
NOISE = ("README.md", "docs/use.txt", "logo.png", "other/unused.txt")


@dataclass(frozen=True)
class Image:
    """The folder of one image: its files, and which of them can be executed."""

    files: Mapping[str, str]
    modes: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Catalog:
    """Images by number, with lock and settings."""

    images: Mapping[int, Image] = field(default_factory=dict)
    digit: str = "a"
    generation: int = 0
    settings: str = SETTINGS

    @property
    def files(self) -> dict[str, str]:
        """Give every file by its path."""
        date = f"2025-01-0{self.generation}T00:00:00Z"
        raised = f'generations: {{"i0:x": {{number: {self.generation}, date: "{date}"}}}}\n'
        lock = locked(DEBIAN, digit=self.digit) + (raised if self.generation else "")
        below = {
            f"i{n}/{path}": text for n, image in self.images.items() for path, text in image.files.items()
        }
        return {"publisher.yml": self.settings, "publisher.lock": lock, "README.md": "# All\n", **below}

    @property
    def modes(self) -> dict[str, str]:
        """Give the modes that are not the usual one."""
        return {f"i{n}/{path}": EXECUTABLE for n, image in self.images.items() for path in image.modes}

    def load(self, commit: str, last: Snapshot | None = None) -> Snapshot:
        """Read it."""
        return load_snapshot(MemoryFiles(self.files, self.modes), commit, last=last)


def random_catalog(random_: random.Random) -> Catalog:
    """Make one up."""
    numbers = [n for n in range(IMAGES) if random_.random() < 0.98]
    return Catalog({n: _image(n, random_) for n in numbers})


def edited(catalog: Catalog, random_: random.Random) -> Catalog:
    """Make up to three changes."""
    for _ in range(random_.randint(0, 3)):
        catalog = random_.choice(EDITS)(catalog, random_)
    return catalog


def _image(number: int, random_: random.Random) -> Image:
    tags = ["x", *random_.sample(["y", "z"], random_.randint(0, 1))]
    files = {
        path: f"{random_.randint(0, 1)}\n" for path in ("run.sh", "file-amd64", "file-arm64", "sub/a", *NOISE)
    }
    entries = []
    for tag in tags:
        shared = random_.random() < 0.3
        name = "Dockerfile" if shared else f"{tag}.Dockerfile"
        files[name] = _dockerfile(number, random_)
        entries.append(f"{tag}: {{path: {name}{_fields(tag, number, random_)}}}\n")
    files["smoke.yml"] = f"version: 1\ncommands: [{{name: a, run: [a, '{random_.randint(0, 1)}']}}]\n"
    return Image({**files, "meta.yml": "".join(entries)}, frozenset(random_.sample(["run.sh", "sub/a"], 1)))


def _fields(tag: str, number: int, random_: random.Random) -> str:
    base = f', base: "{_name(number, random_)}"' if number and random_.random() < 0.3 else ""
    smoke = ", smoke: smoke.yml" if random_.random() < 0.4 else ""
    args = f", args: {{VERSION: '{random_.randint(1, 2)}'}}" if random_.random() < 0.4 else ""
    alias = f", aliases: [also-{tag}]" if random_.random() < 0.3 else ""
    status = ", status: frozen" if random_.random() < 0.04 else ""
    latest = ", latest: true" if tag == "x" else ""
    platforms = random_.choice(PLATFORMS) if random_.random() < 0.2 else ""
    internal = ", internal: true" if random_.random() < 0.1 else ""
    return f"{base}{smoke}{args}{alias}{status}{latest}{internal}{platforms}"


def _name(number: int, random_: random.Random) -> str:
    tag = random_.choice(["x", "latest"]) if random_.random() < 0.97 else random_.choice(["y", "also-x"])
    return f"i{random_.randrange(number)}:{tag}"


def _reference(number: int, random_: random.Random) -> str:
    """Give the image that something uses: one below, or one from outside."""
    return f"hub.test/us/{_name(number, random_)}" if number and random_.random() < 0.8 else "debian:12"


def _dockerfile(number: int, random_: random.Random) -> str:
    one, two = _reference(number, random_), _reference(number, random_)
    image, _, tag = one.rpartition(":")
    start = random_.choice([
        f"FROM {one}\n",
        "ARG BASE=debian:12\nFROM $BASE\n",
        f"ARG REPO={image}\nARG TAG={tag}\nARG ALL=${{REPO}}:${{TAG}}\nFROM $ALL\n",
        f"FROM {one} AS builder\nRUN make\nFROM {two}\nCOPY --from=builder /x /\n",
        f"FROM {one} AS unused\nRUN x\nFROM {two}\n",
        f"FROM {one} AS on-amd64\nFROM {two} AS on-arm64\nFROM on-${{TARGETARCH}}\n",
        f"FROM --platform=$BUILDPLATFORM {one} AS tool\nRUN x\nFROM {two}\nCOPY --from=tool /x /\n",
    ])  # fmt: skip
    lines = random_.sample([
        "COPY run.sh /\n", "COPY sub /sub\n", "COPY . /all\n", "ARG VERSION\nRUN echo $VERSION\n",
        "# a comment\n",
        "ARG TARGETARCH\nCOPY file-$TARGETARCH /\n", "RUN --mount=target=/src,source=sub true\n",
        f"COPY --from={_reference(number, random_)} /y /\n", "ONBUILD COPY sub /\n", "COPY README.md /\n",
        f"RUN --mount=from={_reference(number, random_)},target=/m true\n",
        f"ONBUILD COPY --from={_reference(number, random_)} /z /\n",
    ], random_.randint(0, 3))  # fmt: skip
    return start + "".join(lines)


def _another_image(catalog: Catalog, random_: random.Random) -> Catalog:
    number = random_.randrange(IMAGES)
    return replace(catalog, images={**catalog.images, number: _image(number, random_)})


def _no_image(catalog: Catalog, random_: random.Random) -> Catalog:
    gone = random_.randrange(IMAGES)
    return replace(catalog, images={n: image for n, image in catalog.images.items() if n != gone})


def _another_file(catalog: Catalog, random_: random.Random) -> Catalog:
    return _with_image(catalog, random_, lambda image: _changed(image, random_))


def _changed(image: Image, random_: random.Random) -> Image:
    path = random_.choice(sorted(path for path in image.files if path != "meta.yml"))
    docker = path.endswith("Dockerfile")
    text = f"{image.files[path]}# comment\n" if docker and random_.random() < 0.5 else None
    if text is None:
        text = f"{image.files[path]}RUN more\n" if docker else "version: 1\ncommands: [{name: b, run: [b]}]\n"
    return replace(image, files={**image.files, path: text})


def _another_mode(catalog: Catalog, random_: random.Random) -> Catalog:
    return _with_image(catalog, random_, lambda image: replace(image, modes=image.modes ^ {"run.sh"}))


def _another_entry(catalog: Catalog, random_: random.Random) -> Catalog:
    return _with_image(
        catalog, random_, lambda image: replace(image, files={**image.files, **_meta(image, random_)})
    )


def _meta(image: Image, random_: random.Random) -> dict[str, str]:
    old, new = random_.choice([
        ("x: {", "w: {"), ("latest: true", "latest: false"), ("VERSION: '1'", "VERSION: '2'"),
        ("also-", "more-"),
        (", smoke: smoke.yml", ""), ("x.Dockerfile", "y.Dockerfile"), (", internal: true", ""),
        (", status: frozen", ""), (", arch: aarch64", ""),
    ])  # fmt: skip
    return {"meta.yml": image.files["meta.yml"].replace(old, new)}


def _twin(catalog: Catalog, random_: random.Random) -> Catalog:
    """Give one entry a second tag; its inputs are the same."""

    def doubled(image: Image) -> Image:
        first, _, rest = image.files["meta.yml"].partition("\n")
        plain = re.sub(", (?:aliases: [^]]*]|latest: true)", "", first.replace("x: {", "v: {"))
        return replace(image, files={**image.files, "meta.yml": f"{first}\n{plain}\n{rest}"})

    return _with_image(catalog, random_, doubled)


def _with_image(catalog: Catalog, random_: random.Random, change: Callable[[Image], Image]) -> Catalog:
    if not catalog.images:
        return catalog
    number = random_.choice(sorted(catalog.images))
    return replace(catalog, images={**catalog.images, number: change(catalog.images[number])})


def _another_lock(catalog: Catalog, random_: random.Random) -> Catalog:
    return replace(catalog, digit=random_.choice("abc"), generation=random_.randint(0, 2))


def _other_settings(catalog: Catalog, random_: random.Random) -> Catalog:
    quay = SETTINGS.replace("routes:", "  quay: {prefix: quay.test/us}\nroutes:")
    return replace(catalog, settings=random_.choice([
        SETTINGS, SETTINGS.replace("version: 1", "version: 1\nformat: docker"),
        SETTINGS + "policy: {tests: {linux/amd64: native}}\n",
        quay.replace("[hub]", "[hub, quay]"),
        SETTINGS.replace(", linux/arm64", ""),
    ]))  # fmt: skip


EDITS = (
    _another_image, _no_image, _another_file, _another_file, _another_file, _another_mode, _another_entry,
    _another_entry, _twin, _another_lock, _other_settings,
)  # fmt: skip
