"""Pages about the list `matrix` of a `meta.yml`."""

from __future__ import annotations

from publisher.catalog.problem import Severity
from publisher.lint.page import Page


class MatrixSize(Page):
    """A matrix has more axes, values, items or combinations than are expanded.

    One more axis multiplies what is built, tested, signed and copied.  What is excluded counts too.

    Wrong:
        matrix: [{axes: {a: ["0", …, "99"], b: ["0", …, "99"]}, tag: "{a}-{b}", path: Dockerfile}]

    Right:
        matrix: [{axes: {a: ["98", "99"], b: ["98", "99"]}, tag: "{a}-{b}", path: Dockerfile}]
    """

    id = "M025"
    fix = "list fewer values, or write several items"


class BadAxis(Page):
    """An axis of a matrix has a wrong name, no value, or a value twice.

    Wrong:
        matrix: [{axes: {os: [ubuntu, ubuntu]}, tag: "{os}", path: Dockerfile}]

    Right:
        matrix: [{axes: {os: [ubuntu, openeuler]}, tag: "{os}", path: Dockerfile}]
    """

    id = "M026"
    fix = "give the axis a name and at least one value, each once"


class BadCombination(Page):
    """A combination names an axis or a value that the item does not have, or is there already.

    In `exclude` such a slip would leave in what should be out.

    Wrong:
        matrix: [{axes: {os: [ubuntu]}, exclude: [{os: ubunto}], tag: "{os}", path: Dockerfile}]

    Right:
        matrix: [{axes: {os: [ubuntu, debian]}, exclude: [{os: ubuntu}], tag: "{os}", path: Dockerfile}]
    """

    id = "M027"
    fix = "name an axis and a value of this item"


class BadPlaceholder(Page):
    """A template of a matrix names an axis that is not there, or has a brace without its partner.

    Wrong:
        matrix: [{axes: {os: [ubuntu]}, tag: "{oss}", path: Dockerfile}]

    Right:
        matrix: [{axes: {os: [ubuntu]}, tag: "{os}", path: Dockerfile}]
    """

    id = "M028"
    fix = "name an axis of this item; write `{{` for a brace itself"


class NothingSelected(Page):
    """A condition of a matrix selects no combination: everything that it matches is excluded.

    It does nothing, so it is a left-over, or the exclusion goes further than was meant.

    Wrong:
        matrix: [{axes: {os: [ubuntu]}, exclude: [{os: ubuntu}], tag: "{os}", path: Dockerfile}]

    Right:
        matrix: [{axes: {os: [ubuntu]}, tag: "{os}", path: Dockerfile}]
    """

    id = "M029"
    severity = Severity.WARNING
    fix = "remove the condition, or exclude less"


class LatestSelector(Page):
    """The selector of `latest` does not select exactly one combination.

    `latest` is one tag, so one combination owns it, and it is one that is not excluded.

    Wrong:
        matrix: [{axes: {os: [ubuntu, debian]}, latest: true, tag: "{os}", path: Dockerfile}]

    Right:
        matrix: [{axes: {os: [ubuntu, debian]}, latest: {os: debian}, tag: "{os}", path: Dockerfile}]
    """

    id = "M030"
    fix = "name further axes, so that it selects exactly one"


PAGES: tuple[type[Page], ...] = (
    MatrixSize, BadAxis, BadCombination, BadPlaceholder, NothingSelected, LatestSelector,
)  # fmt: skip
