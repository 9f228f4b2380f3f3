"""What an image or a command shows, against what a smoke test asks.  Pure; functions give complaints."""

from __future__ import annotations

import re
import stat
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from publisher.catalog.smoke import CommandCheck, ConfigCheck, FileCheck
from publisher.tools.shown import plain

MAX_OUTPUT = 64 * 1024
"""Bytes of a command's output that are looked at; so much bounds what a pattern can cost, too."""
_SHOWN = 400
"""Characters of an output that a complaint shows."""
_EXPANSION = re.compile(r"\$(?:\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|([*#$@!?0-9-]))")
"""A variable in a text, as Go's os.Expand reads it."""
_EXECUTABLE = {"any": 0o111, "owner": 0o100, "group": 0o010, "other": 0o001}
_KINDS = {
    tarfile.DIRTYPE: stat.S_IFDIR, tarfile.SYMTYPE: stat.S_IFLNK, tarfile.CHRTYPE: stat.S_IFCHR,
    tarfile.BLKTYPE: stat.S_IFBLK, tarfile.FIFOTYPE: stat.S_IFIFO,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finished:
    """How a command ended: `exit_code` is None when it was stopped or never began, and `note` says why."""

    exit_code: int | None
    output: bytes = b""
    error: bytes = b""
    note: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file of an image: `mode` as `ls -l` shows it; `content` (a link's target's) None where not read."""

    mode: str
    bits: int
    uid: int
    gid: int
    content: bytes | None = None


def command_complaints(check: CommandCheck, finished: Finished) -> list[str]:
    """Compare how a command ended with what its check expects."""
    found = [finished.note] if finished.note else []
    if finished.exit_code is not None and finished.exit_code != check.exit_code:
        found.append(f"exit code {finished.exit_code}, expected {check.exit_code}")
    found += _stream_complaints("output", finished.output, check.output, check.excluded_output)
    found += _stream_complaints("error output", finished.error, check.error, check.excluded_error)
    if found:
        found += [
            f"{name}: {shorten(raw)}"
            for name, raw in (("stdout", finished.output), ("stderr", finished.error))
            if raw
        ]
    return found


def _stream_complaints(name: str, raw: bytes, wanted: Iterable[str], excluded: Iterable[str]) -> list[str]:
    excluded = list(excluded)
    found = text_complaints(name, raw[:MAX_OUTPUT], wanted, excluded)
    if len(raw) > MAX_OUTPUT and excluded:
        found.append(
            f"the {name} is longer than {MAX_OUTPUT // 1024} KiB: what it must not contain cannot be told"
        )
    return found


def text_complaints(name: str, raw: bytes, wanted: Iterable[str], excluded: Iterable[str]) -> list[str]:
    """Search patterns in a text."""
    text = raw.decode(errors="replace")
    found = [f"{pattern!r} is not in the {name}" for pattern in wanted if not re.search(pattern, text)]
    return found + [
        f"{pattern!r} must not be in the {name}" for pattern in excluded if re.search(pattern, text)
    ]


def shorten(raw: bytes) -> str:
    """Give the end of an output for a message."""
    text = plain(raw.decode(errors="replace")).strip()
    return text if len(text) <= _SHOWN else f"… {text[-_SHOWN:]}"


def file_facts(member: tarfile.TarInfo, content: bytes | None = None) -> FileFacts:
    """Take from a tar header what a check may ask about."""
    kind = _KINDS.get(member.type, stat.S_IFREG)
    return FileFacts(stat.filemode(kind | member.mode), member.mode, member.uid, member.gid, content)


def file_complaints(check: FileCheck, facts: FileFacts | None) -> list[str]:
    """Compare a file with its check; `facts` is None when it is not there."""
    if facts is None:
        return [f"{check.path} does not exist"] if check.exists else []
    if not check.exists:
        return [f"{check.path} exists ({facts.mode})"]
    pairs = (("mode", facts.mode, check.mode), ("uid", facts.uid, check.uid), ("gid", facts.gid, check.gid))
    found = [
        f"{name} {actual}, expected {wanted}"
        for name, actual, wanted in pairs
        if wanted not in (None, actual)
    ]
    if check.executable_by and not facts.bits & _EXECUTABLE[check.executable_by]:
        found.append(f"not executable by {check.executable_by} ({facts.mode})")
    if check.contains or check.excludes:
        found += _content_complaints(check, facts.content)
    return found


def _content_complaints(check: FileCheck, content: bytes | None) -> list[str]:
    if content is None:
        return [f"{check.path} is not a file that can be read (a directory, a broken link, or too large)"]
    return text_complaints("file", content, check.contains, check.excludes)


def config_complaints(check: ConfigCheck, config: Mapping[str, Any]) -> list[str]:
    """Compare an image's configuration, as the engine shows it, with what is expected."""
    exact = (
        ("user", config.get("User") or "", check.user),
        ("working directory", config.get("WorkingDir") or "", check.working_directory),
        ("entry point", tuple(config.get("Entrypoint") or ()), check.entrypoint),
        ("command", tuple(config.get("Cmd") or ()), check.command),
    )
    found = [
        f"{name} is {_show(actual)}, expected {_show(wanted)}"
        for name, actual, wanted in exact
        if wanted is not None and wanted != actual
    ]
    environment = image_environment(config)
    found += _value_complaints("variable", environment, check.environment, check.environment_patterns)
    found += [f"variable {name} is set" for name in check.unset_environment if name in environment]
    found += _value_complaints("label", config.get("Labels") or {}, check.labels, check.label_patterns)
    return found + _set_complaints(check, config)


def image_environment(config: Mapping[str, Any]) -> dict[str, str]:
    """Give the variables that an image sets."""
    return {name: value for name, _, value in (item.partition("=") for item in config.get("Env") or ())}


def _value_complaints(
    kind: str, actual: Mapping[str, str], exact: Mapping[str, str], patterns: Mapping[str, str]
) -> list[str]:
    found = [f"{kind} {name} is not set" for name in (*exact, *patterns) if name not in actual]
    found += [
        f"{kind} {name} is {actual[name]!r}, expected {value!r}"
        for name, value in exact.items()
        if name in actual and actual[name] != value
    ]
    return found + [
        f"{kind} {name} is {actual[name]!r}, which does not match {pattern!r}"
        for name, pattern in patterns.items()
        if name in actual and not re.search(pattern, actual[name])
    ]


def _set_complaints(check: ConfigCheck, config: Mapping[str, Any]) -> list[str]:
    ports, volumes = set(config.get("ExposedPorts") or ()), set(config.get("Volumes") or ())
    found = [f"port {port} is not exposed" for port in check.exposed_ports if not _exposes(ports, port)]
    found += [f"port {port} is exposed" for port in check.unexposed_ports if _exposes(ports, port)]
    found += [f"{path} is not a volume" for path in check.volumes if path not in volumes]
    return found + [f"{path} is a volume" for path in check.absent_volumes if path in volumes]


def _exposes(ports: Iterable[str], wanted: str) -> bool:
    return any(port == wanted or port.partition("/")[0] == wanted for port in ports)


def _show(value: str | tuple[str, ...]) -> str:
    return repr(value) if isinstance(value, str) else repr(list(value))


def expand(text: str, environment: Mapping[str, str]) -> str:
    """Replace `$NAME` and `${NAME}` by the image's variables; an unknown one is empty."""
    return _EXPANSION.sub(lambda match: environment.get(match[1] or match[2] or match[3] or "", ""), text)
