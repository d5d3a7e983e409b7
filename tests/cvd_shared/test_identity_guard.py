"""The guard tells the machine that was meant from others, and says no more than it knows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvd_shared.dex.machine_reading import Identity
from cvd_shared.identity_guard import (
    Guard,
    GuardVerdict,
    IdentityKind,
    NumberState,
    Offer,
    compare,
    guard,
    usable_identity,
)

numbers = st.none() | st.sampled_from(["0", "17", "A17", "10042", "SN20185083", "20185083", "99"])
identities = st.builds(
    lambda asset, serial, board: Identity(asset, serial, control_board=board),
    numbers,
    numbers,
    numbers,
)


def who(asset: str | None = None, serial: str | None = None, board: str | None = None) -> Identity:
    return Identity(asset, serial, control_board=board)


def bank() -> dict[str, Identity]:
    """Six machines side by side, as the office has them."""
    return {f"m{n}": who(f"1004{n}", f"SN70{n}", f"PCB80{n}") for n in range(1, 7)}


class TestCompare:
    @pytest.mark.parametrize(
        ("before", "now", "code"),
        [
            (("10042", "S1", "B1"), ("10042", "S1", "B1"), None),
            (("10042", "S1", None), ("010042", "S2", "B1"), "board_changed"),
            (("10042", "S1", "B1"), ("10043", "S2", "B2"), "other_machine"),
            (("10042", None, None), ("10043", None, None), "other_machine"),
            (("10042", "S1", "B1"), ("10042", "S1", "B2"), "board_changed"),
            (("10042", "S1", "B1"), ("10042", "S2", "B2"), "board_changed"),
            (("10042", "S1", "B1"), ("10043", "S1", "B1"), "asset_number_changed"),
            ((None, "S1", "B1"), (None, "S1", "B2"), "board_changed"),
            (("0", "S1", None), ("0", "S2", None), "other_machine"),
            (("0", "S1", None), ("10042", "S1", None), None),
            ((None, "RHV0000000000", None), ("7", "RHV0000000001", None), None),
            (("10042", "S1", "B1"), (None, None, None), None),
            (("10042", "S1", "B1"), ("10043", "S1", "B2"), "board_changed"),
            # the maker's letters and zeros are left out at one place or another
            (("10042", "20185083", None), ("0", "TW20185083", "TW20185083"), None),
            (("10042", None, "0301021333"), ("0", "301021333", "CMS301021333"), None),
            # serial and board the other way round, or in the other place
            (("10042", "SN-112233", "PCB-44"), ("0", "PCB44", "SN112233"), None),
            (("10042", "JSD006556", None), ("0", "JOF", "JSD006556"), None),
            # the maker filled the serial number in as asset number
            (("10042", "1190392", None), ("01190392", "NEC01190392", None), None),
            (("1190392", "NEC1190392", None), ("10042", "NEC1190392", None), None),
            (("01190392", "NEC01190392", None), ("01190369", "NEC01190369", None), "other_machine"),
            # a maker that prints one serial number twice, with a new board
            (("10042", "TW1", "TW1"), ("10042", "TW2", "TW2"), "board_changed"),
            (("0", "TW1", "TW1"), ("0", "TW2", "TW2"), "other_machine"),
            # letters tell numbers apart where both have them
            (("A17", None, None), ("B17", None, None), "other_machine"),
            (("A17", None, None), ("17", None, None), None),
        ],
    )
    def test_who_it_is(
        self,
        before: tuple[str | None, ...],
        now: tuple[str | None, ...],
        code: str | None,
    ) -> None:
        change = compare(who(*before), who(*now))
        assert (change.kind if change else None) == code

    @pytest.mark.parametrize(
        "number",
        [
            *(None, "", " ", "0", "000000", "0 0", "JOF", "RHV0000", "RHV0000000000", "-", "- -"),
            *("4294967295", "FFFFFFFF", "65535", "99999999", "1234567890", "n/a", "not set", "???"),
        ],
    )
    def test_numbers_that_were_never_set(self, number: str | None) -> None:
        assert usable_identity(number) is None

    @pytest.mark.parametrize(
        ("number", "usable"),
        [(" tw20185083 ", "TW20185083"), ("1", "1"), ("0017", "0017"), ("9999", "9999")],
    )
    def test_numbers_that_were(self, number: str, usable: str) -> None:
        assert usable_identity(number) == usable

    @given(identities)
    def test_a_machine_is_itself(self, identity: Identity) -> None:
        assert compare(identity, identity) is None

    @given(identities, identities)
    def test_both_ways_round_it_is_the_same_kind(self, one: Identity, other: Identity) -> None:
        there, back = compare(one, other), compare(other, one)
        assert (there and there.kind is IdentityKind.OTHER_MACHINE) == (
            back and back.kind is IdentityKind.OTHER_MACHINE
        )


def told(found: Guard) -> tuple[GuardVerdict, str | None, tuple[Offer, ...]]:
    return found.verdict, found.other, found.offers


class TestGuard:
    def test_the_machine_that_was_meant(self) -> None:
        found = guard(bank()["m3"], bank()["m3"], bank())
        assert told(found) == (GuardVerdict.SAME, None, ())
        assert not found.stops
        assert {each.state for each in found.numbers} == {NumberState.AGREES}

    @pytest.mark.parametrize("plugged", ["m1", "m2", "m4", "m5", "m6"])
    def test_swapped_cables_in_a_bank_of_six_name_the_machine_that_was_read(
        self, plugged: str
    ) -> None:
        found = guard(bank()["m3"], bank()[plugged], bank())
        assert (found.verdict, found.other) == (GuardVerdict.OTHER_MACHINE, plugged)
        assert found.stops
        assert found.offers[0] is Offer.USE_OTHER

    def test_swapped_cables_where_nobody_set_an_asset_number(self) -> None:
        said = bank()["m5"]._replace(asset_number="0")
        found = guard(who("10043"), said, bank())
        assert (found.verdict, found.other) == (GuardVerdict.OTHER_MACHINE, "m5")

    def test_a_new_board_keeps_the_asset_number(self) -> None:
        found = guard(bank()["m3"], who("10043", "SN999", "PCB999"), bank())
        assert told(found) == (GuardVerdict.BOARD_CHANGED, None, (Offer.NEW_BOARD,))
        assert not found.stops
        assert [(each.element, each.state.value) for each in found.numbers] == [
            ("ID106", "agrees"),
            ("ID101", "differs"),
            ("CB101", "differs"),
        ]

    def test_a_new_board_without_an_asset_number_stops(self) -> None:
        found = guard(bank()["m3"], who("0", "SN999", "PCB999"), bank())
        assert told(found) == (
            GuardVerdict.OTHER_MACHINE,
            None,
            (Offer.NEW_BOARD, Offer.SET_ASSET_NUMBER),
        )

    def test_the_board_of_another_machine_is_for_a_person_to_decide(self) -> None:
        moved = bank()["m5"]._replace(asset_number="10043")
        found = guard(bank()["m3"], moved, bank())
        assert (found.verdict, found.other) == (GuardVerdict.TWO_MACHINES, "m5")
        assert found.stops
        assert found.offers == (Offer.USE_OTHER, Offer.NEW_BOARD)

    def test_an_asset_number_that_was_never_set_is_offered_to_be_set(self) -> None:
        found = guard(bank()["m3"], bank()["m3"]._replace(asset_number="000"), bank())
        assert told(found) == (GuardVerdict.SAME, None, (Offer.SET_ASSET_NUMBER,))

    def test_an_asset_number_that_was_changed(self) -> None:
        found = guard(bank()["m3"], bank()["m3"]._replace(asset_number="20003"), bank())
        assert told(found) == (
            GuardVerdict.ASSET_NUMBER_CHANGED,
            None,
            (Offer.SET_ASSET_NUMBER,),
        )
        assert not found.stops

    def test_numbers_that_the_office_does_not_know(self) -> None:
        found = guard(who("10043"), bank()["m3"], bank())
        assert told(found) == (GuardVerdict.SAME, None, (Offer.RECORD_NUMBERS,))

    def test_a_machine_that_says_nothing_is_confirmed_by_a_person(self) -> None:
        found = guard(bank()["m3"], who("0", "JOF", None), bank())
        assert told(found) == (
            GuardVerdict.UNPROVEN,
            None,
            (Offer.CONFIRM, Offer.SET_ASSET_NUMBER),
        )
        assert not found.stops

    def test_a_number_that_several_machines_have_names_none(self) -> None:
        known = {"m1": who("1", "SN701"), "m2": who("1", "SN702"), "m3": who("2", "SN703")}
        assert guard(known["m3"], who("1"), known).other is None
        assert guard(known["m3"], who("1", "SN702"), known).other == "m2"

    @given(identities, identities, st.dictionaries(st.sampled_from("abc"), identities))
    def test_it_stops_whenever_the_meters_would_be_another_machines(
        self, recorded: Identity, said: Identity, known: dict[str, Identity]
    ) -> None:
        found = guard(recorded, said, known)
        change = compare(recorded, said)
        if change is not None and change.kind is IdentityKind.OTHER_MACHINE:
            assert found.stops
        if found.stops:
            assert found.offers
        assert (found.other is None) or found.stops

    def test_it_finds_the_machine_among_a_whole_fleet(self) -> None:
        fleet = {
            str(number): who(str(10_000 + number), f"WTN{number:011}", f"{number:011}")
            for number in range(1, 5_001)
        }
        found = guard(fleet["3"], who("0", "WTN00000004711"), fleet)
        assert (found.verdict, found.other) == (GuardVerdict.OTHER_MACHINE, "4711")
