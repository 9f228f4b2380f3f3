"""Pages about the form of the catalog's files."""

from __future__ import annotations

from publisher.lint.page import Page


class UnreadableFile(Page):
    """A file of the catalog is not YAML that can be read.

    Its syntax or encoding is wrong, or it is too large or too deep.  Of a `meta.yml` the entries of
    the last readable state go on to hold, so nothing is retired by a slip of the pen; of
    `publisher.yml` and `publisher.lock` nothing holds, and the pipeline does not run.

    Wrong:
        v1: {path: Dockerfile

    Right:
        v1: {path: Dockerfile}
    """

    id = "M001"
    fix = "mend the place; the column is where the YAML reader gave up, often behind the slip"


class UnusualYaml(Page):
    """Anchors, aliases, YAML tags and several documents in one file are not used in catalogs.

    They are how a small file becomes a large one, and a reviewer does not see what they expand to.

    Wrong:
        v1: &same {path: Dockerfile}
        v2: *same

    Right:
        v1: {path: Dockerfile}
        v2: {path: Dockerfile}
    """

    id = "M002"
    fix = "write the value out"


class DuplicateKey(Page):
    """A key stands twice in one mapping.

    YAML readers disagree about which one holds, and so do reviewers.  No choice is made.

    Wrong:
        v1: {path: a/Dockerfile, path: b/Dockerfile}

    Right:
        v1: {path: b/Dockerfile}
    """

    id = "M003"
    fix = "keep one of them"


class WrongShape(Page):
    """A value has another form than its key asks for: text, a list or a mapping.

    Wrong:
        v1: {path: Dockerfile, aliases: stable}

    Right:
        v1: {path: Dockerfile, aliases: [stable]}
    """

    id = "M004"
    fix = "write the value in the form that the message names"


class UnknownKey(Page):
    """A key is not known.

    It would be without effect, and its author believes that it has one.

    Wrong:
        v1: {path: Dockerfile, platform: [linux/arm64]}

    Right:
        v1: {path: Dockerfile, platforms: [linux/arm64]}
    """

    id = "M005"
    fix = "correct its spelling, or remove it"


class MissingKey(Page):
    """A key that is needed is missing.

    Wrong:
        v1: {arch: aarch64}

    Right:
        v1: {path: Dockerfile, arch: aarch64}
    """

    id = "M006"
    fix = "add the key"


class UnknownWord(Page):
    """A value is not one of the words, numbers or forms that its key allows.

    Wrong:
        v1: {path: Dockerfile, status: retired}

    Right:
        v1: {path: Dockerfile, status: end-of-life}
    """

    id = "M015"
    fix = "use one of the words that the message names"


PAGES: tuple[type[Page], ...] = (
    UnreadableFile, UnusualYaml, DuplicateKey, WrongShape, UnknownKey, MissingKey, UnknownWord,
)  # fmt: skip
