"""What `publisher try` decides before it works."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.catalog.settings import SigningMode, SigningSettings
from publisher.cli.trial import can_verify


@pytest.mark.parametrize(
    ("signing", "expected"),
    [
        (SigningSettings(public="cosign.pub"), True),
        (SigningSettings(public="nowhere.pub"), False),
        (SigningSettings(public=None), False),
        (SigningSettings(public=""), False),
        (SigningSettings(public="awskms:///alias/key"), True),
        (SigningSettings(SigningMode.KEYLESS, identity="https://i", issuer="https://s"), True),
        (SigningSettings(SigningMode.KEYLESS, identity="https://i"), False),
    ],
)
def test_staging_is_verified_only_where_it_is_known_against_what(
    tmp_path: Path, signing: SigningSettings, expected: bool
) -> None:
    (tmp_path / "cosign.pub").touch()
    assert can_verify(signing, tmp_path) is expected
