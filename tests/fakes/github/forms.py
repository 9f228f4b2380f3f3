"""The JSON that GitHub answers with; every address leads back to the double."""

from __future__ import annotations

from typing import Any

from tests.fakes.github.state import START, Asset, Refusal, Release

TIME = START.strftime("%Y-%m-%dT%H:%M:%SZ")
_USER_LINKS = {
    "followers_url": "followers",
    "following_url": "following{/other_user}",
    "gists_url": "gists{/gist_id}",
    "starred_url": "starred{/owner}{/repo}",
    "subscriptions_url": "subscriptions",
    "organizations_url": "orgs",
    "repos_url": "repos",
    "events_url": "events{/privacy}",
    "received_events_url": "received_events",
}
_REPOSITORY_LINKS = {
    "archive_url": "{archive_format}{/ref}",
    "assignees_url": "assignees{/user}",
    "blobs_url": "git/blobs{/sha}",
    "branches_url": "branches{/branch}",
    "collaborators_url": "collaborators{/collaborator}",
    "comments_url": "comments{/number}",
    "commits_url": "commits{/sha}",
    "compare_url": "compare/{base}...{head}",
    "contents_url": "contents/{+path}",
    "contributors_url": "contributors",
    "deployments_url": "deployments",
    "downloads_url": "downloads",
    "events_url": "events",
    "forks_url": "forks",
    "git_commits_url": "git/commits{/sha}",
    "git_refs_url": "git/refs{/sha}",
    "git_tags_url": "git/tags{/sha}",
    "hooks_url": "hooks",
    "issue_comment_url": "issues/comments{/number}",
    "issue_events_url": "issues/events{/number}",
    "issues_url": "issues{/number}",
    "keys_url": "keys{/key_id}",
    "labels_url": "labels{/name}",
    "languages_url": "languages",
    "merges_url": "merges",
    "milestones_url": "milestones{/number}",
    "notifications_url": "notifications{?since,all,participating}",
    "pulls_url": "pulls{/number}",
    "releases_url": "releases{/id}",
    "stargazers_url": "stargazers",
    "statuses_url": "statuses/{sha}",
    "subscribers_url": "subscribers",
    "subscription_url": "subscription",
    "tags_url": "tags",
    "teams_url": "teams",
    "trees_url": "git/trees{/sha}",
}
_NO = ("private", "fork", "archived", "disabled", "has_pages", "has_discussions")
_YES = ("has_issues", "has_projects", "has_wiki", "has_downloads")
_NONE = ("description", "homepage", "language", "mirror_url", "license")
_COUNTS = (
    "forks",
    "forks_count",
    "open_issues",
    "open_issues_count",
    "stargazers_count",
    "watchers",
    "watchers_count",
    "network_count",
    "subscribers_count",
    "size",
)


class Forms:
    """Forms for one repository at one address."""

    def __init__(self, base: str, owner: str, name: str) -> None:
        self.owner, self.name, self.base = owner, name, base
        self.api = f"{base}/repos/{owner}/{name}"
        self.web = f"{base}/web/{owner}/{name}"

    def user(self) -> dict[str, Any]:
        """Give a simple user, who owns the repository and makes every release."""
        url = f"{self.base}/users/{self.owner}"
        links = {key: f"{url}/{path}" for key, path in _USER_LINKS.items()}
        return {
            **links,
            "login": self.owner,
            "id": 1,
            "node_id": "U_1",
            "avatar_url": f"{self.base}/avatar",
            "url": url,
            "gravatar_id": "",
            "html_url": f"{self.base}/web/{self.owner}",
            "type": "User",
            "site_admin": False,
        }

    def repository(self) -> dict[str, Any]:
        """Give the full repository."""
        return {
            **{key: f"{self.api}/{path}" for key, path in _REPOSITORY_LINKS.items()},
            **dict.fromkeys(_NO, False),
            **dict.fromkeys(_YES, True),
            **dict.fromkeys(_NONE),
            **dict.fromkeys(_COUNTS, 0),
            **dict.fromkeys(("created_at", "updated_at", "pushed_at"), TIME),
            "id": 1,
            "node_id": "R_1",
            "name": self.name,
            "full_name": f"{self.owner}/{self.name}",
            "owner": self.user(),
            "url": self.api,
            "html_url": self.web,
            "clone_url": f"{self.web}.git",
            "git_url": f"{self.web}.git",
            "ssh_url": f"git@localhost:{self.owner}/{self.name}.git",
            "svn_url": self.web,
            "default_branch": "main",
        }

    def release(self, release: Release) -> dict[str, Any]:
        """Give a release with its files."""
        url = f"{self.api}/releases/{release.id}"
        upload = f"{self.base}/uploads/repos/{self.owner}/{self.name}/releases/{release.id}/assets"
        shown = f"untagged-{release.id:020x}" if release.draft else release.tag_name
        archive = None if release.draft else f"{self.api}/{{}}/{release.tag_name}"
        return {
            "url": url,
            "assets_url": f"{url}/assets",
            "upload_url": upload + "{?name,label}",
            "html_url": f"{self.web}/releases/tag/{shown}",
            "id": release.id,
            "node_id": f"RE_{release.id}",
            "author": self.user(),
            "tag_name": release.tag_name,
            "target_commitish": release.target_commitish,
            "name": release.name,
            "body": release.body,
            "draft": release.draft,
            "prerelease": release.prerelease,
            "immutable": release.immutable,
            "created_at": release.created,
            "published_at": release.published,
            "updated_at": release.published or release.created,
            "tarball_url": archive and archive.format("tarball"),
            "zipball_url": archive and archive.format("zipball"),
            "assets": [self.asset(release, asset) for asset in release.assets],
        }

    def asset(self, release: Release, asset: Asset) -> dict[str, Any]:
        """Give a file's description."""
        return {
            "url": f"{self.api}/releases/assets/{asset.id}",
            "id": asset.id,
            "node_id": f"RA_{asset.id}",
            "browser_download_url": f"{self.web}/releases/download/{release.tag_name}/{asset.name}",
            "name": asset.name,
            "label": asset.label,
            "state": "uploaded" if asset.complete else "open",
            "content_type": asset.content_type,
            "size": len(asset.content),
            "digest": asset.digest if asset.complete else None,
            "download_count": 0,
            "created_at": asset.time,
            "updated_at": asset.time,
            "uploader": self.user(),
        }

    def refusal(self, refusal: Refusal) -> dict[str, Any]:
        """Give an error's form."""
        plain: dict[str, Any] = {
            "message": refusal.message,
            "documentation_url": f"{self.base}/docs",
            "status": str(refusal.status),
        }
        return {**plain, "errors": list(refusal.errors)} if refusal.errors else plain
