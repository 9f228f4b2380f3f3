"""Every rule has a page and a case: a catalog that breaks it and nothing else, and a mended twin."""

from __future__ import annotations

import pytest

from publisher.catalog.rules import Rule as CatalogRule
from publisher.lint.page import LintRule, Page, PlanPage
from publisher.lint.pages import PAGES
from publisher.lint.rules import LINT_RULES
from publisher.plan.rules import Rule as PlanRule
from tests.unit.lint import cases_targets, cases_yaml
from tests.unit.lint.case import Case, problems

CASES: tuple[Case, ...] = (
    *cases_yaml.CASES, *cases_yaml.MATRIX_CASES, *cases_yaml.OPENEULER_CASES,
    *cases_targets.CASES, *cases_targets.PLAN_CASES, *cases_targets.LINT_CASES,
)  # fmt: skip


def name(case: Case) -> str:
    return f"{case.rule}-{case.at}"


def test_the_small_catalog_is_sound() -> None:
    assert problems({}) == ()


@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_case_breaks_its_rule_there_and_no_other(case: Case) -> None:
    assert (case.rule, case.at) in case.broken()
    extra = {rule for rule, _ in case.broken()} - {case.rule}
    assert extra <= cases_targets.COMPANIONS.get(case.rule, set())


@pytest.mark.parametrize("case", CASES, ids=name)
def test_the_mended_twin_breaks_none(case: Case) -> None:
    assert case.mended() == set()


def test_every_rule_has_a_case() -> None:
    assert set(PAGES) - {case.rule for case in CASES} == set()


def test_every_rule_has_exactly_one_page() -> None:
    ids = [*(str(rule) for rule in CatalogRule), *(rule.id for rule in PlanRule), *(r.id for r in LINT_RULES)]
    assert sorted(PAGES) == sorted(ids)
    assert len(ids) == len(set(ids))


def subclasses(kind: type[Page]) -> set[type[Page]]:
    found = {one for child in kind.__subclasses__() for one in (child, *subclasses(child))}
    return found - {PlanPage, LintRule}


def test_no_page_is_left_out() -> None:
    assert subclasses(Page) == set(PAGES.values())


@pytest.mark.parametrize("page", PAGES.values(), ids=lambda page: page.id)
def test_a_page_has_title_example_and_what_mends_it(page: type[Page]) -> None:
    assert page.__doc__
    assert page.title().endswith(".")
    wrong, right = page.text().index("Wrong:\n    "), page.text().index("Right:\n    ")
    assert 0 <= wrong < right
    assert page.fix
    assert not page.fix.endswith(".")
