"""The openMind stack as matrices: os → python → CANN → MindSpore and PyTorch → openMind."""

from __future__ import annotations

from collections.abc import Mapping

LAYERED = "ARG BASE\nFROM $BASE\n"

SETTINGS = """\
version: 1
source: https://github.com/ascend/images
catalog: {root: meta, references: [docker.io/ascendai, quay.io/ascend], platforms: [linux/amd64, linux/arm64]}
staging: {prefix: staging.example/ascend}
registries:
  hub: {prefix: docker.io/ascendai}
  modelers: {prefix: modelers.example/base_image}
routes:
  - {images: [openmind], to: [modelers]}
  - {images: ["*"], to: [hub, modelers]}
"""

OS = """\
matrix:
  - axes: {os: [ubuntu, openeuler]}
    tag: "{os}"
    path: "{os}/Dockerfile"
    internal: true
"""

PYTHON = """\
matrix:
  - axes: {os: [ubuntu, openeuler], python: [3.8, 3.9, 3.10]}
    exclude: [{os: openeuler, python: 3.10}]
    tag: "{os}-python{python}"
    path: Dockerfile
    base: "os:{os}"
    args: {PYTHON: "{python}"}
    internal: true
"""

CANN = """\
matrix:
  - axes: {os: [ubuntu, openeuler], python: [3.8, 3.9], cann: [8.0.rc1.beta1, 8.0.rc2.beta1]}
    exclude: [{python: 3.8, cann: 8.0.rc2.beta1}]
    include: [{os: ubuntu, python: 3.10, cann: 8.0.rc2.beta1, set: {platforms: [linux/arm64]}}]
    tag: "{os}-python{python}-cann{cann}"
    path: "{os}/Dockerfile"
    base: "python:{os}-python{python}"
    args: {CANN_VERSION: "{cann}"}
    aliases: [{tag: "cann{cann}-oe2203sp4", when: {os: openeuler, python: 3.9}}]
    latest: {os: ubuntu, python: 3.9, cann: 8.0.rc2.beta1}
    requires: {chip: [910b], driver: ">=24.1.rc2"}
    overrides:
      - {when: {cann: 8.0.rc1.beta1}, set: {requires: {driver: ">=24.1.rc1"}, status: frozen 2024-10-01}}
"""

PYTORCH = """\
matrix:
  - axes:
      os: [ubuntu, openeuler]
      cann: [8.0.rc1.beta1, 8.0.rc2.beta1]
      framework: [2.1.0, 2.2.0]
    exclude: [{cann: 8.0.rc1.beta1, framework: 2.2.0}]
    tag: "{os}-python3.9-cann{cann}-pytorch{framework}"
    path: Dockerfile
    base: "cann:{os}-python3.9-cann{cann}"
    args: {TORCH: "{framework}"}
    latest: {os: ubuntu, framework: 2.2.0}
"""

MINDSPORE = """\
# erratum: this tag lacks the CANN part
openeuler-python3.8-mindspore2.3.0rc1:
  path: Dockerfile
  base: cann:openeuler-python3.8-cann8.0.rc1.beta1
matrix:
  - axes: {os: [ubuntu, openeuler], framework: [2.3.1]}
    tag: "{os}-python3.9-cann8.0.rc2.beta1-mindspore{framework}"
    path: Dockerfile
    base: "cann:{os}-python3.9-cann8.0.rc2.beta1"
"""

OPENMIND = """\
matrix:
  - axes: {os: [ubuntu, openeuler], framework: [pytorch2.1.0, mindspore2.3.1], llm-framework: [0.7.1, 0.8.0]}
    exclude: [{framework: mindspore2.3.1, llm-framework: 0.7.1}]
    tag: "{os}-python3.9-cann8.0.rc2.beta1-{framework}-openmind{llm-framework}"
    path: Dockerfile
    base: "pytorch:{os}-python3.9-cann8.0.rc2.beta1-{framework}"
    overrides:
      - when: {framework: mindspore2.3.1}
        set: {base: "mindspore:{os}-python3.9-cann8.0.rc2.beta1-{framework}"}
    latest: {os: ubuntu, framework: pytorch2.1.0, llm-framework: 0.8.0}
"""

FILES: Mapping[str, str] = {
    "publisher.yml": SETTINGS,
    "meta/os/meta.yml": OS,
    "meta/os/ubuntu/Dockerfile": "FROM ubuntu:22.04\n",
    "meta/os/openeuler/Dockerfile": "FROM openeuler/openeuler:22.03-lts-sp4\n",
    "meta/python/meta.yml": PYTHON,
    "meta/python/Dockerfile": f"{LAYERED}ARG PYTHON\nRUN install python$PYTHON\n",
    "meta/cann/meta.yml": CANN,
    "meta/cann/ubuntu/Dockerfile": f"{LAYERED}ARG CANN_VERSION\nRUN install cann $CANN_VERSION\n",
    "meta/cann/openeuler/Dockerfile": f"{LAYERED}ARG CANN_VERSION\nRUN install cann $CANN_VERSION\n",
    "meta/pytorch/meta.yml": PYTORCH,
    "meta/pytorch/Dockerfile": f"{LAYERED}ARG TORCH\nRUN pip install torch==$TORCH\n",
    "meta/mindspore/meta.yml": MINDSPORE,
    "meta/mindspore/Dockerfile": f"{LAYERED}RUN pip install mindspore\n",
    "meta/openmind/meta.yml": OPENMIND,
    "meta/openmind/Dockerfile": f"{LAYERED}RUN pip install openmind\n",
}
