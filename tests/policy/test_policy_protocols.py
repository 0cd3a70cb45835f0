"""What an app's programs speak besides the web."""

import pytest

from saywhy.policy.protocols import covers


@pytest.mark.parametrize(
    ("protocols", "offered", "covered"),
    [
        (["apns-security-v3"], [b"apns-security-v3"], True),
        (["apns-security-v3", "apns-pack-v1"], [b"apns-security-v3", b"apns-pack-v1"], True),
        (["apns-security-v3"], [b"apns-security-v3", b"other"], False),
        (["apns-security-v3"], [b"APNS-security-v3"], False),
        (["anything"], [b"other", b"\xff\x00"], True),
        ([], [b"other"], False),
        ([], [], True),
    ],
)
def test_all_that_is_offered_has_to_be_known(protocols: list[str], offered: list[bytes], covered: bool) -> None:
    assert covers(protocols, offered) is covered
