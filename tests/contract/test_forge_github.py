"""What only GitHub can do to us; and whether its double is true to GitHub's own description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from publisher.errors import Malformed, ReleaseError
from publisher.ports.forge import ForgeRelease
from publisher.tools.github import GitHubForge
from tests.fakes.github import Exchange, Fault, GitHubDouble, extract
from tests.fakes.github.description import objections

COMMIT = "c" * 40
RELEASE = ForgeRelease("r-7", COMMIT, "Release 7", "notes", {"a.json": b"{}", "b.txt": b"b"})


@pytest.fixture
def double() -> Iterator[GitHubDouble]:
    with GitHubDouble(immutable=True) as running:
        running.state.commits.add(COMMIT)
        yield running


def forge(double: GitHubDouble, **changes: str) -> GitHubForge:
    return replace(GitHubForge(double.repository, double.token, double.url), **changes)


def send(
    double: GitHubDouble, method: str, path: str, given: Any = None, token: str | None = None
) -> tuple[int, Any]:
    """Speak to the double without github3."""
    headers = {"Authorization": f"Bearer {token or double.token}", "Content-Type": "application/json"}
    data = given if isinstance(given, bytes) else json.dumps(given).encode() if given is not None else None
    url = path if path.startswith("http") else f"{double.url}/repos/{double.repository}{path}"
    try:
        with urlopen(Request(url, data, headers, method=method)) as answer:
            raw = answer.read()
            return answer.status, json.loads(raw) if raw else None
    except HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


def test_the_tag_appears_only_when_everything_is_there(double: GitHubDouble) -> None:
    double.fail(Fault("POST", "/uploads/.*assets", 502))
    with pytest.raises(ReleaseError):
        forge(double).publish(RELEASE)
    assert double.state.tags == {}
    address = forge(double).publish(RELEASE)
    assert double.state.tags == {"r-7": COMMIT}
    assert address.endswith("/releases/tag/r-7")


@pytest.mark.parametrize("done", [False, True], ids=["refused", "done-but-lost"])
@pytest.mark.parametrize("number", range(8))
def test_a_cut_at_any_request_is_mended_by_a_rerun(double: GitHubDouble, number: int, done: bool) -> None:
    double.fail(Fault("*", "", None, done=done, after=number))
    with pytest.raises(ReleaseError):
        forge(double).publish(RELEASE)
    assert double.faults == []
    forge(double).publish(RELEASE)
    assert [release.tag_name for release in double.state.all()] == ["r-7"]
    assert {asset.name: asset.content for asset in double.state.by_tag("r-7").assets} == RELEASE.assets


@pytest.mark.parametrize(
    ("status", "headers", "hint"),
    [
        (401, {}, "token_env"),
        (403, {}, "contents: write"),
        (403, {"X-RateLimit-Remaining": "0"}, "rate limit"),
        (429, {"Retry-After": "60"}, "rate limit"),
        (404, {}, "forge.repository"),
        (422, {}, "objects to"),
        (500, {}, "githubstatus"),
        (503, {}, "githubstatus"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH"])
def test_a_refusal_says_what_to_do(
    double: GitHubDouble, status: int, headers: dict[str, str], hint: str, method: str
) -> None:
    double.fail(Fault(method, "/repos", status, headers, f"no, {double.token}!"))
    with pytest.raises(ReleaseError) as caught:
        forge(double).publish(RELEASE)
    if (method, status) != ("PATCH", 404):  # github3 hides this one's message
        assert str(status) in caught.value.what
        assert hint in caught.value.hint
        assert "no, ***!" in caught.value.detail
    assert "acme/images" in caught.value.where
    assert double.token not in str(caught.value)


def test_a_wrong_token_never_shows(double: GitHubDouble) -> None:
    wrong = forge(double, token="ghp_very-secret")
    with pytest.raises(ReleaseError) as caught:
        wrong.publish(RELEASE)
    assert "401" in caught.value.what
    assert "very-secret" not in f"{caught.value} {wrong!r} {caught.value.__cause__!r}"


def test_an_absent_token_is_named_before_any_request(double: GitHubDouble) -> None:
    with pytest.raises(ReleaseError, match="token"):
        forge(double, token="").publish(RELEASE)
    assert double.exchanges == []


@pytest.mark.parametrize("name", ["acme", "acme/..", "acme/a/b", "-acme/x", "acme/x?y", ""])
def test_a_repository_is_owner_and_name(name: str) -> None:
    with pytest.raises(Malformed):
        GitHubForge(name, "t")


def test_a_published_release_that_lacks_an_asset_is_left_alone(double: GitHubDouble) -> None:
    forge(double).publish(replace(RELEASE, assets={"a.json": b"{}"}))
    with pytest.raises(ReleaseError) as caught:
        forge(double).publish(RELEASE)
    assert caught.value.detail == "b.txt"
    assert "delete the release" in caught.value.hint


def test_a_published_release_with_another_asset_is_left_alone(double: GitHubDouble) -> None:
    forge(double).publish(RELEASE)
    with pytest.raises(ReleaseError) as caught:
        forge(double).publish(replace(RELEASE, assets={"a.json": b"[]", "b.txt": b"b"}))
    assert caught.value.detail == "a.json"


def test_a_draft_beyond_the_first_page_is_found(double: GitHubDouble) -> None:
    draft = double.state.create({"tag_name": "r-7", "target_commitish": COMMIT, "draft": True})
    for number in range(150):
        double.state.create({"tag_name": f"v{number}", "draft": True})
    forge(double).publish(RELEASE)
    assert double.state.by_tag("r-7") is draft
    assert (draft.name, draft.body) == (RELEASE.title, RELEASE.notes)


def test_an_asset_with_other_content_is_replaced_while_it_is_a_draft(double: GitHubDouble) -> None:
    draft = double.state.create({"tag_name": "r-7", "target_commitish": COMMIT, "draft": True})
    same_size = {"name": "a.json", "label": None, "content_type": "text/plain", "content": b"[]"}
    double.state.upload(draft, same_size)
    forge(double).publish(RELEASE)
    assert {asset.name: asset.content for asset in draft.assets} == RELEASE.assets


def test_the_double_and_our_requests_agree_with_the_description(double: GitHubDouble) -> None:
    forge(double).publish(RELEASE)
    forge(double).publish(RELEASE)
    status, made = send(double, "POST", "/releases", {"tag_name": "v1", "draft": True})
    assert (status, made["immutable"]) == (201, False)
    upload = made["upload_url"].partition("{")[0]
    assert send(double, "POST", f"{upload}?name=x.bin&label=y", b"x")[0] == 201
    assert send(double, "POST", f"{upload}?name=x.bin", b"x")[0] == 422
    asset = send(double, "GET", f"/releases/{made['id']}/assets")[1][0]["id"]
    assert send(double, "GET", f"/releases/assets/{asset}")[1]["label"] == "y"
    assert send(double, "GET", "/releases/tags/v1")[0] == 404
    assert send(double, "PATCH", f"/releases/{made['id']}", {"draft": False})[1]["immutable"] is True
    assert send(double, "GET", "/releases/tags/v1")[0] == 200
    assert send(double, "DELETE", f"/releases/assets/{asset}")[0] == 422
    assert send(double, "POST", f"{upload}?name=y.bin", b"y")[0] == 422
    assert send(double, "POST", "/releases", {"tag_name": "v1"})[0] == 422
    assert send(double, "POST", "/releases", {"tag_name": "v2", "target_commitish": "nowhere"})[0] == 422
    assert send(double, "GET", "/releases", token="other")[0] == 401
    assert send(double, "GET", "/unknown")[0] == 404
    assert send(double, "DELETE", f"/releases/{made['id']}")[0] == 204
    assert send(double, "GET", f"/releases/{made['id']}")[0] == 404
    assert objections(double.exchanges) == []


def test_the_check_against_the_description_can_fail() -> None:
    route = "/repos/{owner}/{repo}/releases"
    wrong = [
        Exchange("GET", f"{route}/{{release_id}}", "1", 200, None, {"id": "seven"}),
        Exchange("GET", route, "2", 418, None, None),
        Exchange("PUT", route, "3", 200, None, None),
        Exchange("POST", route, "4", 404, {"draft": "yes"}, {"message": "Not Found"}),
    ]
    found = "\n".join(objections(wrong))
    assert "'upload_url' is a required property" in found
    assert "no answer 418" in found
    assert "no such operation" in found
    assert "'tag_name' is a required property" in found


def test_the_extract_is_that_of_the_pinned_package() -> None:
    source = json.loads(extract.TARGET.read_text())["source"]
    assert (source["package"], source["version"]) == (extract.PACKAGE, extract.VERSION)
    assert source["integrity"] == extract.INTEGRITY
