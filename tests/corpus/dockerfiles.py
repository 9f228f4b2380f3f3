"""Dockerfiles as people write them, made from nothing but their place and their references."""

from __future__ import annotations

import posixpath
import zlib
from collections.abc import Sequence

PACKAGES = (
    "gcc", "gcc-c++", "make", "cmake", "git", "wget", "tar", "xz", "python3-pip", "openssl-devel",
    "zlib-devel", "libcurl-devel", "java-17-openjdk", "bzip2", "which", "shadow", "procps-ng", "hostname",
    "findutils", "patch",
)  # fmt: skip
FINAL = ("scratch", "nginx:", "distroless")
"""What the last stage is made from, where a Dockerfile has several references."""


def dockerfile(path: str, image: str, references: Sequence[str]) -> bytes:
    """Write the Dockerfile at `path`.

    A few have Windows line ends, no end of the last line, here-documents, references made of ARGs.
    """
    version = posixpath.basename(posixpath.dirname(posixpath.dirname(path)))
    lines = _stages(path, image, version, references)
    text = "\n".join(lines) + ("" if _one_in(11, path) else "\n")
    return (text.replace("\n", "\r\n") if _one_in(37, path) else text).encode()


def entrypoint(path: str, image: str) -> bytes:
    """Write the script that every image copies."""
    return (
        "#!/bin/bash\n"
        f"# starts {image}: {path}\n"
        "set -euo pipefail\n\n"
        'if [ "${1:-}" = "" ] || [ "${1#-}" != "${1:-}" ]; then\n'
        f'    set -- /opt/{image}/bin/{image} "$@"\n'
        "fi\n"
        'exec "$@"\n'
    ).encode()


def _one_in(count: int, path: str, salt: str = "") -> bool:
    return zlib.crc32(f"{count}{salt}{path}".encode()) % count == 0


def _stages(path: str, image: str, version: str, references: Sequence[str]) -> list[str]:
    final = next((r for mark in FINAL for r in references if r.startswith(mark) or f"/{mark}" in r), None)
    final = final or references[-1]
    builders = [one for one in references if one != final]
    if not builders and final != "scratch" and _one_in(8, path):
        builders = [final]
    names = [f"builder{number}" for number in range(len(builders))]
    froms = [_from(one, path, name) for one, name in zip([*builders, final], [*names, ""], strict=True)]
    lines: list[str] = ["# Copyright (c) the image's authors", ""] if _one_in(3, path) else []
    lines += [line for each in froms for line in each[:-1]]  # ARGs behind a FROM would be of its stage
    for each in froms[:-1]:
        lines += [each[-1], *_build(path, image, version), ""]
    lines.append(froms[-1][-1])
    if final == "scratch":
        copied = [f"COPY --from={name} /opt/{image} /opt/{image}" for name in names]
        return [*lines, *copied, "COPY entrypoint.sh /", 'ENTRYPOINT ["/entrypoint.sh"]']
    if not builders:
        lines += _build(path, image, version)
    return [*lines, *_finish(path, image, len(builders))]


def _from(reference: str, path: str, name: str) -> list[str]:
    """Write a FROM: plain, by one ARG, or by an ARG that is made of others; they stand before it."""
    end = f" AS {name}" if name else ""
    word = f"{name or 'final'}".upper()
    if reference == "scratch":
        return [f"FROM scratch{end}"]
    repository, _, tag = reference.rpartition(":")
    if "comps-base" in reference or _one_in(41, path):
        prefix, _, image = repository.rpartition("/")
        return [f"ARG {word}_REPO={prefix}", f"ARG {word}_TAG={tag}",
                f"FROM ${word}_REPO/{image}:${word}_TAG{end}"]  # fmt: skip
    if _one_in(29, path):
        return [f"ARG {word}_TAG={tag}", f'ARG {word}_BASE="{repository}:${{{word}_TAG}}"',
                f"FROM ${{{word}_BASE:-{reference}}}{end}"]  # fmt: skip
    if _one_in(2, path):
        return [f"ARG {word}_BASE={reference}", f"FROM ${{{word}_BASE}}{end}"]
    return [f"FROM {reference}{end}"]


def _build(path: str, image: str, version: str) -> list[str]:
    chosen = [name for name in PACKAGES if _one_in(3, path, name)]
    return [
        "",
        f"ARG VERSION={version}",
        "ARG TARGETARCH",
        "ENV LANG=C.UTF-8 \\",
        f"    PATH=/opt/{image}/bin:$PATH",
        "",
        "# what the build needs",
        "RUN dnf update -y && \\",
        "    dnf install -y \\",
        *(f"        {name} \\" for name in chosen),
        "    && dnf clean all && \\",
        "    rm -rf /var/cache/dnf /tmp/*",
        "",
        "WORKDIR /usr/src",
        'RUN if [ "${TARGETARCH}" = "arm64" ]; then ARCH=aarch64; else ARCH=x86_64; fi && \\',
        f"    wget -q https://example.org/{image}/v${{VERSION}}/{image}-${{VERSION}}-${{ARCH}}.tar.gz && \\",
        f"    mkdir -p /opt/{image} && \\",
        f"    tar -xzf {image}-${{VERSION}}-${{ARCH}}.tar.gz -C /opt/{image} --strip-components=1 && \\",
        f"    rm -f {image}-${{VERSION}}-${{ARCH}}.tar.gz",
    ]


def _finish(path: str, image: str, builders: int) -> list[str]:
    lines = [""]
    for number in range(builders):
        lines += [f"COPY --from=builder{number} /opt/{image} /opt/{image}"]
    if _one_in(9, path):
        lines += ["RUN <<EOF", f"useradd -r {image}", f"chown -R {image} /opt/{image} || true", "EOF", ""]
    if _one_in(31, path):
        lines += [f'COPY <<-"END" /etc/{image}.conf', "\tlisten = 0.0.0.0", "\thome = $HOME", "END"]
    return [
        *lines,
        "COPY entrypoint.sh /usr/local/bin/entrypoint.sh",
        "RUN chmod +x /usr/local/bin/entrypoint.sh",
        "EXPOSE 8080",
        'ENTRYPOINT ["/usr/local/bin/entrypoint.sh"]',
        f'CMD ["{image}"]',
    ]  # fmt: skip
