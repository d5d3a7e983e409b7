"""The part at fault is named by comparison with other tries; codes are never kept by accident."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.fault_evidence import FaultyPart, fault_evidence, part_lines
from cvd_desktop.services.pass_codes import forget_codes, keep_codes, parse_codes
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store
from cvd_desktop.storage.link_store import KnownLink, LinkAttempt
from cvd_shared.part_statistics import PartKind, PartVerdict
from tests.support.local_workplace import workplace

SILENCE = Problem(
    "no_answer", ExitCode.NO_ANSWER, port="/dev/ttyUSB0", party="cable", heard=0, tries=60
)
NUMBER = count(1)


@pytest.fixture
def wp(tmp_path: Path) -> Iterator[Workplace]:
    with workplace(tmp_path) as opened:
        yield opened


def tried(
    wp: Workplace, adapter: str, asset: str, failure: str | None, *, port: str = "/dev/ttyUSB0"
) -> None:
    attempt = LinkAttempt(
        id=f"t{next(NUMBER)}",
        at=wp.clock(),
        read_id=None,
        port=port,
        adapter=adapter,
        machine=f"asset:{asset}",
        asset_number=asset,
        link="dexucs",
        baud_rate=9600,
        number=1,
        failure=failure,
        party=None,
        why=None,
        seconds=1.0,
        retries=0,
        size=0,
        heard=0,
    )
    with wp.database.write() as connection:
        link_store.add_attempt(connection, attempt)


def part(wp: Workplace, problem: Problem = SILENCE) -> FaultyPart:
    return fault_evidence(wp, problem, asset_number="10433").part


def test_without_other_tries_nothing_is_claimed(wp: Workplace) -> None:
    tried(wp, "FTDI A1", "10433", "no_answer")
    evidence = fault_evidence(wp, SILENCE, asset_number="10433")
    assert evidence.part is FaultyPart.UNKNOWN
    assert evidence.sentences[1] == "Not one byte came back to 60 calls."


def test_the_links_that_were_tried_are_named(wp: Workplace) -> None:
    tried_both = Problem(
        "no_answer",
        ExitCode.NO_ANSWER,
        port="/dev/x",
        tried="dexucs@9600=0 ddcmp@2400=12",
        heard=12,
    )
    said = fault_evidence(wp, tried_both).sentences
    assert "Tried: DEX/UCS at 9600, DDCMP at 2400." in said
    assert "12 bytes were heard before it failed." in said


def test_an_adapter_that_read_another_machine_points_to_this_machine(wp: Workplace) -> None:
    tried(wp, "FTDI A1", "10427", None)
    tried(wp, "FTDI A1", "10433", "no_answer")
    evidence = fault_evidence(wp, SILENCE, asset_number="10433")
    assert evidence.part is FaultyPart.MACHINE
    assert any("This adapter read 10427" in said for said in evidence.sentences)


def test_a_machine_that_another_adapter_read_points_to_this_cable(wp: Workplace) -> None:
    tried(wp, "CH340 B2", "10433", None, port="/dev/ttyUSB1")
    tried(wp, "FTDI A1", "10433", "no_answer")
    evidence = fault_evidence(wp, SILENCE, asset_number="10433")
    assert evidence.part is FaultyPart.CABLE
    assert any("CH340 B2 read this machine" in said for said in evidence.sentences)


def test_where_both_are_known_to_be_good_it_is_the_contact(wp: Workplace) -> None:
    tried(wp, "CH340 B2", "10433", None, port="/dev/ttyUSB1")
    tried(wp, "FTDI A1", "10427", None)
    tried(wp, "FTDI A1", "10433", "no_answer")
    assert part(wp) is FaultyPart.CONTACT


@pytest.mark.parametrize(
    ("code", "values", "expected"),
    [
        ("port_gone", {}, FaultyPart.PORT),
        ("refused", {"response": "03"}, FaultyPart.SETTING),
        ("refused", {"response": "codes"}, FaultyPart.CODES),
        ("other_link", {"speaks": "ddcmp"}, FaultyPart.SETTING),
        ("cancelled", {}, FaultyPart.NOBODY),
    ],
)
def test_some_failures_name_their_part_themselves(
    wp: Workplace, code: str, values: dict[str, object], expected: FaultyPart
) -> None:
    assert part(wp, Problem(code, ExitCode.REFUSED, port="/dev/ttyUSB0", **values)) is expected


def test_parts_are_judged_over_all_first_tries(wp: Workplace) -> None:
    for asset in ("10427", "10428", "10433"):
        for _ in range(2):
            tried(wp, "FTDI A1", asset, None)
            tried(wp, "CH340 B2", asset, "broken_off", port="/dev/ttyUSB1")
    worst = part_lines(wp)[0]
    assert (worst.kind, worst.name, worst.verdict) == (
        PartKind.ADAPTER,
        "CH340 B2",
        PartVerdict.SUSPECT,
    )
    assert worst.witnesses == ("10427", "10428", "10433")


def test_a_machine_is_remembered_as_it_answered(wp: Workplace) -> None:
    at = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
    with wp.database.write() as connection:
        assert link_store.known_link(connection, "asset:10433") is None
        link_store.remember_link(connection, "asset:10433", KnownLink("dexucs", 9600), at)
        later = at + timedelta(days=1)
        link_store.remember_link(connection, "asset:10433", KnownLink("ddcmp", 2400), later)
        assert link_store.known_link(connection, "asset:10433") == KnownLink("ddcmp", 2400)
        assert link_store.pass_codes(connection, "asset:10433") is None


def test_codes_are_kept_only_when_both_are_the_same(wp: Workplace) -> None:
    def kept() -> tuple[int, int] | None:
        with wp.database.read() as connection:
            return link_store.pass_codes(connection, "asset:10433")

    with pytest.raises(Problem, match="codes_differ"):
        keep_codes(wp, "0001-1A2B", "0001-1A2C", asset_number="10433")
    assert kept() is None
    keep_codes(wp, "0001-1A2B", "00011a2b", asset_number="10433")
    assert kept() == (0x0001, 0x1A2B)
    forget_codes(wp, asset_number="10433")
    assert kept() is None
    with pytest.raises(Problem, match="machine_not_named"):
        keep_codes(wp, "0001-1A2B", "0001-1A2B")


@pytest.mark.parametrize("text", ["", "1234", "12345", "GGGG-0000", "0001-1A2B-0000", "0001--1A2B"])
def test_what_is_no_code_is_not_taken(text: str) -> None:
    with pytest.raises(Problem, match="codes_unreadable"):
        parse_codes(text)


def test_codes_stand_nowhere_in_the_clear(wp: Workplace, tmp_path: Path) -> None:
    keep_codes(wp, "BEEF-CAFE", "BEEF-CAFE", asset_number="10433")
    wp.database.close()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    for file in files:
        kept = file.read_bytes()
        assert b"BEEF" not in kept, file
        assert b"48879" not in kept, file
