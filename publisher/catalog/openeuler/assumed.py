"""What holds for the openEuler image repository as it is: no `publisher.yml`, nothing to be added.

https://gitee.com/openeuler/openeuler-docker-images
"""

from __future__ import annotations

from publisher.catalog.settings import Layout, Settings
from publisher.oci.platform import Platform

OPENEULER = Settings(
    source="",
    layout=Layout.OPENEULER,
    assumed=True,
    references=("docker.io/openeuler",),
    platforms=(Platform("linux/amd64"), Platform("linux/arm64")),
)
"""The settings of a repository that is recognised without a `publisher.yml`; a `publisher.yml` with
`layout: openeuler` takes references and platforms from here where it names none."""
DISTRIBUTION = "openeuler"
"""The image that `openeuler/openeuler` names: the distribution itself, which comes from elsewhere."""
LIST_NAME = "image-list.yml"
"""The file of a category that names its images: `images: {name: folder}`."""
MAX_LINES = 10_000
"""Most entries of one `meta.yml`, and most lines of one list; the longest file there has a hundred."""
