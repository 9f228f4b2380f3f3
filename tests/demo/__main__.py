"""`make demo`: five merges of a small catalog, on loopback registries.

KEEP=1 leaves everything up; PLATFORMS=linux/amd64,linux/arm64 builds arm64 through qemu too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from publisher.catalog.settings_file import read_settings
from publisher.notes.verify_commands import verify_evidence, verify_signature
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind
from publisher.registry.client import RegistryClient
from tests.demo.repository import BASE, MERGES, PASSWORD, Addresses, Merge, commit, create
from tests.demo.upstream import push_debian
from tests.stack import Stack, tool_folder
from tests.stack.binfmt import enable_arm64

NATIVE = Platform("linux/amd64")
SHOWN = ("hub", "cann", "latest")
"""The image whose verification is shown."""


def main() -> int:
    """Run the demo; give its exit code."""
    keep = os.environ.get("KEEP", "") not in ("", "0")
    directory = Path(tempfile.mkdtemp(prefix="publisher-demo-"))
    os.environ["PATH"] = f"{tool_folder()}:{os.environ['PATH']}:/usr/sbin:/sbin"
    platforms = chosen_platforms()
    say(f"starting the loopback stack in {directory / 'stack'}")
    stack = Stack.start(directory / "stack", progress=lambda text: say(f"  {text}"), keep=keep)
    try:
        return play(stack, directory, platforms)
    except KeyboardInterrupt:
        say("interrupted")
        return 130
    finally:
        end(stack, directory, keep=keep)


def say(text: str) -> None:
    """Write a line of the demo's own."""
    bold = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    print(f"\033[1m{text}\033[0m" if bold else text, flush=True)


def chosen_platforms() -> tuple[Platform, ...]:
    """Read PLATFORMS; arm64 is reported, not silently dropped, where it cannot be enabled."""
    names = os.environ.get("PLATFORMS", "") or NATIVE
    wanted = tuple(Platform(name.strip()) for name in names.split(",") if name.strip())
    foreign = [platform for platform in wanted if platform.architecture != NATIVE.architecture]
    if not foreign:
        return wanted
    reason = enable_arm64()
    if reason is None:
        return wanted
    say(f"warning: {', '.join(foreign)} left out, since it cannot be emulated here: {reason}")
    return tuple(platform for platform in wanted if platform not in foreign) or (NATIVE,)


def play(stack: Stack, directory: Path, platforms: tuple[Platform, ...]) -> int:
    """Make the catalog and publish its five merges."""
    cache = tool_folder().parent / "root-file-systems"
    index, locked = push_debian(stack.url("upstream"), platforms, cache, say)
    say(f"{BASE} is served by the loopback registry {stack.url('upstream')}, locked to {index.short}")
    repository = create(directory, addresses(stack), platforms, locked, index)
    began, failures = time.monotonic(), 0
    for number, merge in enumerate(MERGES, start=1):
        failures += not show_merge(number, merge, repository, stack)
    say(f"\nAudit: every tag on every registry, from outside\n{'-' * 60}")
    failures += run_publisher(["audit", "--repo", str(repository)], repository, stack) != 0
    show_places(repository)
    show_notes(repository)
    failures += not show_verification(repository)
    say(f"\nThe five merges and the audit took {time.monotonic() - began:.0f} s.")
    if failures:
        say(f"{failures} of them did not end as they should.")
    return 1 if failures else 0


def addresses(stack: Stack) -> Addresses:
    """Take the addresses from the stack."""
    names = ("staging", "hub", "quay", "modelers", "upstream")
    return Addresses(**{name: stack.url(name) for name in names}, buildkit=stack.endpoint("buildkit"))


def show_merge(number: int, merge: Merge, repository: Path, stack: Stack) -> bool:
    """Commit a merge and publish it; tell whether it ended as expected."""
    head = commit(repository, merge)
    say(f"\nMerge {number}: {merge.title} ({head[:12]})\n{'-' * 60}\nExpected: {merge.expected}.")
    words = ["run", "--repo", str(repository)] + (["--base", "empty"] if number == 1 else [])
    say(f"$ publisher {' '.join(words)}")
    began = time.monotonic()
    code = run_publisher(words, repository, stack)
    say(f"Exit code {code} after {time.monotonic() - began:.1f} s.")
    if code != merge.exit_code:
        say(f"This should have been {merge.exit_code}.")
    return code == merge.exit_code


def run_publisher(words: list[str], repository: Path, stack: Stack) -> int:
    """Run the command line as a user would."""
    environment = {
        **os.environ, "COSIGN_PASSWORD": PASSWORD, "DOCKER_HOST": stack.endpoint("docker"),
        "XDG_STATE_HOME": str(repository.parent / "state"),
    }  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "publisher", *words], env=environment, check=False
    ).returncode


def show_places(repository: Path) -> None:
    """Print which digest each tag has at each registry, as the registries say."""
    settings = read_settings("publisher.yml", (repository / "publisher.yml").read_bytes())
    say("\nWhat is where")
    for name, registry in settings.registries.items():
        for image in ("layers", "cann", "mindspore", "pytorch", "openmind"):
            place = registry.repository(image)
            client = RegistryClient(place.host)
            for tag in client.tags(place.path):
                if not tag.startswith(("d-", "sha256-")):
                    found = client.head_manifest(place.path, tag)
                    print(f"  {name:<9} {place}:{tag}  {found.digest.short if found else '–'}")
        print(f"  {name:<9} {registry.prefix}/layers: os and python, by permanent tag")


def show_notes(repository: Path) -> None:
    """Print the newest release notes."""
    folders = sorted((repository / "releases").iterdir(), key=lambda path: int(path.name.split("-")[1]))
    say(f"\nRelease notes of the last merge ({folders[-1]})\n{'-' * 60}")
    print((folders[-1] / "notes.md").read_text(encoding="utf-8"))


def show_verification(repository: Path) -> bool:
    """Print the commands that verify an image with cosign alone, and run them as pasted."""
    settings = read_settings("publisher.yml", (repository / "publisher.yml").read_bytes())
    registry, image, tag = SHOWN
    place = settings.registries[registry].repository(image)
    found = RegistryClient(place.host).head_manifest(place.path, tag)
    assert found is not None
    say(f"Verify {place}:{tag} by hand, in {repository}, with cosign alone:")
    kinds = (EvidenceKind.PROVENANCE, EvidenceKind.TEST_RESULT)
    commands = [verify_signature(Repository(place), found.digest, settings.signing)]
    commands += [verify_evidence(Repository(place), found.digest, kind, settings.signing) for kind in kinds]
    codes = []
    for command in commands:
        done = subprocess.run(command, shell=True, cwd=repository, capture_output=True, check=False)
        codes.append(done.returncode)
        print(f"  {command}\n    → exit code {done.returncode}")
    return not any(codes)


def end(stack: Stack, directory: Path, *, keep: bool) -> None:
    """Stop the stack, or say how to look around and how to end it."""
    if not keep:
        say("stopping the loopback stack")
        stack.stop()
        say(f"the catalog's repository and the release notes stay in {directory}")
        return
    say("\nEverything is still up. Look around, for example:")
    print(f"  export PATH={tool_folder()}:$PATH COSIGN_PASSWORD={PASSWORD}")
    print(f"  export DOCKER_HOST={stack.endpoint('docker')} XDG_STATE_HOME={directory / 'state'}")
    print(f"  cd {directory / 'catalog'}")
    print(f"  curl -s http://{stack.url('hub')}/v2/ascendai/cann/tags/list")
    print(f"  {Path(sys.executable).parent / 'publisher'} audit")
    say("and end it with:")
    print(f"  {sys.executable} -m tests.stack down {directory / 'stack'} && rm -rf {directory}")


if __name__ == "__main__":
    sys.exit(main())
