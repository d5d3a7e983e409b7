"""Which part is at fault after a read that failed, and what speaks for it: tries of this laptop.

A failure alone blames nobody. The last tries of this adapter at other machines, and of other
adapters at this machine, tell them apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from cvd_desktop.domain.problem import Problem
from cvd_desktop.services.workplace import Workplace
from cvd_desktop.storage import link_store
from cvd_desktop.storage.link_store import LinkAttempt
from cvd_shared.part_statistics import BLAMELESS, PartLine, PartTry, judge_parts

LOOK_BACK = timedelta(days=90)
_LINK_NAMES = {"dexucs": "DEX/UCS", "ddcmp": "DDCMP"}


class FaultyPart(StrEnum):
    CABLE = "cable"  # with its adapter
    MACHINE = "machine"  # its socket, its harness, its electronics
    SETTING = "setting"  # in the machine's menu
    CODES = "codes"
    PORT = "port"  # of this computer
    CONTACT = "contact"  # both are known to be good: the plug, the aim
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FaultEvidence:
    """The part, and sentences that say why; the sentence on the part first."""

    part: FaultyPart
    sentences: tuple[str, ...]


_SENTENCES = {
    FaultyPart.CABLE: "Most likely the cable or the adapter.",
    FaultyPart.MACHINE: "Most likely the machine: its socket, its harness or its electronics.",
    FaultyPart.SETTING: "A setting of the machine.",
    FaultyPart.CODES: "The machine's codes.",
    FaultyPart.PORT: "The port of this computer.",
    FaultyPart.CONTACT: "Most likely the contact: the plug is not fully in, or the aim is off.",
    FaultyPart.NOBODY: "Nothing is broken.",
    FaultyPart.UNKNOWN: "It cannot be told yet whether it is the cable or the machine.",
}
_OF_CODE = {
    "port_gone": FaultyPart.PORT,
    "port_missing": FaultyPart.PORT,
    "port_busy": FaultyPart.PORT,
    "port_denied": FaultyPart.PORT,
    "cancelled": FaultyPart.NOBODY,
    "disk_full": FaultyPart.NOBODY,
    "refused": FaultyPart.SETTING,
    "other_link": FaultyPart.SETTING,
    "too_long": FaultyPart.MACHINE,
    "finish_unconfirmed": FaultyPart.MACHINE,
}


def fault_evidence(
    wp: Workplace,
    problem: Problem,
    *,
    machine_id: str | None = None,
    asset_number: str | None = None,
) -> FaultEvidence:
    """What this laptop knows of the part at fault, of the machine that the person chose.

    Call it after the read: its tries are among those kept.
    """
    machine = link_store.machine_key(machine_id, asset_number)
    with wp.database.read() as connection:
        kept = link_store.attempts(connection)
    since = wp.clock() - LOOK_BACK
    tries = [each for each in kept if each.at >= since]
    port = str(problem.values.get("port", ""))
    mine = next((each for each in reversed(tries) if each.port == port), None)
    adapter = mine.adapter if mine else ""
    part = _OF_CODE.get(problem.code)
    if problem.code == "refused" and problem.values.get("response") == "codes":
        part = FaultyPart.CODES
    proof = _last_good(tries, adapter, machine)
    if part is None:
        part = _by_comparison(problem, proof)
    said = (_SENTENCES[part], *_tried(problem), *_heard(problem), *proof.sentences())
    return FaultEvidence(part, said)


def part_lines(wp: Workplace) -> tuple[PartLine, ...]:
    """Every adapter, machine and port of this laptop's tries, suspects first."""
    with wp.database.read() as connection:
        kept = link_store.attempts(connection)
    return judge_parts(
        PartTry(each.adapter, each.port, each.asset_number or "", each.failure)
        for each in kept
        if each.number == 1
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    """The last tries that compare: this adapter elsewhere, this machine by others."""

    adapter_elsewhere: LinkAttempt | None
    machine_by_others: LinkAttempt | None

    def sentences(self) -> list[str]:
        said = []
        if self.adapter_elsewhere is not None:
            there = self.adapter_elsewhere
            where = there.asset_number or "another machine"
            said.append(
                f"This adapter read {where} on {_day(there)}."
                if there.failure is None
                else f"This adapter failed at {where} too, on {_day(there)}."
            )
        if self.machine_by_others is not None:
            other = self.machine_by_others
            name = other.adapter or "Another adapter"
            said.append(
                f"{name} read this machine on {_day(other)}."
                if other.failure is None
                else f"{name} failed at this machine too, on {_day(other)}."
            )
        return said


def _last_good(tries: Sequence[LinkAttempt], adapter: str, machine: str | None) -> _Proof:
    counted = [each for each in tries if each.failure not in BLAMELESS]
    elsewhere = [each for each in counted if adapter and each.adapter == adapter]
    elsewhere = [each for each in elsewhere if each.machine and each.machine != machine]
    by_others = [each for each in counted if machine and each.machine == machine]
    by_others = [each for each in by_others if each.adapter != adapter]
    return _Proof(_last(elsewhere), _last(by_others))


def _last(tries: Sequence[LinkAttempt]) -> LinkAttempt | None:
    return tries[-1] if tries else None


def _by_comparison(problem: Problem, proof: _Proof) -> FaultyPart:
    adapter_good = _went_well(proof.adapter_elsewhere)
    machine_good = _went_well(proof.machine_by_others)
    if adapter_good and machine_good:
        return FaultyPart.CONTACT
    if adapter_good or machine_good is False:
        return FaultyPart.MACHINE
    if machine_good or adapter_good is False:
        return FaultyPart.CABLE
    if problem.values.get("party") == "setting":
        return FaultyPart.SETTING
    return FaultyPart.UNKNOWN


def _went_well(attempt: LinkAttempt | None) -> bool | None:
    return None if attempt is None else attempt.failure is None


def _tried(problem: Problem) -> list[str]:
    """Which links were tried, of "dexucs@9600=0 ddcmp@2400=12": link, speed, bytes heard."""
    names = []
    for attempt in str(problem.values.get("tried", "")).split():
        link, _, speed = attempt.partition("=")[0].partition("@")
        names.append(f"{_LINK_NAMES.get(link, link)} at {speed}")
    return [f"Tried: {', '.join(names)}."] if names else []


def _heard(problem: Problem) -> list[str]:
    """What was on the line, where that says something."""
    heard, tries = problem.values.get("heard"), problem.values.get("tries")
    if problem.code == "no_answer" and heard == 0:
        asked = f"{tries:,} calls" if isinstance(tries, int) else "all calls"
        return [f"Not one byte came back to {asked}."]
    if problem.code == "other_link":
        speaks = str(problem.values.get("speaks", ""))
        return [f"What was heard is {_LINK_NAMES.get(speaks, 'another protocol')}."]
    if isinstance(heard, int) and heard and problem.code in ("no_answer", "broken_off", "bad_crc"):
        return [f"{heard:,} bytes were heard before it failed."]
    return []


def _day(attempt: LinkAttempt) -> str:
    local = attempt.at.astimezone()
    return f"{local.day} {local:%b} at {local:%H:%M}"
