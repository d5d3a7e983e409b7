"""A fleet with one planted bad part: the statistics name it, and nothing else."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from cvd_shared.part_statistics import (
    BLAMELESS,
    PartKind,
    PartLine,
    PartTry,
    PartVerdict,
    judge_parts,
)

ADAPTERS = ("cable 1", "cable 2", "cable 3")
MACHINES = ("10427", "10428", "10433", "10440", "10502")


def fleet(bad: str = "", seed: int = 1) -> list[PartTry]:
    """Every cable at every machine four times; what touches `bad` fails four times in five."""
    chance = Random(seed)
    tries = [
        PartTry(adapter, f"port of {adapter}", machine, None)
        for adapter in ADAPTERS
        for machine in MACHINES
        for _ in range(4)
    ]
    return [
        PartTry(one.adapter, one.port, one.machine, "broken_off")
        if bad in (one.adapter, one.machine) and chance.random() < 0.8
        else one
        for one in tries
    ]


def suspects(tries: list[PartTry], kind: PartKind) -> list[PartLine]:
    return [
        line
        for line in judge_parts(tries)
        if line.kind is kind and line.verdict is PartVerdict.SUSPECT
    ]


def test_a_bad_cable_is_named_with_the_machines_that_others_read() -> None:
    tries = fleet("cable 2")
    (line,) = suspects(tries, PartKind.ADAPTER)
    assert line.name == "cable 2"
    assert set(line.witnesses) == set(MACHINES)
    assert line.tries == 20
    assert line.first_try_success < 0.5
    assert suspects(tries, PartKind.MACHINE) == []


def test_a_bad_machine_is_named_with_the_cables_that_read_others() -> None:
    tries = fleet("10433")
    (line,) = suspects(tries, PartKind.MACHINE)
    assert line.name == "10433"
    assert set(line.witnesses) == set(ADAPTERS)
    assert suspects(tries, PartKind.ADAPTER) == []


def test_a_healthy_fleet_has_no_suspect() -> None:
    assert {line.verdict for line in judge_parts(fleet())} == {PartVerdict.GOOD}


def test_one_cable_that_fails_alone_blames_nobody_in_particular() -> None:
    tries = [PartTry("cable 1", "p", machine, "no_answer") for machine in MACHINES for _ in "ab"]
    assert {line.verdict for line in judge_parts(tries)} <= {
        PartVerdict.UNCLEAR,
        PartVerdict.TOO_FEW,
    }


def test_too_few_tries_say_nothing() -> None:
    tries = [PartTry("cable 1", "p", "10427", "no_answer") for _ in range(3)]
    assert {line.verdict for line in judge_parts(tries)} == {PartVerdict.TOO_FEW}


def test_what_a_person_or_the_computer_did_blames_no_part() -> None:
    tries = [PartTry("cable 1", "p", "10427", failure) for failure in BLAMELESS]
    assert judge_parts(tries) == ()


def test_parts_without_a_name_are_no_parts() -> None:
    lines = judge_parts([PartTry("", "", "", None)] * 9)
    assert lines == ()


_TRIES = st.lists(
    st.builds(
        PartTry,
        st.sampled_from(["", *ADAPTERS]),
        st.sampled_from(["", "p1", "p2"]),
        st.sampled_from(["", *MACHINES]),
        st.sampled_from([None, "no_answer", "broken_off", "bad_crc", "cancelled"]),
    ),
    max_size=60,
)


@settings(max_examples=60)
@given(_TRIES)
def test_a_part_is_blamed_only_by_witnesses(tries: list[PartTry]) -> None:
    for line in judge_parts(tries):
        assert 0 <= line.failed <= line.tries
        assert (line.verdict is PartVerdict.SUSPECT) == (len(line.witnesses) >= 2)
