"""The forms that the audit's verdict takes."""

from __future__ import annotations

import json

from publisher.audit.expected import expected_tags
from publisher.audit.facts import Facts, HeadFacts, TagFacts
from publisher.audit.report import Checked, Report, as_json, as_table, report
from tests.unit.notes.releases import CANN, FIRST, HUB, digest

TAG = next(tag for tag in expected_tags([FIRST]) if tag.key == (HUB, CANN.tag))
MISSING = TagFacts("hub", HUB, CANN.tag)
VERDICT = report([TAG], Facts((MISSING,), (HeadFacts("quay"),), HeadFacts("staging", 1, digest("r-1"))))
TABLE = """\
id    severity  image:tag        registry  digest        message
A013  error     –                quay      –             there is no release record here; the newest is r-1
      → publisher republish --all --registry quay
A002  error     cann:ubuntu-8.0  hub       d316cddd9ff3  the tag is missing
      → publisher republish cann:ubuntu-8.0 --registry hub
1 tags and 0 digests checked, 2 findings
"""


def test_the_json_form_is_the_documented_one() -> None:
    plain = json.loads(as_json(VERDICT))
    assert list(plain) == ["schema_version", "checked", "findings"]
    assert plain["schema_version"] == 1
    assert plain["checked"] == {"tags": 1, "digests": 0}
    assert plain["findings"][1] == {
        "id": "A002",
        "severity": "error",
        "image": "cann",
        "tag": "ubuntu-8.0",
        "registry": "hub",
        "digest": digest("cann-1"),
        "message": "the tag is missing",
        "repair": "publisher republish cann:ubuntu-8.0 --registry hub",
    }


def test_the_table_shows_each_finding_and_its_repair() -> None:
    assert as_table(VERDICT) == TABLE


def test_a_clean_verdict() -> None:
    clean = Report(Checked(3, 4), ())
    assert clean.is_clean
    assert not VERDICT.is_clean
    assert as_table(clean) == "3 tags and 4 digests checked, nothing found\n"


def test_a_registry_cannot_paint_the_terminal() -> None:
    facts = TagFacts("hub", HUB, CANN.tag, error="\x1b[2J\nA999 fine")
    shown = as_table(report([TAG], Facts((facts,))))
    assert "\x1b" not in shown
    assert len(shown.splitlines()) == 4
