"""`publisher.yml` as values; `publisher.catalog.settings_file` reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from publisher.errors import UsageError
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository


class Layout(StrEnum):
    """How a catalog's files lie: its own way, or as in the openEuler image repository."""

    NATIVE = "native"
    OPENEULER = "openeuler"


class MediaFormat(StrEnum):
    """The family of media types that a catalog is built in."""

    OCI = "oci"
    DOCKER = "docker"


class TestLevel(StrEnum):
    """The least test that a platform must have passed before it is published."""

    NATIVE = "native"
    EMULATED = "emulated"
    UNTESTED = "untested"


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """A destination; images are published below `prefix`, a host with or without a path.

    One that is not `required` may lag.  `evidence` names the registry that holds its referrers and
    records, where it cannot.  Without `indexes` it holds platform manifests only, each under a tag
    of its own.  `concurrency` is how many things it is asked at a time; `ca_file` a path, relative
    to the repository, of the certificates that it is trusted by.
    """

    name: str
    prefix: str
    username_env: str | None = None
    password_env: str | None = None
    required: bool = True
    requests_per_minute: int | None = None
    readme: str | None = None
    evidence: str | None = None
    indexes: bool = True
    concurrency: int | None = None
    ca_file: str | None = None

    def repository(self, image: str) -> Repository:
        """Give the repository of an image at this destination."""
        return Repository(f"{self.prefix}/{image}")


@dataclass(frozen=True, slots=True)
class Route:
    """Images (shell patterns) and the names of the registries that they go to."""

    images: tuple[str, ...]
    to: tuple[str, ...]

    def matches(self, image: str) -> bool:
        """Tell whether this route takes the image."""
        return any(fnmatchcase(image, pattern) for pattern in self.images)


class Driver(StrEnum):
    """How buildx reaches a BuildKit."""

    REMOTE = "remote"
    DOCKER_CONTAINER = "docker-container"
    EXISTING = "existing"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True, slots=True)
class BuilderSettings:
    """A BuildKit for one target platform; `platform` is the one that it runs on itself."""

    driver: Driver = Driver.DOCKER_CONTAINER
    endpoint: str | None = None
    name: str | None = None
    platform: Platform | None = None


class SigningMode(StrEnum):
    """How signatures are made: a key pair, or the identity of the CI job (Fulcio and Rekor)."""

    KEY = "key"
    KEYLESS = "keyless"


@dataclass(frozen=True, slots=True)
class SigningSettings:
    """Keys are paths relative to the catalog's root; identity and issuer are exact."""

    mode: SigningMode = SigningMode.KEY
    private: str | None = "cosign.key"
    public: str | None = "cosign.pub"
    password_env: str = "COSIGN_PASSWORD"
    issuer: str | None = None
    identity: str | None = None


class ForgeKind(StrEnum):
    """Where release notes go."""

    LOCAL = "local"
    GITHUB = "github"


@dataclass(frozen=True, slots=True)
class ForgeSettings:
    """`directory` is relative to the repository; `repository` is `owner/name`, default from `source`."""

    kind: ForgeKind = ForgeKind.LOCAL
    directory: str = "releases"
    token_env: str = "GITHUB_TOKEN"
    repository: str | None = None
    api: str = "https://api.github.com"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything that `publisher.yml` says.

    `staging` may be in any registry; its host is reached with `staging_username_env`
    and `staging_password_env` where given.  `assumed` settings stand for a `publisher.yml` that
    is not there (`publisher.catalog.openeuler.assumed`): they publish nowhere.
    """

    source: str
    root: str = "."
    layout: Layout = Layout.NATIVE
    assumed: bool = False
    references: tuple[str, ...] = ()
    platforms: tuple[Platform, ...] = (Platform("linux/amd64"),)
    format: MediaFormat = MediaFormat.OCI
    staging: str = ""
    staging_username_env: str | None = None
    staging_password_env: str | None = None
    registries: Mapping[str, RegistrySettings] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    builders: Mapping[Platform, BuilderSettings] = field(default_factory=dict)
    signing: SigningSettings = field(default_factory=SigningSettings)
    tests: Mapping[Platform, TestLevel] = field(default_factory=dict)
    forge: ForgeSettings = field(default_factory=ForgeSettings)

    def route(self, image: str) -> tuple[RegistrySettings, ...]:
        """Give the registries of the first route that matches; none where no route does."""
        for route in self.routes:
            if route.matches(image):
                return tuple(self.registries[name] for name in route.to)
        return ()

    def test_level(self, platform: Platform) -> TestLevel:
        """Give the least test that the platform needs; emulated unless the policy says otherwise."""
        return self.tests.get(platform, TestLevel.EMULATED)

    def build_platform(self, platform: Platform) -> Platform:
        """Give the platform that the builder of `platform` runs on."""
        builder = self.builders.get(platform)
        return builder.platform if builder and builder.platform else platform

    @property
    def staging_builds(self) -> Repository:
        """Give the one repository of staging that holds every build, index and its evidence.

        Raises:
            UsageError: there is no `publisher.yml` that names staging.
        """
        return self._staged("builds")

    @property
    def staging_records(self) -> Repository:
        """Give the repository of staging that holds the chain of release records.

        Raises:
            UsageError: there is no `publisher.yml` that names staging.
        """
        return self._staged("publisher-records")

    def _staged(self, name: str) -> Repository:
        if not self.staging:
            raise UsageError(
                "no staging registry is known: there is no publisher.yml",
                hint="write one with `catalog: {layout: openeuler}` and `staging: {prefix: …}`; "
                "`plan --offline` and `lint` work without",
            )
        return Repository(f"{self.staging}/{name}")
