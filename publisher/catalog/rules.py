"""The rules that a catalog can break: ids that never change.

Ids are written into baselines, annotations and dashboards, so a rule keeps its id for
ever and the id of a rule that goes is not given to another.  Their pages, which
`publisher lint --explain` shows, are in `publisher.lint`.
"""

from __future__ import annotations

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
    BASE = "M014"
    WORD = "M015"
    ARGUMENT = "M016"
    LATEST = "M017"
    REFERENCE = "M018"
    CONFLICT = "M019"
    SECRET = "M020"
    TWO_FILES = "M021"
    IMAGE_LIST = "M022"
    IMAGE_TWICE = "M023"
    NAME_UNKNOWN = "M024"
    MATRIX_SIZE = "M025"
    AXIS = "M026"
    COMBINATION = "M027"
    PLACEHOLDER = "M028"
    NO_MATCH = "M029"
    LATEST_SELECTOR = "M030"
