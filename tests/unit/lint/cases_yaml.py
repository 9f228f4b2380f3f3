"""One case for each rule about the form of files, and about single entries."""

from __future__ import annotations

from tests.unit.lint.case import NO_CATALOG, Case, lock, meta, settings

SOUND = meta("v1: {path: Dockerfile}\n")
META = "hello/meta.yml"

CASES = (
    Case("M001", f"{META}:2:1", meta("v1: {path: Dockerfile\n"), SOUND),
    Case("M001", f"{META}:1", {META: b"v1: \xff\n"}, SOUND),
    Case("M001", "publisher.yml", {"publisher.yml": ""}, {}),
    Case("M002", f"{META}:1:5", meta("v1: &same {path: Dockerfile}\n"), SOUND),
    Case("M003", f"{META}:1:24", meta("v1: {path: Dockerfile, path: Dockerfile}\n"), SOUND),
    Case(
        "M004",
        f"{META}:1:33",
        meta("v1: {path: Dockerfile, aliases: stable}\n"),
        meta("v1: {path: Dockerfile, aliases: [stable]}\n"),
    ),
    Case(
        "M005",
        f"{META}:1:24",
        meta("v1: {path: Dockerfile, platform: [linux/arm64]}\n"),
        meta("v1: {path: Dockerfile, platforms: [linux/arm64]}\n"),
    ),
    Case(
        "M006", f"{META}:1:5", meta("v1: {arch: aarch64}\n"), meta("v1: {path: Dockerfile, arch: aarch64}\n")
    ),
    Case(
        "M007",
        "Hello_World/meta.yml",
        {"Hello_World/meta.yml": "v1: {path: ../hello/Dockerfile}\n"},
        {"hello-world/meta.yml": "v1: {path: ../hello/Dockerfile}\n"},
    ),
    Case("M007", "layers/meta.yml", {"layers/meta.yml": "v1: {path: ../hello/Dockerfile}\n"}, {}),
    Case(
        "M008", f"{META}:1:1", meta('"1.0+cpu": {path: Dockerfile}\n'), meta("1.0-cpu: {path: Dockerfile}\n")
    ),
    Case(
        "M009",
        f"{META}:1:1",
        meta("latest: {path: Dockerfile}\n"),
        meta("v1: {path: Dockerfile, latest: true}\n"),
    ),
    Case("M009", f"{META}:1:1", meta("d-1: {path: Dockerfile}\n"), SOUND),
    Case(
        "M010",
        f"{META}:2:1",
        meta("v1: {path: Dockerfile}\nv1: {path: Dockerfile}\n"),
        meta("v1: {path: Dockerfile}\nv2: {path: Dockerfile}\n"),
    ),
    Case(
        "M010",
        f"{META}:2:1",
        meta("v1: {path: Dockerfile}\nv2: {path: Dockerfile, aliases: [v1]}\n"),
        meta("v1: {path: Dockerfile}\nv2: {path: Dockerfile, aliases: [v0]}\n"),
    ),
    Case("M011", f"{META}:1:12", meta("v1: {path: ../../Dockerfile}\n"), SOUND),
    Case("M011", f"{META}:1:12", meta("v1: {path: /etc/Dockerfile}\n"), SOUND),
    Case(
        "M012",
        f"{META}:1:36",
        meta("v1: {path: Dockerfile, platforms: [arm64]}\n"),
        meta("v1: {path: Dockerfile, platforms: [linux/arm64]}\n"),
    ),
    Case("M014", f"{META}:1:30", meta("v1: {path: Dockerfile, base: python}\n"), SOUND),
    Case(
        "M015",
        f"{META}:1:32",
        meta("v1: {path: Dockerfile, status: retired}\n"),
        meta("v1: {path: Dockerfile, status: frozen}\n"),
    ),
    Case("M016", f"{META}:1:43", meta("v1: {path: Dockerfile, args: {TARGETARCH: arm64}}\n"), SOUND),
    Case(
        "M017",
        f"{META}:2:1",
        meta("v1: {path: Dockerfile, latest: true}\nv2: {path: Dockerfile, latest: true}\n"),
        meta("v1: {path: Dockerfile}\nv2: {path: Dockerfile, latest: true}\n"),
    ),
    Case("M018", "publisher.yml:4:19", settings("ghcr.io/acme/staging", "acme/staging"), {}),
    Case(
        "M018",
        "publisher.lock:3:17",
        {
            "publisher.lock": 'version: 1\nbases:\n  "debian:12":  {source: docker.io/library/debian, '
            'date: "2026-01-31T12:00:00Z", digests: {}}\n'
        },
        {"publisher.lock": "version: 1\nbases: {}\n"},
    ),
    Case("M019", "publisher.yml:6:3", settings("ghcr.io/acme/staging", "docker.io/acme"), {}),
    Case(
        "M020",
        "publisher.yml:6:47",
        settings("docker.io/acme}\nr", 'docker.io/acme, password_env: "a b"}\nr'),
        settings("docker.io/acme}\nr", "docker.io/acme, password_env: HUB}\nr"),
    ),
)
MATRIX_ITEM = 'matrix:\n- {tag: "%s", path: Dockerfile, axes: %s}\n'


def matrix(tag: str, axes: str) -> str:
    """Give a matrix of one item."""
    return MATRIX_ITEM % (tag, axes)


SOUND_MATRIX = meta(matrix("{os}", "{os: [ubuntu, debian]}"))
MANY = "[" + ", ".join(f'"{number}"' for number in range(100)) + "]"
MATRIX_CASES = (
    Case("M025", f"{META}:2:3", meta(matrix("{a}-{b}", f"{{a: {MANY}, b: {MANY}}}")), SOUND_MATRIX),
    Case("M026", f"{META}:2:55", meta(matrix("{os}", "{os: [ubuntu, ubuntu]}")), SOUND_MATRIX),
    Case(
        "M027", f"{META}:2:72", meta(matrix("{os}", "{os: [ubuntu]}, exclude: [{os: ubunto}]")), SOUND_MATRIX
    ),
    Case("M028", f"{META}:2:9", meta(matrix("{oss}", "{os: [ubuntu]}")), SOUND_MATRIX),
    Case(
        "M029",
        f"{META}:2:3",
        meta(matrix("{os}", "{os: [ubuntu]}, exclude: [{os: ubuntu}]") + "v1: {path: Dockerfile}\n"),
        SOUND_MATRIX,
    ),
    Case("M030", f"{META}:2:73", meta(matrix("{os}", "{os: [ubuntu, debian]}, latest: true")), SOUND_MATRIX),
)
AI = "AI/hello/meta.yml"
OPENEULER = {
    **NO_CATALOG,
    "AI/image-list.yml": "images:\n  hello: hello\n",
    AI: "1.0-oe2403:\n  path: 1.0/Dockerfile\n",
    "AI/hello/1.0/Dockerfile": "FROM scratch\n",
    "publisher.lock": lock("bases", "docker.io/openeuler/openeuler:24.03"),
}
"""A sound catalog in the layout of the openEuler image repository."""
OPENEULER_CASES = (
    Case(
        "M021",
        f"{AI}:2:9",
        {**OPENEULER, "1.0/Dockerfile": "FROM scratch\n"},
        {
            **OPENEULER,
            "1.0/Dockerfile": "FROM scratch\n",
            AI: "1.0-oe2403:\n  path: AI/hello/1.0/Dockerfile\n",
        },
    ),
    Case(
        "M022",
        "AI/image-list.yml:3:3",
        {**OPENEULER, "AI/image-list.yml": "images:\n  hello: hello\n  gone: gone\n"},
        OPENEULER,
    ),
    Case(
        "M023",
        "Others/hello/meta.yml",
        {
            **OPENEULER,
            "Others/image-list.yml": "images:\n  hello: hello\n",
            "Others/hello/meta.yml": "2.0-oe2403:\n  path: AI/hello/1.0/Dockerfile\n",
        },
        OPENEULER,
    ),
    Case(
        "P002",
        "Others/hello/meta.yml:1:1",
        {
            **OPENEULER,
            "Others/image-list.yml": "images:\n  hello: hello\n",
            "Others/hello/meta.yml": "1.0-oe2403:\n  path: AI/hello/1.0/Dockerfile\n",
        },
        OPENEULER,
    ),
    Case("M024", AI, {**OPENEULER, "AI/image-list.yml": "images:\n  hello: [hello]\n"}, OPENEULER),
    Case("P021", "publisher.lock", {**OPENEULER, "publisher.lock": None}, OPENEULER),
)
