"""Judging outputs, files and configurations; the contract suite has the plain cases on a real engine."""

from __future__ import annotations

import io
import stat
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.smoke import CommandCheck, ConfigCheck, FileCheck
from publisher.tools.engine_judge import (
    MAX_OUTPUT,
    FileFacts,
    Finished,
    command_complaints,
    config_complaints,
    expand,
    file_complaints,
    file_facts,
    shorten,
)
from publisher.tools.engine_stream import ChunkReader

FACTS = FileFacts("-rwxr-x---", 0o750, 0, 0)


def test_a_good_command_has_no_complaints() -> None:
    check = CommandCheck("c", ("x",), output=("^a$",), excluded_error=("boom",))
    assert command_complaints(check, Finished(0, b"a", b"fine")) == []


def test_a_complaint_shows_what_was_said_without_terminal_sequences() -> None:
    found = command_complaints(CommandCheck("c", ("x",)), Finished(1, b"out", b"\x1b[31merr"))
    assert found == ["exit code 1, expected 0", "stdout: out", "stderr: err"]


def test_a_command_that_was_stopped_fails_whatever_it_printed() -> None:
    assert command_complaints(CommandCheck("c", ("x",)), Finished(None, b"a", note="did not end")) != []


def test_beyond_the_bound_nothing_is_found_and_nothing_excluded() -> None:
    long = b"x" * MAX_OUTPUT + b"END"
    assert command_complaints(CommandCheck("c", ("x",), output=("END",)), Finished(0, long)) != []
    assert command_complaints(CommandCheck("c", ("x",), excluded_output=("END",)), Finished(0, long)) != []
    assert command_complaints(CommandCheck("c", ("x",), output=("x",)), Finished(0, long)) == []


@pytest.mark.parametrize(
    ("who", "bits", "fine"),
    [("owner", 0o100, True), ("owner", 0o011, False), ("group", 0o010, True), ("group", 0o101, False),
     ("other", 0o001, True), ("other", 0o110, False), ("any", 0o010, True), ("any", 0o666, False)],
)  # fmt: skip
def test_executable_by(who: str, bits: int, fine: bool) -> None:
    facts = FileFacts(stat.filemode(stat.S_IFREG | bits), bits, 0, 0)
    assert (file_complaints(FileCheck("f", "/f", executable_by=who), facts) == []) is fine


def test_root_s_id_is_checked_although_it_is_zero() -> None:
    assert file_complaints(FileCheck("f", "/f", uid=0, gid=0), FACTS) == []
    assert file_complaints(FileCheck("f", "/f", uid=0), FileFacts("-", 0, 5, 0)) == ["uid 5, expected 0"]


@pytest.mark.parametrize(
    ("kind", "mode", "shown"),
    [(tarfile.REGTYPE, 0o4755, "-rwsr-xr-x"), (tarfile.DIRTYPE, 0o1777, "drwxrwxrwt"),
     (tarfile.SYMTYPE, 0o777, "lrwxrwxrwx"), (tarfile.CHRTYPE, 0o666, "crw-rw-rw-")],
)  # fmt: skip
def test_modes_are_shown_as_ls_does(kind: bytes, mode: int, shown: str) -> None:
    member = tarfile.TarInfo("x")
    member.type, member.mode = kind, mode
    assert file_facts(member).mode == shown


def test_an_empty_entry_point_is_asked_for_and_an_unknown_one_is_not() -> None:
    assert config_complaints(ConfigCheck(entrypoint=()), {"Entrypoint": None}) == []
    assert config_complaints(ConfigCheck(entrypoint=()), {"Entrypoint": ["/x"]}) != []
    assert config_complaints(ConfigCheck(), {"Entrypoint": ["/x"]}) == []


@pytest.mark.parametrize(
    ("check", "fine"),
    [
        (ConfigCheck(environment={"A": "1=2"}), True),
        (ConfigCheck(environment={"A": "1"}), False),
        (ConfigCheck(environment_patterns={"A": "^1"}), True),
        (ConfigCheck(environment_patterns={"A": "^2"}), False),
        (ConfigCheck(environment_patterns={"B": ""}), False),
        (ConfigCheck(unset_environment=("B",)), True),
        (ConfigCheck(unset_environment=("A",)), False),
        (ConfigCheck(label_patterns={"l": "v"}), True),
        (ConfigCheck(exposed_ports=("53/udp", "80")), True),
        (ConfigCheck(exposed_ports=("80/udp",)), False),
        (ConfigCheck(unexposed_ports=("80",)), False),
        (ConfigCheck(absent_volumes=("/data",)), False),
    ],
)
def test_configurations(check: ConfigCheck, fine: bool) -> None:
    config = {"Env": ["A=1=2"], "Labels": {"l": "v"}, "ExposedPorts": {"80/tcp": {}, "53/udp": {}},
              "Volumes": {"/data": {}}}  # fmt: skip
    assert (config_complaints(check, config) == []) is fine


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("$A", "1"), ("${A}b", "1b"), ("$Ab", ""), ("a$", "a$"), ("$$A", "A"), ("$1x", "x"), ("${}", "")],
)  # fmt: skip
def test_variables_are_expanded_as_go_does(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1"}) == expanded


@given(st.binary(max_size=3000))
def test_what_is_shown_is_short(raw: bytes) -> None:
    assert len(shorten(raw)) <= 402


@given(st.lists(st.binary(max_size=40)), st.lists(st.integers(0, 50), max_size=20))
def test_a_reader_gives_the_chunks_bytes_in_order(chunks: list[bytes], sizes: list[int]) -> None:
    reader, whole = ChunkReader(iter(chunks)), io.BytesIO(b"".join(chunks))
    for size in sizes:
        assert reader.read(size) == whole.read(size)
    assert reader.read() == whole.read()
