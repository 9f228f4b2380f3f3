"""The five stacked layers, small: os → python → cann → mindspore and pytorch → openmind."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.catalog.target import TargetId
from publisher.plan.plan import Plan
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from tests.fakes.files import MemoryFiles

Content = Mapping[str, str | None]

OS = TargetId("os:ubuntu")
PYTHON = TargetId("python:ubuntu-python3.9")
CANN = TargetId("cann:ubuntu-python3.9-cann8.0.rc2.beta1")
MINDSPORE = TargetId("mindspore:ubuntu-python3.9-cann8.0.rc2.beta1-mindspore2.3.1")
PYTORCH = TargetId("pytorch:ubuntu-python3.9-cann8.0.rc2.beta1-pytorch2.1.0")
OPENMIND = TargetId("openmind:ubuntu-python3.9-cann8.0.rc2.beta1-pytorch2.1.0-openmind0.8.0")
ABOVE_CANN = {CANN, MINDSPORE, PYTORCH, OPENMIND}
ALL = {OS, PYTHON, *ABOVE_CANN}

BASE_DIGEST = "sha256:" + "a" * 64

SETTINGS = """\
version: 1
source: https://github.com/ascend/images
catalog: {root: ., layout: native, references: [docker.io/ascendai, quay.io/ascend], platforms: [linux/amd64]}
staging: {prefix: staging.example/ascend}
registries:
  hub: {prefix: docker.io/ascendai}
  quay: {prefix: quay.io/ascend}
  modelers: {prefix: modelers.example/base_image}
routes:
  - {images: [openmind], to: [modelers]}
  - {images: ["*"], to: [hub, quay, modelers]}
"""

LOCK = f"""\
version: 1
bases:
  "docker.io/library/ubuntu:22.04":
    source: "docker.io/library/ubuntu"
    date: "2024-05-01T00:00:00Z"
    digests:
      "linux/amd64": "{BASE_DIGEST}"
"""

FILES: Mapping[str, str] = {
    "publisher.yml": SETTINGS,
    "publisher.lock": LOCK,
    "README.md": "# Images\n",
    "os/meta.yml": "ubuntu: {path: Dockerfile, internal: true, smoke: smoke.yml}\n",
    "os/Dockerfile": "FROM ubuntu:22.04\nRUN apt-get update\n",
    "os/smoke.yml": "version: 1\ncommands: [{name: os, run: [cat, /etc/os-release], output: [Ubuntu]}]\n",
    "python/meta.yml": 'ubuntu-python3.9: {path: Dockerfile, base: "os:ubuntu", internal: true}\n',
    "python/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY python.sh /opt/\nRUN sh /opt/python.sh\n",
    "python/python.sh": "apt-get install -y python3.9\n",
    "python/README.md": "# Python\n",
    "cann/meta.yml": """\
ubuntu-python3.9-cann8.0.rc2.beta1:
  path: ubuntu/Dockerfile
  base: "python:ubuntu-python3.9"
  args: {CANN_VERSION: 8.0.rc2.beta1}
  latest: true
""",
    "cann/ubuntu/Dockerfile": """\
ARG BASE
FROM $BASE
ARG CANN_VERSION
COPY install.sh /opt/
RUN sh /opt/install.sh
""",
    "cann/ubuntu/install.sh": "echo install\n",
    "cann/ubuntu/README.md": "# CANN\n",
    "mindspore/meta.yml": """\
ubuntu-python3.9-cann8.0.rc2.beta1-mindspore2.3.1:
  path: Dockerfile
  base: "cann:ubuntu-python3.9-cann8.0.rc2.beta1"
  smoke: smoke.yml
""",
    "mindspore/Dockerfile": "ARG BASE\nFROM $BASE\nRUN pip install mindspore==2.3.1\n",
    "mindspore/smoke.yml": "version: 1\ncommands: [{name: import, run: [python3, -c, import mindspore]}]\n",
    "pytorch/meta.yml": """\
ubuntu-python3.9-cann8.0.rc2.beta1-pytorch2.1.0:
  path: Dockerfile
  base: "cann:ubuntu-python3.9-cann8.0.rc2.beta1"
  aliases: [pytorch2.1.0-cann8.0.rc2.beta1]
""",
    "pytorch/Dockerfile": "ARG BASE\nFROM $BASE\nRUN pip install torch==2.1.0\n",
    "openmind/meta.yml": """\
ubuntu-python3.9-cann8.0.rc2.beta1-pytorch2.1.0-openmind0.8.0:
  path: Dockerfile
  base: "pytorch:ubuntu-python3.9-cann8.0.rc2.beta1-pytorch2.1.0"
  latest: true
""",
    "openmind/Dockerfile": "ARG BASE\nFROM $BASE\nRUN pip install openmind==0.8.0\n",
}

BASE_COMMIT = "1" * 40
HEAD_COMMIT = "2" * 40


def files(changes: Content | None = None) -> MemoryFiles:
    """Give the catalog with some files replaced, added, or (None) taken away."""
    content = {**FILES, **(changes or {})}
    return MemoryFiles({path: text for path, text in content.items() if text is not None})


def state(
    changes: Content | None = None, commit: str = HEAD_COMMIT, last: Snapshot | None = None
) -> Snapshot:
    """Load the catalog with changes."""
    return load_snapshot(files(changes), commit, last=last)


def plan(changes: Content, before: Content | None = None, left: Mapping[TargetId, str] | None = None) -> Plan:
    """Plan a change of the catalog, or (with `before`) of a changed catalog."""
    base = state(before, BASE_COMMIT)
    return make_plan(base, state({**(before or {}), **changes}, last=base), left=left)


def first_plan(changes: Content | None = None) -> Plan:
    """Plan the first merge of the catalog."""
    head = state(changes)
    return make_plan(empty_snapshot(head.settings), head)


def replaced(path: str, old: str, new: str) -> dict[str, str]:
    """Give one file with a text replaced."""
    assert old in FILES[path], f"{old!r} is not in {path}"
    return {path: FILES[path].replace(old, new)}
