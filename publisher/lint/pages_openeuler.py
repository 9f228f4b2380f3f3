"""Pages about catalogs in the layout of the openEuler image repository."""

from __future__ import annotations

from publisher.catalog.problem import Severity
from publisher.lint.page import Page


class TwoFiles(Page):
    """A path means two different files: one seen from the image's folder, another from above.

    Older history wrote paths from the category or the repository, so all three are tried.  Where
    two of them hit, neither is taken.

    Wrong:
        # AI/hello/meta.yml, with AI/hello/1.0/Dockerfile and 1.0/Dockerfile
        1.0-oe2403: 1.0/Dockerfile

    Right:
        1.0-oe2403: AI/hello/1.0/Dockerfile
    """

    id = "M021"
    fix = "write the path from the root of the repository"


class BadImageList(Page):
    """A line of an `image-list.yml` names a folder that is not there, or one that has a name already.

    Wrong:
        images: {hello: hello, greeter: hello}

    Right:
        images: {hello: hello}
    """

    id = "M022"
    fix = "remove the line, or correct the folder"


class ImageTwice(Page):
    """Two folders are published under the same image name.

    Their tags stand side by side in one repository; as long as no tag is claimed twice that works,
    but a reader of one `meta.yml` sees only a part of the image.

    Wrong:
        AI/hello/meta.yml and Others/hello/meta.yml

    Right:
        # Others/image-list.yml
        images: {hello-others: hello}
    """

    id = "M023"
    severity = Severity.WARNING
    fix = "name one of them in its category's image-list.yml, or join the folders"


class NameUnknown(Page):
    """An image has no certain name while its category's `image-list.yml` is wrong.

    Rather than publish it under a name that the list may be about to change, it is left as it was.

    Wrong:
        # AI/image-list.yml
        images: {hello: [hello]}

    Right:
        images: {hello: hello}
    """

    id = "M024"
    fix = "mend the list first"


PAGES: tuple[type[Page], ...] = (TwoFiles, BadImageList, ImageTwice, NameUnknown)
