"""Which passwords are refused, and why; everything else is welcome."""

import pytest

from cvd_shared.password_rules import SENTENCES, SHORTEST, WELL_KNOWN, Fault, password_fault

NAMES = ("driver07", "Jo Ann Smith")


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("", "too_short"),
        ("x7#kQ9!ab", "too_short"),
        ("ümläut-ö9", "too_short"),
        ("driver07driver07", "is_name"),
        ("DRIVER07!!!", "is_name"),
        ("driver-07-x", "is_name"),
        ("Jo Ann Smith", "is_name"),
        ("Smith Smith 1", "is_name"),
        ("1234567890", "well_known"),
        ("0987654321", "well_known"),
        ("9012345678", "well_known"),
        ("qwertyuiop", "well_known"),
        ("POIUYTREWQ", "well_known"),
        ("abcdefghijklm", "well_known"),
        ("aaaaaaaaaaaa", "well_known"),
        ("abababababab", "well_known"),
        ("P@ssw0rd2026!", "well_known"),
        ("!!!password!!!", "well_known"),
        ("Welcome2026", "well_known"),
        ("Ch@ng3M3 123", "well_known"),
        ("correct horse battery staple", "well_known"),
        ("old password x", "same_as_before"),
        ("correct horse 7", None),
        ("driver07-demo-2468", None),
        ("my route 7 is the best", None),
        ("пароль-очень-хорош", None),
        ("q" * 5 + "w8z!" * 250, None),
    ],
)
def test_a_password_is_judged(password: str, fault: Fault | None) -> None:
    assert password_fault(password, names=NAMES, before="old password x") == fault


def test_every_fault_has_its_sentence_and_every_well_known_word_is_plain() -> None:
    assert set(SENTENCES) == {"too_short", "is_name", "well_known", "same_as_before"}
    assert str(SHORTEST) in SENTENCES["too_short"]
    assert all(word.isalpha() and word == word.casefold() for word in WELL_KNOWN)


def test_short_names_do_not_forbid_everything() -> None:
    assert password_fault("a jolly good one", names=("a", "Jo", "")) is None
