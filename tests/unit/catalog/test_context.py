"""Which files of its context a build can use."""

from __future__ import annotations

import posixpath
from contextlib import suppress
from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.context import consumed, is_left_out
from publisher.catalog.dockerfile.stages import CopySource
from publisher.catalog.files import TreeFile
from publisher.catalog.ignore_file import Ignore, ignore_path, read_ignore
from publisher.errors import CatalogError

FILES = (
    "Dockerfile", ".dockerignore", "README.md", "meta.yml", "smoke.yml", ".DS_Store", "logo.png",
    "run.sh", "docs/guide.md", "docs/conf.py", "docs/img/a.png",
    "src/main.c", "src/README.md", "src/deep/x.c", "src/deep/y.md",
)  # fmt: skip
ASIDE = {"Dockerfile", ".dockerignore", "README.md", "meta.yml", "smoke.yml", ".DS_Store", "logo.png"}
DOCS = {"docs/guide.md", "docs/conf.py", "docs/img/a.png"}


def tree(*paths: str, mode: str = "100644") -> dict[str, TreeFile]:
    return {path: TreeFile(mode, "0" * 40) for path in paths}


def used(*patterns: str, ignore: str = "", files: tuple[str, ...] = FILES) -> set[str]:
    sources = [CopySource(pattern, 1) for pattern in patterns]
    found = consumed(tree(*files), "Dockerfile", read_ignore(ignore.encode(), ".dockerignore"), sources)
    assert list(found) == sorted(set(found))
    return set(found)


@pytest.mark.parametrize(
    ("patterns", "wanted"),
    [
        ((), set()),
        ((".",), {"run.sh", "src/main.c", "src/deep/x.c"}),
        (("run.sh",), {"run.sh"}),
        (("README.md",), {"README.md"}),
        (("meta.yml", "smoke.yml", "Dockerfile"), {"meta.yml", "smoke.yml", "Dockerfile"}),
        (("*.md",), {"README.md"}),
        (("*.sh",), {"run.sh"}),
        (("src",), {"src/main.c", "src/README.md", "src/deep/x.c"}),
        (("s*",), {"src/main.c", "src/deep/x.c", "smoke.yml"}),
        (("src/*",), {"src/main.c", "src/README.md", "src/deep/x.c"}),
        (("src/deep",), {"src/deep/x.c", "src/deep/y.md"}),
        (("docs",), DOCS),
        (("docs/img",), {"docs/img/a.png"}),
        (("docs/*.md",), {"docs/guide.md"}),
        ((".", "logo.png"), {"run.sh", "src/main.c", "src/deep/x.c", "logo.png"}),
        (("missing",), set()),
        (("sr",), set()),
        (("src\\*",), set()),
        (("[rx]un.?h",), {"run.sh"}),
    ],
)
def test_sources(patterns: tuple[str, ...], wanted: set[str]) -> None:
    assert used(*patterns) == wanted


LEFT_OUT = (
    "README*", "*.md", "*.rst", "*.png", "*.jpg", "*.jpeg", "*.svg", "*.gif", "meta.yml", "smoke.yml",
    "smoke.yaml", ".DS_Store", ".dockerignore",
)  # fmt: skip
"""What is left out, as patterns: the definition."""
PIECES = (
    "README", "readme", "a", "/", ".md", ".MD", ".rst", ".Png", ".gif", ".svgz", "meta.yml", "META.YML",
    "smoke.yaml", ".DS_Store", ".ds_store", ".dockerignore", "doc/", "docs/", "\n", "\u0130.md",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join))
def test_what_is_left_out_by_its_definition(path: str) -> None:
    name = posixpath.basename(path)
    documentation = path.startswith(("doc/", "docs/"))
    matched = any(fnmatchcase(name, one) or fnmatchcase(name.lower(), one) for one in LEFT_OUT)
    assert is_left_out(path) == (documentation or matched)


def test_without_sources_the_whole_folder_counts() -> None:
    assert set(consumed(tree(*FILES), "Dockerfile", Ignore(), None)) == set(FILES) - ASIDE - DOCS - {
        "src/README.md", "src/deep/y.md"
    }  # fmt: skip


def test_a_smoke_test_of_any_name_is_left_out() -> None:
    assert consumed(tree("a", "checks/x.yaml"), "D", Ignore(), None, smoke=("checks/x.yaml",)) == ("a",)


def test_ignored_files_are_not_there_even_if_named() -> None:
    assert used(".", "run.sh", ignore="*.sh\nsrc/deep\n") == {"src/main.c"}


def test_a_submodule_is_nothing() -> None:
    files = tree("a") | tree("module", mode="160000")
    assert consumed(files, "D", Ignore(), [CopySource(".", 1)]) == ("a",)


@pytest.mark.parametrize("pattern", ["link", "link/x", "link/*", "l*k"])
def test_a_link_on_the_way_may_lead_anywhere(pattern: str) -> None:
    files = tree("README.md", "a/b") | tree("link", mode="120000")
    assert consumed(files, "D", Ignore(), [CopySource(pattern, 1)]) == ("README.md", "a/b", "link")


def test_a_link_below_a_source_is_copied_as_a_link() -> None:
    files = tree("README.md", "a/b") | tree("a/link", mode="120000")
    assert consumed(files, "D", Ignore(), [CopySource("a", 1)]) == ("a/b", "a/link")


def test_a_bad_pattern_names_its_line() -> None:
    with pytest.raises(CatalogError) as caught:
        consumed(tree("a"), "sub/D", Ignore(), [CopySource("[", 7)])
    assert caught.value.where == "sub/D:7"


@given(st.sets(st.sampled_from(FILES)), st.sampled_from([".", "src", "*", "docs", "run.sh"]))
def test_more_files_never_mean_fewer(some: set[str], pattern: str) -> None:
    assert used(pattern, files=tuple(some)) == used(pattern) & some


def test_which_ignore_file_counts() -> None:
    assert (
        ignore_path({".dockerignore", "a/Dockerfile.dockerignore"}, "a/Dockerfile", ".")
        == "a/Dockerfile.dockerignore"
    )
    assert ignore_path({".dockerignore", "a/.dockerignore"}, "a/Dockerfile", "a") == "a/.dockerignore"
    assert ignore_path({".dockerignore"}, "a/Dockerfile", ".") == ".dockerignore"
    assert ignore_path({".dockerignore"}, "a/Dockerfile", "a") is None


@pytest.mark.parametrize(
    ("text", "path", "excluded"),
    [
        ("*.md", "a.md", True),
        ("*.md", "x/a.md", False),
        ("**/*.md", "x/y/a.md", True),
        ("*.md\n!README.md", "README.md", False),
        ("*.md\n!README.md\nREADME*", "README.md", True),
        ("x", "x/y/z", True),
        ("x\n!x/y", "x/y/z", False),
        ("*\n!src/**", "src/a/b", False),
        ("/x/", "x/y", True),
        ("  x  ", "x", True),
        ("#x", "#x", False),
        ("# x\nx", "x", True),
        ("\ufeffx", "x", True),
        ("x\r\ny\r\n", "y", True),
        ("a/**", "a/b/c", True),
        ("a/**", "a", False),
        ("**", "a/b", True),
        ("a?c", "a/c", False),
        ("[a-c]", "b", True),
        (".", "a", False),
    ],
)
def test_ignore_patterns(text: str, path: str, excluded: bool) -> None:
    assert read_ignore(text.encode(), ".dockerignore").excludes(path) is excluded


@pytest.mark.parametrize("text", ["a\n!", "a\n[", "a\nx\\", "a\n*|b", "a\n*\\d"])
def test_bad_ignore_patterns_name_their_line(text: str) -> None:
    with pytest.raises(CatalogError) as caught:
        read_ignore(text.encode(), "x/.dockerignore")
    assert caught.value.where == "x/.dockerignore:2"


def test_patterns_that_make_a_backtracking_matcher_endless() -> None:
    ignore = read_ignore(b"**/" + b"*a" * 200 + b"b", ".dockerignore")
    assert not ignore.excludes("a" * 400)
    assert not read_ignore(b"x\n!y", "i").excludes("a/" * 2000 + "a")


@given(
    st.text(alphabet="a*?![]^/\\#. \n|{}-", max_size=30), st.text(alphabet="ab/.", min_size=1, max_size=12)
)
def test_any_pattern_is_read_or_refused(text: str, path: str) -> None:
    with suppress(CatalogError):
        assert read_ignore(text.encode(), "i").excludes(path) in (True, False)
