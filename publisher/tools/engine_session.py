"""One smoke test of one image, check after check."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from publisher.catalog.smoke import CommandCheck, FileCheck, ProbeCheck, SmokeTest
from publisher.records.test import CheckResult
from publisher.tools.engine_box import Boxes
from publisher.tools.engine_judge import (
    Finished,
    command_complaints,
    config_complaints,
    expand,
    file_complaints,
    image_environment,
    shorten,
)
from publisher.tools.engine_probe import probe
from publisher.tools.shown import plain

_NEVER = "/publisher-never-started"
"""Command of a container that is only looked into: an engine refuses one without."""
_SAID = 4096
"""Bytes of each output that go to the log."""


class Session:
    """One test of one image."""

    def __init__(
        self,
        boxes: Boxes,
        image: str,
        config: Mapping[str, Any],
        test: SmokeTest,
        said: Callable[[str], None],
    ) -> None:
        self._boxes = boxes
        self._image = image
        self._config = config
        self._test = test
        self._said = said
        self._variables = image_environment(config)

    def results(self) -> tuple[CheckResult, ...]:
        """Run all checks, cheap ones first."""
        found = []
        if self._test.config:
            complain = partial(config_complaints, self._test.config, self._config)
            found.append(self._judged("image configuration", complain))
        found += self._files()
        found += [self._judged(check.name, partial(self._command, check)) for check in self._test.commands]
        found += [self._judged(check.name, partial(self._probe, check)) for check in self._test.probes]
        return tuple(found)

    def _judged(self, name: str, complain: Callable[[], list[str]]) -> CheckResult:
        began = time.monotonic()
        complaints = complain()
        self._said(f"{'FAILED' if complaints else 'ok'}: {name}")
        for line in complaints:
            self._said(f"  {line}")
        return CheckResult(name, not complaints, "; ".join(complaints), round(time.monotonic() - began, 3))

    def _files(self) -> list[CheckResult]:
        if not self._test.files:
            return []
        with self._boxes.container(self._image, [_NEVER], {}) as box:
            return [self._judged(check.name, partial(self._file, box, check)) for check in self._test.files]

    def _file(self, box: str, check: FileCheck) -> list[str]:
        content = bool(check.contains or check.excludes)
        return file_complaints(check, self._boxes.facts(box, self._text(check.path), content=content))

    def _command(self, check: CommandCheck) -> list[str]:
        environment = {name: self._text(value) for name, value in check.environment.items()}
        argv = [self._text(word) for word in check.argv]
        self._said(f"$ {' '.join(argv)}")
        with contextlib.ExitStack() as stack:
            image = self._image
            for words in check.setup:
                image = stack.enter_context(self._boxes.after(image, words, environment, check.timeout))
            finished = self._boxes.run(image, argv, environment, check.timeout)
        self._show(finished)
        return command_complaints(check, finished)

    def _probe(self, check: ProbeCheck) -> list[str]:
        with self._boxes.service(self._image, check) as box:
            if refused := self._boxes.begin(box):
                return [refused]
            complaints = probe(check, self._boxes.address(box), lambda: self._boxes.is_running(box))
            if complaints:
                logs = [self._boxes.log(box, stdout=stdout) for stdout in (True, False)]
                complaints += [f"its log: {shorten(log)}" for log in logs if log]
            return complaints

    def _show(self, finished: Finished) -> None:
        for raw in (finished.output, finished.error):
            for line in plain(raw[:_SAID].decode(errors="replace")).splitlines():
                self._said(f"  | {line}")
            if len(raw) > _SAID:
                self._said(f"  | … ({len(raw)} bytes)")

    def _text(self, text: str) -> str:
        return expand(text, self._variables) if self._test.expand else text
