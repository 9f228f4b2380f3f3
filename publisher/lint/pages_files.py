"""Pages about the files that entries name."""

from __future__ import annotations

from publisher.lint.page import Page, PlanPage


class FileNotRead(PlanPage):
    """A file of the catalog is not read: it is no regular file, or far too large.

    A symbolic link or a submodule in its place would make the catalog depend on something that is
    not in the commit.

    Wrong:
        hello/meta.yml -> ../shared/meta.yml

    Right:
        # hello/meta.yml, a file of its own
        v1: {path: ../shared/Dockerfile}
    """

    id = "P001"


class MissingDockerfile(PlanPage):
    """An entry names a Dockerfile that is not there.

    Wrong:
        # hello/meta.yml, beside hello/1.0/Dockerfile
        v1: {path: 1.0.0/Dockerfile}

    Right:
        v1: {path: 1.0/Dockerfile}
    """

    id = "P005"


class LinkedDockerfile(PlanPage):
    """An entry names a Dockerfile that is a symbolic link.

    What counts for the plan is the link, not the file behind it, and builders follow links in
    different ways.  Name the file itself; the build context stays the folder that `context` says.

    Wrong:
        v1: {path: Dockerfile}     # hello/Dockerfile -> ../shared/Dockerfile

    Right:
        v1: {path: ../shared/Dockerfile, context: .}
    """

    id = "P006"


class BadDockerfile(PlanPage):
    """A Dockerfile cannot be read, or makes no sense with the arguments of its entry.

    BuildKit would refuse it too, after minutes: an unknown instruction, a FROM that is empty
    because its ARG has no value, a stage that uses a later one.

    Wrong:
        ARG VERSION
        FROM debian:$VERSION

    Right:
        ARG VERSION=12
        FROM debian:$VERSION
    """

    id = "P007"


class MissingSmokeFile(PlanPage):
    """An entry names a smoke test that is not there.

    Wrong:
        v1: {path: Dockerfile, smoke: test.yml}     # the file is called smoke.yml

    Right:
        v1: {path: Dockerfile, smoke: smoke.yml}
    """

    id = "P008"


class BadSmokeTest(PlanPage):
    """A smoke test cannot be used, or checks nothing.

    Wrong:
        version: 1
        commands: [{run: [hello], output: "("}]

    Right:
        version: 1
        commands: [{run: [hello], output: "^hello"}]
    """

    id = "P009"


class BadIgnoreFile(PlanPage):
    """A `.dockerignore` cannot be read as BuildKit reads it.

    Which files a build can consume would be a guess, and with it what a change rebuilds.

    Wrong:
        [a-

    Right:
        [a-z]*.log
    """

    id = "P020"


PAGES: tuple[type[Page], ...] = (
    FileNotRead, MissingDockerfile, LinkedDockerfile, BadDockerfile, MissingSmokeFile, BadSmokeTest,
    BadIgnoreFile,
)  # fmt: skip
