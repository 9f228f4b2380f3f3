"""What lint's own rules take for a problem, and what not."""

from __future__ import annotations

import pytest

from tests.fakes.files import LINK
from tests.unit.lint.case import SETTINGS, Content, lock, meta, places, problems, settings

SCRATCH = "FROM scratch\n"


def rules(changes: Content, **modes: str) -> set[str]:
    return {rule for rule, _ in places(problems(changes))}


@pytest.mark.parametrize("name", [
    "Dockerfile", "Dockerfile.gpu", "gpu.Dockerfile", "deep/er/Dockerfile", "Dockerfile.dev.old",
])  # fmt: skip
def test_undeclared_dockerfiles(name: str) -> None:
    found = places(problems({f"hello/x/{name}": SCRATCH}))
    assert found == {("L001", f"hello/x/{name}:1:1")}


@pytest.mark.parametrize("path", [
    "hello/Dockerfile.dockerignore", "hello/Dockerfile.j2", "hello/Dockerfile.template", "hello/Dockerfiles",
    "hello/README.Dockerfile.md", "tools/Dockerfile", "Dockerfile",
])  # fmt: skip
def test_what_is_no_undeclared_dockerfile(path: str) -> None:
    assert places(problems({path: ""})) == set()


@pytest.mark.parametrize("broken", [
    "v1: [\n", "v1: {path: }\n", '"1+1": {path: Dockerfile}\n', '"1+1": {path: ./Dockerfile}\n',
    "v1: {path: Dockerfile, arch: x}\n", "matrix: [{axes: {}, path: Dockerfile}]\n",
])  # fmt: skip
def test_an_entry_that_is_refused_is_still_a_declaration(broken: str) -> None:
    assert "L001" not in rules(meta(broken))


def test_beside_an_entry_that_is_refused_for_its_tag_others_are_found() -> None:
    found = problems({**meta('"1+1": {path: Dockerfile}\n'), "hello/2/Dockerfile": SCRATCH})
    assert ("L001", "hello/2/Dockerfile:1:1") in places(found)


def test_only_below_the_root() -> None:
    here = settings("{references", "{root: meta, references")
    inside = {"meta/hello/meta.yml": "v1: {path: Dockerfile}\n", "meta/hello/Dockerfile": SCRATCH}
    assert rules({**here, **inside, "other/Dockerfile": SCRATCH}) == set()


@pytest.mark.parametrize(("tag", "floats"), [
    ("latest", True), ("stable", True), ("bookworm-slim", True), ("12", False), ("v1", False),
    ("24.03-lts-sp1", False),
])  # fmt: skip
def test_floating_tags(tag: str, floats: bool) -> None:
    catalog = {"hello/Dockerfile": f"FROM debian:{tag}\n",
               "publisher.lock": lock("bases", f"docker.io/library/debian:{tag}")}  # fmt: skip
    assert rules(catalog) == ({"L002"} if floats else set())


TESTED = settings("linux/amd64: untested", "linux/amd64: native")


def test_a_test_is_missed_only_where_the_policy_wants_one() -> None:
    (problem,) = problems(TESTED)
    assert (problem.rule, problem.target) == ("L005", "hello:v1")
    assert problem.message.endswith("which the policy wants for linux/amd64")
    assert rules({**TESTED, **meta("v1: {path: Dockerfile, arch: aarch64}\n")}) == set()
    assert rules({**TESTED, **meta("v1: {path: Dockerfile, status: frozen}\n")}) == set()


def routes(*lines: str) -> Content:
    return settings('routes:\n  - {images: ["*"], to: [hub]}\n', "\n".join(["routes:", *lines, ""]))


def test_a_route_below_one_that_takes_everything() -> None:
    (problem,) = problems(routes('  - {images: ["*"], to: [hub]}', "  - {images: [hello], to: [hub]}"))
    assert (problem.rule, problem.line, problem.column) == ("L006", 9, 15)
    assert problem.message == "the route `hello` takes nothing that an earlier route does not take"
    assert rules(routes("  - {images: [hello], to: [hub]}", '  - {images: ["*"], to: [hub]}')) == set()


def test_a_route_with_a_typing_error_names_the_nearest_image() -> None:
    (problem,) = problems(routes('  - {images: [helo, "he*"], to: [hub]}'))
    assert (problem.message, problem.fix) == ("the route `helo` matches no image", "did you mean `hello`?")


def test_an_image_that_cannot_be_read_still_has_its_route() -> None:
    catalog = {**routes("  - {images: [hello], to: [hub]}"), **meta("v1: [\n")}
    assert rules(catalog) == {"M001"}


def hub(prefix: str) -> Content:
    return settings("{prefix: docker.io/acme}", f"{{prefix: {prefix}}}")


def test_docker_hub_takes_names_of_two_parts() -> None:
    nested = {"a/b/meta.yml": "v1: {path: Dockerfile}\n", "a/b/Dockerfile": SCRATCH}
    (problem,) = problems(nested)
    assert (problem.rule, problem.target) == ("L008", "a/b:v1")
    assert "docker.io/acme/a/b" in problem.message
    assert rules({**nested, **hub("quay.io/acme")}) == set()
    internal = {**nested, "a/b/meta.yml": "v1: {path: Dockerfile, internal: true}\n"}
    assert rules(internal) == set()


def test_docker_hub_takes_no_name_of_one_character() -> None:
    short = {"x/meta.yml": "v1: {path: Dockerfile}\n", "x/Dockerfile": SCRATCH}
    assert places(problems(short)) == {("L008", "x/meta.yml:1:1")}


def test_staging_on_docker_hub_has_room_for_one_part() -> None:
    staged = settings("ghcr.io/acme/staging", "docker.io/acme/staging")
    assert places(problems(staged)) == {("L008", "publisher.yml:4:11")}
    assert rules(settings("ghcr.io/acme/staging", "docker.io/staging")) == set()


def test_names_have_an_end() -> None:
    long = "a" * 190
    image = {f"{long}/meta.yml": "v1: {path: Dockerfile}\n", f"{long}/Dockerfile": SCRATCH}
    assert rules({**image, **hub("quay.io/" + "b" * 80)}) == {"L008"}


@pytest.mark.parametrize(("target", "leaves"), [
    ("../../x", True), ("/etc/passwd", True), ("a/../../../x", True), ("..", False), ("../x", False),
    ("hello", False), ("", False), ("a/../../hello/x", False),
])  # fmt: skip
def test_links(target: str, leaves: bool) -> None:
    found = problems({"hello/data": target}, {"hello/data": LINK})
    assert places(found) == ({("L009", "hello/data")} if leaves else set())


def test_links_elsewhere_are_no_business_of_the_catalog() -> None:
    assert problems({"docs/data": "/etc/passwd"}, {"docs/data": LINK}) == ()


def test_a_link_with_a_hostile_target_is_shown_harmlessly() -> None:
    (problem,) = problems({"hello/data": b"/\xff\x1b[2J"}, {"hello/data": LINK})
    assert "\x1b" in problem.message  # as it is; whoever shows it escapes it


ARGUMENT = meta('v1: {path: Dockerfile, args: {VERSON: "2"}}\n')


def test_an_argument_that_nobody_takes_names_the_nearest() -> None:
    (problem,) = problems({**ARGUMENT, "hello/Dockerfile": "FROM scratch\nARG VERSION\n"})
    assert (problem.rule, problem.fix) == ("L010", "did you mean `VERSION`?")
    assert rules({**ARGUMENT, "hello/Dockerfile": "FROM scratch\nARG VERSON\n"}) == set()
    assert rules(meta("v1: {path: Dockerfile, args: {HTTPS_PROXY: a.example}}\n")) == set()


def fixes(changes: Content) -> set[str]:
    return {problem.fix for problem in problems(changes) if problem.rule[0] in "PM"}


def test_a_missing_dockerfile_names_the_nearest() -> None:
    other = {"hello/1.0/Dockerfile": SCRATCH}
    assert fixes({**meta("v1: {path: 1.0.0/Dockerfile}\n"), **other}) == {"did you mean `1.0/Dockerfile`?"}
    declared = meta("v1: {path: 1.0.0/Dockerfile}\nv2: {path: 1.0/Dockerfile}\nv3: {path: Dockerfile}\n")
    assert fixes({**declared, **other}) == {"correct `path`, or add the Dockerfile"}


def test_a_dockerfile_of_another_entry_is_named_only_beside_the_missing_one() -> None:
    both = meta("v1: {path: Dockerfile}\nv2: {path: Dockerfil}\n")
    assert fixes(both) == {"did you mean `Dockerfile`?"}
    image = meta("v1: {path: 1/Dockerfile}\n")
    assert fixes({**image, "hello/Dockerfile": None, **PYTHON}) == {"correct `path`, or add the Dockerfile"}


def test_no_file_of_another_image_is_named() -> None:
    wrong = {**meta("v1: {path: ../hallo/1/Dockerfile}\n"), "hello/Dockerfile": None}
    near = {"hallo/2/Dockerfile": SCRATCH}
    assert fixes({**wrong, **near}) == {"did you mean `../hallo/2/Dockerfile`?"}
    other = {"hallo/meta.yml": "v1: {path: Dockerfile}\n", "hallo/Dockerfile": SCRATCH}
    assert fixes({**wrong, **near, **other}) == {"correct `path`, or add the Dockerfile"}


def test_a_missing_smoke_test_names_the_nearest() -> None:
    wrong = meta("v1: {path: Dockerfile, smoke: smoke.yaml}\n")
    assert fixes({**wrong, "hello/smoke.yml": ""}) == {"did you mean `smoke.yml`?"}


@pytest.mark.parametrize("name", ["met.yml", "Dockerfil", "Dockerfile.gp"])
def test_a_smoke_test_is_neither_the_declaration_nor_a_dockerfile(name: str) -> None:
    wrong = meta(f"v1: {{path: Dockerfile, smoke: {name}}}\n")
    assert fixes({**wrong, "hello/Dockerfile.gpu": SCRATCH}) == {"correct `smoke`, or add the file"}


def test_everything_wrong_with_a_smoke_test_has_its_own_place() -> None:
    smoke = "version: 1\ncommands:\n  - {run: [a], output: '('}\n  - {run: [a], exti: 1}\n"
    found = problems({**meta("v1: {path: Dockerfile, smoke: smoke.yml}\n"), "hello/smoke.yml": smoke})
    assert places(found) == {("P009", "hello/smoke.yml:3:24"), ("P009", "hello/smoke.yml:4:16")}
    assert [problem.target for problem in found] == ["hello:v1"] * 2
    assert not any("\n" in problem.message for problem in found)
    assert "did you mean `exit`?" in {problem.fix for problem in found}


@pytest.mark.parametrize("context", ["nosuchdir", "hell", "Dockerfile", "../data"])
def test_a_context_without_a_file(context: str) -> None:
    image = meta(f"v1: {{path: Dockerfile, context: {context}}}\n")
    (problem,) = problems({**image, "datas/x": "", "hello/hell-o": ""})
    assert (problem.rule, str(problem.position), problem.target) == ("P022", "hello/meta.yml:1:1", "hello:v1")


def test_a_context_of_a_matrix_is_named_at_its_value() -> None:
    item = "matrix:\n  - axes: {v: ['1']}\n    tag: '{v}'\n    path: Dockerfile\n    context: nosuchdir\n"
    assert places(problems(meta(item))) == {("P022", "hello/meta.yml:5:14")}


@pytest.mark.parametrize("context", [".", "..", "data", "data/deep"])
def test_a_context_with_a_file(context: str) -> None:
    image = meta(f"v1: {{path: Dockerfile, context: {context}}}\n")
    assert problems({**image, "hello/Dockerfile": SCRATCH, "hello/data/deep/x": ""}) == ()


PYTHON = {"python/meta.yml": "3.10: {path: Dockerfile}\n", "python/Dockerfile": SCRATCH}


@pytest.mark.parametrize(("reference", "near"), [
    ("python:3.1", "did you mean `python:3.10`?"), ("pyton:3.10", "did you mean `python:3.10`?"),
    ("retired:1", "declare the parent, or correct its name"),
])  # fmt: skip
def test_a_missing_parent_names_the_nearest(reference: str, near: str) -> None:
    assert fixes({**PYTHON, "hello/Dockerfile": f"FROM docker.io/acme/{reference}\n"}) == {near}
    base = meta(f'v1: {{path: Dockerfile, base: "{reference}"}}\n')
    assert fixes({**PYTHON, **base, "hello/Dockerfile": "ARG BASE\nFROM $BASE\n"}) == {near}


@pytest.mark.parametrize(
    ("broken", "place"),
    [("3.10: [\n", "python/meta.yml:2:1"), ("3.10: {path: Dockerfile, arch: x}\n", "python/meta.yml:1:32")],
)
def test_a_parent_that_cannot_be_read_is_to_be_mended_first(broken: str, place: str) -> None:
    child = {"hello/Dockerfile": "FROM docker.io/acme/python:3.10\n"}
    found = problems({**PYTHON, **child, "python/meta.yml": broken})
    assert [(p.rule, p.fix) for p in found if p.file == "hello/Dockerfile"] == [
        ("P011", f"mend {place} first")
    ]


def test_settings_that_cannot_be_used_are_all_that_is_reported() -> None:
    found = problems({"publisher.yml": SETTINGS + "surprise: 1\nother: 2\n", **meta("v1: [\n")})
    assert places(found) == {("M005", "publisher.yml:10:1"), ("M005", "publisher.yml:11:1")}
