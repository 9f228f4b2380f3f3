"""Reading a git repository: the real program, and for files the fake as well."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.catalog.files import Files, TreeFile
from publisher.errors import HistoryError
from publisher.ports.progress import Progress
from publisher.tools import git_objects
from publisher.tools.git import Git
from publisher.tools.process import Runner
from tests.fakes.files import MemoryFiles, git_oid

TREE: Mapping[str, str] = {
    "README.md": "hello\n",
    "img/Dockerfile": "FROM scratch\n",
    "img/über uns.txt": "x",
}
WHEN = "2026-01-31T12:00:00Z"


class Counted(Progress):
    """Counts the git processes."""

    def __init__(self) -> None:
        self.commands: list[Sequence[str]] = []

    def command(self, argv: Sequence[str]) -> None:
        self.commands.append(argv)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """An environment in which no configuration of the developer's counts."""
    (tmp_path / "home").mkdir()
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada L"), ("EMAIL", "ada@example.org"), ("DATE", WHEN))
    }
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), **person}


@pytest.fixture
def do(tmp_path: Path, home: dict[str, str]) -> Callable[..., str]:
    """Run git in the repository."""

    def run(*arguments: str, cwd: Path = tmp_path / "repo") -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=cwd, env=home, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return run


@pytest.fixture
def repo(tmp_path: Path, do: Callable[..., str]) -> Path:
    """A repository with one commit."""
    top = tmp_path / "repo"
    top.mkdir()
    do("init", "--quiet", "--initial-branch=main")
    write(top, TREE)
    (top / "run").write_text("#!/bin/sh\n")
    (top / "run").chmod(0o755)
    (top / "link").symlink_to("../outside")
    commit(do, "First\n\nwith a body")
    return top


@pytest.fixture
def progress() -> Counted:
    return Counted()


@pytest.fixture
def git(repo: Path, home: dict[str, str], progress: Counted) -> Git:
    return Git(repo, Runner(progress, home))


def write(top: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)


def commit(do: Callable[..., str], message: str) -> str:
    do("add", "--all")
    do("commit", "--quiet", "--allow-empty", "--message", message)
    return do("rev-parse", "HEAD")


@pytest.fixture(params=["fake", "git"])
def files(request: pytest.FixtureRequest) -> Files:
    if request.param == "fake":
        content = {**TREE, "run": "#!/bin/sh\n", "link": "../outside"}
        return MemoryFiles(content, {"run": "100755", "link": "120000"})
    git: Git = request.getfixturevalue("git")
    return git.files(git.resolve("main").oid)


def test_the_tree_has_modes_ids_and_sizes(files: Files) -> None:
    assert files.tree == {
        "README.md": TreeFile("100644", git_oid(b"hello\n"), 6),
        "img/Dockerfile": TreeFile("100644", git_oid(b"FROM scratch\n"), 13),
        "img/über uns.txt": TreeFile("100644", git_oid(b"x"), 1),
        "link": TreeFile("120000", git_oid(b"../outside"), 10),
        "run": TreeFile("100755", git_oid(b"#!/bin/sh\n"), 10),
    }


def test_contents_are_read_by_id(files: Files) -> None:
    wanted = [files.tree[path].oid for path in ("README.md", "link", "README.md")]
    assert files.read(wanted) == {wanted[0]: b"hello\n", wanted[1]: b"../outside"}
    assert files.read([]) == {}


def test_a_content_that_is_not_there_is_an_error(files: Files) -> None:
    with pytest.raises(HistoryError):
        files.read(["0" * 40])


def test_a_commit_is_found_by_any_name(git: Git, do: Callable[..., str]) -> None:
    do("tag", "--annotate", "--message=x", "v1")
    oid = do("rev-parse", "HEAD")
    for name in ("HEAD", "main", "v1", oid, oid[:10], "refs/heads/main", "HEAD~0"):
        found = git.resolve(name)
        assert (found.oid, found.author, found.subject) == (oid, "Ada L <ada@example.org>", "First")
        assert found.time == datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "nothing",
        "--all",
        "-h",
        "main..main",
        "^main",
        "HEAD:README.md",
        "HEAD^{tree}",
        "",
        "a\nHEAD",
        "f" * 40,
    ],
)
def test_what_names_no_commit_is_an_error(git: Git, name: str) -> None:
    with pytest.raises(HistoryError) as caught:
        git.resolve(name)
    assert caught.value.hint


def test_a_message_in_another_encoding_does_no_harm(git: Git, do: Callable[..., str], repo: Path) -> None:
    (repo / "message").write_bytes("Größe".encode("latin-1"))
    do("-c", "i18n.commitEncoding=latin-1", "commit", "--quiet", "--allow-empty", "--file=message")
    assert git.resolve("HEAD").subject.startswith("Gr")


def test_ancestors_are_told(git: Git, do: Callable[..., str]) -> None:
    first, second = do("rev-parse", "HEAD"), commit(do, "Second")
    assert git.is_ancestor(first, second)
    assert git.is_ancestor(first, first)
    assert not git.is_ancestor(second, first)


def test_an_unknown_commit_has_no_ancestors(git: Git, do: Callable[..., str]) -> None:
    with pytest.raises(HistoryError, match="names no commit here"):
        git.is_ancestor("0" * 40, do("rev-parse", "HEAD"))
    with pytest.raises(HistoryError, match="not a git object id"):
        git.is_ancestor("--help", "HEAD")


def test_a_shallow_clone_says_what_to_fetch(
    repo: Path, do: Callable[..., str], home: dict[str, str], tmp_path: Path
) -> None:
    first, second = do("rev-parse", "HEAD"), commit(do, "Second")
    do("clone", "--quiet", "--depth=1", f"file://{repo}", str(tmp_path / "clone"))
    shallow = Git(tmp_path / "clone", Runner(Progress(), home))
    assert shallow.resolve("HEAD").oid == second
    for act in (lambda: shallow.resolve(first), lambda: shallow.is_ancestor(first, second)):
        with pytest.raises(HistoryError, match="git fetch --unshallow"):
            act()


def test_each_question_is_one_process(git: Git, progress: Counted) -> None:
    head = git.resolve("main").oid
    files = git.files(head)
    files.read([file.oid for file in files.tree.values()])
    assert git.is_ancestor(head, head)
    assert len(progress.commands) == 4
    assert files.tree is files.tree


def test_the_person_is_whom_the_settings_name(git: Git, do: Callable[..., str]) -> None:
    do("config", "user.name", "Eve M")
    do("config", "user.email", "eve@example.org")
    assert git.person() == "Eve M <eve@example.org>"


def test_a_person_that_no_setting_names_is_nobody(
    repo: Path, home: dict[str, str], do: Callable[..., str]
) -> None:
    do("config", "user.useConfigOnly", "true")
    bare = {name: value for name, value in home.items() if not name.startswith("GIT_")}
    assert Git(repo, Runner(Counted(), bare)).person() is None


def test_a_directory_below_means_the_whole_repository(repo: Path, home: dict[str, str]) -> None:
    git = Git(repo / "img", Runner(Progress(), home))
    assert git.top == repo
    write(repo, {"new": "1"})
    assert "README.md" in git.files(git.resolve("HEAD").oid).tree
    assert {"README.md", "new"} <= set(git.working_tree().tree)


def test_the_working_tree_is_read_and_left_alone(git: Git, repo: Path, do: Callable[..., str]) -> None:
    write(
        repo,
        {
            ".gitignore": "*.log\n",
            "README.md": "changed\n",
            "new/file": "1",
            "new/a.log": "no",
            "staged": "2",
        },
    )
    (repo / "run").unlink()
    do("add", "staged")
    before, status = (repo / ".git/index").read_bytes(), do("status", "--porcelain")
    files = git.working_tree()
    assert (repo / ".git/index").read_bytes() == before
    assert do("status", "--porcelain") == status
    assert set(files.tree) == {*TREE, "link", ".gitignore", "new/file", "staged"}
    oid = files.tree["README.md"].oid
    assert files.read([oid]) == {oid: b"changed\n"}


def test_an_edit_of_the_same_size_and_second_is_seen(git: Git, repo: Path, do: Callable[..., str]) -> None:
    past = (1_700_000_000, 1_700_000_000)
    do("config", "core.trustctime", "false")
    os.utime(repo / "README.md", past)
    do("add", "README.md")
    os.utime(repo / ".git/index", past)
    write(repo, {"README.md": "jello\n"})
    os.utime(repo / "README.md", past)
    assert git.working_tree().tree["README.md"].oid == git_oid(b"jello\n")


def test_the_working_tree_of_a_new_repository_is_read(
    tmp_path: Path, home: dict[str, str], do: Callable[..., str]
) -> None:
    top = tmp_path / "repo"
    top.mkdir()
    do("init", "--quiet")
    write(top, {"a": "1"})
    assert set(Git(top, Runner(Progress(), home)).working_tree().tree) == {"a"}


def test_files_of_git_lfs_are_taken_as_they_lie(git: Git, repo: Path, do: Callable[..., str]) -> None:
    write(repo, {".gitattributes": "*.bin filter=lfs\n", "model.bin": "the model"})
    do("config", "filter.lfs.clean", "echo pointer")
    do("config", "filter.lfs.required", "true")
    files = git.working_tree()
    assert files.tree["model.bin"].oid == git_oid(b"the model")


def test_no_program_of_the_repository_is_run(
    git: Git, repo: Path, do: Callable[..., str], tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    hooks = repo / ".git/hooks"
    hooks.mkdir(exist_ok=True)
    for name in ("post-index-change", "pre-commit", "reference-transaction"):
        (hooks / name).symlink_to(trap)
    for name in ("core.fsmonitor", "core.sshCommand", "core.pager", "core.askPass", "credential.helper"):
        do("config", name, str(trap))
    git.working_tree().read([])
    git.files(git.resolve("HEAD").oid).read(file.oid for file in git.working_tree().tree.values())
    assert not (tmp_path / "sprung").exists()


def test_missing_objects_are_not_fetched(
    git: Git, repo: Path, do: Callable[..., str], tmp_path: Path
) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for name, value in (
        ("remote.o.url", f"file://{repo}"),
        ("remote.o.promisor", "true"),
        ("remote.o.uploadpack", trap),
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "o"),
    ):
        do("config", name, str(value))
    with pytest.raises(HistoryError):
        git.files(git.resolve("HEAD").oid).read(["1" * 40])
    assert not (tmp_path / "sprung").exists()


def test_variables_of_a_hook_do_not_lead_elsewhere(repo: Path, home: dict[str, str], tmp_path: Path) -> None:
    elsewhere = {
        "GIT_DIR": str(tmp_path / "none"),
        "GIT_INDEX_FILE": str(tmp_path / "none"),
        "GIT_WORK_TREE": "/",
    }
    assert Git(repo, Runner(Progress(), {**home, **elsewhere})).resolve("HEAD").subject == "First"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_repository_of_somebody_else_can_be_read(git: Git, repo: Path) -> None:
    for path in (repo, repo / ".git"):
        os.chown(path, 12345, 12345)
    assert git.resolve("HEAD").subject == "First"
    with pytest.raises(HistoryError, match="dubious ownership"):
        git.working_tree()


def test_a_file_name_that_is_not_utf8_is_named(git: Git, repo: Path, do: Callable[..., str]) -> None:
    Path(os.fsdecode(bytes(repo) + b"/odd\xff")).write_text("")
    oid = commit(do, "Odd")
    with pytest.raises(HistoryError, match=r"not UTF-8: b'odd\\xff'"):
        _ = git.files(oid).tree


def test_a_large_file_is_refused_by_name(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_objects, "MAX_OBJECT", 9)  # no test wants 100 MiB
    files = git.files(git.resolve("HEAD").oid)
    oid = files.tree["run"].oid
    with pytest.raises(HistoryError, match="run"):
        files.read([oid])
    with pytest.raises(HistoryError, match="too large"):
        git.files(git.resolve("HEAD").oid).read([oid])


def test_too_much_at_once_is_refused(git: Git, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_objects, "MAX_READ", -100)
    files = git.files(git.resolve("HEAD").oid)
    with pytest.raises(HistoryError, match="wrote more than"):
        files.read([files.tree["img/Dockerfile"].oid])


@pytest.mark.parametrize("place", ["plain", "none"])
def test_what_is_no_repository_is_an_error(tmp_path: Path, home: dict[str, str], place: str) -> None:
    (tmp_path / "plain").mkdir()
    git = Git(tmp_path / place, Runner(Progress(), {**home, "GIT_CEILING_DIRECTORIES": str(tmp_path)}))
    for act in (lambda: git.resolve("HEAD"), git.working_tree, lambda: git.top):
        with pytest.raises(HistoryError, match="--repo"):
            act()


def test_a_bare_repository_has_no_working_tree(
    repo: Path, home: dict[str, str], do: Callable[..., str], tmp_path: Path
) -> None:
    do("clone", "--quiet", "--bare", str(repo), str(tmp_path / "bare"))
    bare = Git(tmp_path / "bare", Runner(Progress(), home))
    assert bare.resolve("main").subject == "First"
    with pytest.raises(HistoryError, match="no working tree"):
        bare.working_tree()


def test_a_second_listing_asks_for_the_difference_and_is_the_same(
    git: Git, repo: Path, do: Callable[..., str], home: dict[str, str], progress: Counted
) -> None:
    first = do("rev-parse", "HEAD")
    (repo / "img/Dockerfile").unlink()
    (repo / "run").chmod(0o644)
    (repo / "link").unlink()
    write(repo, {"README.md": "longer than before\n", "new/deep/file\n1": "x", "link": "a file now\n"})
    module = f"160000,{first},module"
    do("add", "--all")
    do("update-index", "--add", "--cacheinfo", module)
    do("commit", "--quiet", "--message", "Second")
    second = do("rev-parse", "HEAD")
    assert git.files(first).tree
    progress.commands.clear()
    assert git.files(second).tree == Git(repo, Runner(Counted(), home)).files(second).tree
    assert not [argv for argv in progress.commands if "ls-tree" in argv]
    assert git.files(first).tree == Git(repo, Runner(Counted(), home)).files(first).tree


@pytest.mark.parametrize(
    "modules", ['[submodule "m"]\n\tpath = module\n\turl = u\n\tignore = all\n', "[broken"]
)
def test_what_lies_in_the_working_tree_does_not_change_a_listing(
    git: Git, repo: Path, do: Callable[..., str], home: dict[str, str], modules: str
) -> None:
    first = do("rev-parse", "HEAD")
    do("update-index", "--add", "--cacheinfo", f"160000,{first},module")
    do("commit", "--quiet", "--message", "A module")
    second = do("rev-parse", "HEAD")
    write(repo, {".gitmodules": modules})
    assert "module" not in git.files(first).tree
    assert "module" in git.files(second).tree
    assert git.files(first).tree == Git(repo, Runner(Counted(), home)).files(first).tree


def test_a_damaged_index_is_not_needed(git: Git, repo: Path, do: Callable[..., str]) -> None:
    first = do("rev-parse", "HEAD")
    write(repo, {"README.md": "other"})
    do("commit", "--quiet", "--all", "--message", "Second")
    second = do("rev-parse", "HEAD")
    (repo / ".git/index").write_bytes(b"no index")
    assert git.files(first).tree["README.md"] != git.files(second).tree["README.md"]


def test_a_large_difference_is_listed_anew(
    git: Git, repo: Path, do: Callable[..., str], progress: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_objects, "MOST_CHANGES", 1)
    assert git.files(do("rev-parse", "HEAD")).tree
    write(repo, {"a": "a", "b": "b"})
    second = commit(do, "Second")
    progress.commands.clear()
    assert {"a", "b", "run"} <= git.files(second).tree.keys()
    assert [argv for argv in progress.commands if "ls-tree" in argv]
