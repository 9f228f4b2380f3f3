"""The rules that a catalog can break: ids that never change, and what each means.

Ids are written into baselines, annotations and dashboards, so a rule keeps its id for
ever and the id of a rule that goes is not given to another.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Rule(StrEnum):
    """One rule of the catalog."""

    UNREADABLE = "M001"
    UNUSUAL_YAML = "M002"
    DUPLICATE_KEY = "M003"
    WRONG_SHAPE = "M004"
    UNKNOWN_KEY = "M005"
    MISSING_KEY = "M006"
    IMAGE_NAME = "M007"
    TAG = "M008"
    RESERVED_TAG = "M009"
    DUPLICATE_TAG = "M010"
    PATH = "M011"
    PLATFORM = "M012"
    LATER_VERSION = "M013"
    BASE = "M014"
    WORD = "M015"
    ARGUMENT = "M016"
    LATEST = "M017"
    REFERENCE = "M018"
    CONFLICT = "M019"
    SECRET = "M020"


MEANINGS: Mapping[Rule, str] = {
    Rule.UNREADABLE: "The file is not YAML that can be read: syntax, encoding, size or depth.",
    Rule.UNUSUAL_YAML: "Anchors, aliases, tags and several documents in one file are not used in catalogs.",
    Rule.DUPLICATE_KEY: "A key stands twice in one mapping.",
    Rule.WRONG_SHAPE: "A value has another form than its key asks for: text, list or mapping.",
    Rule.UNKNOWN_KEY: "A key is not known.",
    Rule.MISSING_KEY: "A key that is needed is missing.",
    Rule.IMAGE_NAME: "The folder of a meta.yml does not make an image name, or a reserved one.",
    Rule.TAG: "A tag or alias is not a valid OCI tag.",
    Rule.RESERVED_TAG: "A tag is reserved: d-…, b-…, r-…, sha256-…; `latest: true` declares latest.",
    Rule.DUPLICATE_TAG: "Two entries of one image claim the same tag.",
    Rule.PATH: "A path is absolute, empty, names a folder instead of a file, or leaves the repository.",
    Rule.PLATFORM: "A platform or architecture is not valid.",
    Rule.LATER_VERSION: "A form that is reserved for a later version of the publisher.",
    Rule.BASE: "`base` does not name an image and a tag.",
    Rule.WORD: "A value is not one of the words, numbers or forms that its key allows.",
    Rule.ARGUMENT: "A build argument's name is not valid, or is one that the publisher or BuildKit sets.",
    Rule.LATEST: "More than one entry of an image owns `latest`.",
    Rule.REFERENCE: "A registry prefix or an image reference is not valid.",
    Rule.CONFLICT: "Two values contradict each other.",
    Rule.SECRET: "A value seems to be a secret, where only the name of an environment variable belongs.",
}
"""One line for each rule, for `publisher lint --explain`."""
