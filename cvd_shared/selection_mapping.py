"""Selections against slots: how door labels and the machine's names belong together.

What names and order make likely is proposed; where that is not sure, a wizard asks: a person vends
a slot, the machine is read again, and the counter that moved is its selection (`moved`). Each
answer also settles what follows from it. Nothing here is kept: a Mapping is a value.

| reason | the slot has its selection because |
|---|---|
| person | a person vended it and this counter moved |
| exact | its selection in the planogram has exactly this name |
| padded | the same but for zeros, blanks and small letters |
| label | its label on the door is this name |
| between | it stands between two slots that names settle |
| row_and_column | rows and places of door and machine agree |
| board_order | it has the same number in the order of the board |
| columns_first | the machine counts down the columns |
| turned | the machine counts from below, or from the right |
| shifted | an answer, or an order that is off by a few places |
| cabinets_swapped | the machine counts the other cabinet first |
| only_one_left | all others are settled |
| nothing | nothing says which it is |
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.meters import delta
from cvd_shared.door_labels import DetectedPattern as DetectedPattern
from cvd_shared.door_labels import LabelPattern as LabelPattern
from cvd_shared.door_labels import Layout, layout
from cvd_shared.slot_alignment import Guess, Sides, by_name, guesses, mended, sides

if TYPE_CHECKING:
    from cvd_shared.wire_records import PlanogramSlot

REASONS = (
    "person",
    "exact",
    "padded",
    "label",
    "between",
    "row_and_column",
    "board_order",
    "columns_first",
    "turned",
    "shifted",
    "cabinets_swapped",
    "only_one_left",
    "nothing",
)
"""Every code of a reason."""

_SURE = 0.9  # of what is settled
_CONTESTED = 1 / 6  # of the likeliest guess: as likely is a guess that speaks against it
_CHAOS = 0.05  # that a machine follows no order at all, before anything was asked
_ANSWERS = 2  # that agree, before an order alone settles anything
_MOST_SURPRISES = 3  # answers that no order explains, before every slot is asked
_MOST = 300  # slots or selections; larger boards are mapped by name alone
_CANDIDATES = 5
_QUESTIONS = 12
_MOST_WEIGHED = 60  # slots that are compared for the best question
_WEIGHED_GUESSES = 24


class Proposal(NamedTuple):
    """One slot with the selection that is believed to be its own."""

    slot: str  # its label; with its cabinet, "A1 (2)", where two slots have the same label
    selection: str | None
    confidence: float  # 0 to 1; 1 only when a person or an exact name says so
    reason: str  # a code of REASONS


class Question(NamedTuple):
    """A question of the wizard: vend the slot, read again, tell which counter moved."""

    slot: str
    candidates: tuple[str, ...]  # selections it may be, the likeliest first
    settles: int  # how many slots an answer would settle


class Mapping(NamedTuple):
    """The proposals are in the order of the slots. `questions` is empty when all is settled."""

    machine_pattern: DetectedPattern
    door_pattern: DetectedPattern
    proposals: tuple[Proposal, ...]
    unmapped: tuple[str, ...]  # selections of the report that no slot has
    confidence: float  # of the whole
    questions: tuple[Question, ...]  # the first is the one to ask
    wizard: Wizard  # what `answer` goes on from


class Belief(NamedTuple):
    """What the answers leave of the guesses."""

    live: tuple[Guess, ...]
    chaos: float  # weight of "no order at all"
    streak: int = 0  # answers since the last surprise
    surprises: int = 0  # answers that no guess had foreseen


@dataclass(frozen=True)
class Wizard:
    """All that was known before the first question, and the answers so far."""

    slots: tuple[str, ...]
    stocked: tuple[bool, ...]  # an empty slot cannot be vended
    names: tuple[str, ...]
    named: tuple[dict[int, str], ...]  # what the names of each slot mean, with the reason
    machine: Layout
    door: Layout
    both: Sides
    guesses: tuple[Guess, ...]
    thorough: bool
    belief: Belief
    answers: tuple[tuple[int, int | None], ...] = ()

    @cached_property
    def uncontested(self) -> bool:
        """Whether no order speaks against what the names say."""
        first = self.guesses[0].weight if self.guesses else 0
        return len(self.guesses) < 2 or self.guesses[1].weight < first * _CONTESTED


def propose(
    reading_or_names: MachineReading | Sequence[str],
    slots: Sequence[PlanogramSlot],
    *,
    thorough: bool = False,
) -> Mapping:
    """A selection for every slot, how sure that is, and the questions that are worth asking.

    `thorough`: order proves nothing, every slot is asked that answers do not settle; the mapping
    is then right whatever the wiring, after at most one question less than there are slots.
    """
    if isinstance(reading_or_names, MachineReading):
        names, named = _selections(reading_or_names)
    else:
        names, named = list(dict.fromkeys(reading_or_names)), True
    small = len(slots) <= _MOST and len(names) <= _MOST
    machine = layout(names if named else [""] * len(names))
    door = layout([slot.label for slot in slots])
    both = sides(slots, machine)
    found = tuple(guesses(slots, names, both, by_order=small))
    return _mapping(
        Wizard(
            slots=_keys(slots),
            stocked=tuple(slot.product_id is not None for slot in slots),
            names=tuple(names),
            named=_named(slots, names),
            machine=machine,
            door=door,
            both=both,
            guesses=found,
            thorough=thorough,
            belief=_start(found),
        )
    )


def answer(mapping: Mapping, slot: str, moved_selection: str | None) -> Mapping:
    """The mapping with everything that follows when `slot` was vended and that counter moved.

    `moved_selection` None says that the slot has no counter. A second answer for a slot replaces
    the first. Raises ValueError for a slot or a selection that the mapping does not have.
    """
    wizard = mapping.wizard
    if slot not in wizard.slots:
        raise ValueError(f"no slot {slot!r}")
    if moved_selection is not None and moved_selection not in wizard.names:
        raise ValueError(f"no selection {moved_selection!r}")
    at = wizard.slots.index(slot)
    name = None if moved_selection is None else wizard.names.index(moved_selection)
    answers = tuple(each for each in wizard.answers if each[0] != at)
    if len(answers) < len(wizard.answers):  # what followed from the old answer is forgotten
        wizard = replace(wizard, belief=_start(wizard.guesses), answers=())
        for earlier in answers:
            wizard = _told(wizard, earlier)
    return _mapping(_told(wizard, (at, name)))


def moved(before: MachineReading, after: MachineReading) -> str | None:
    """The one selection whose counters moved by one between two reads; None when it is not clear.

    Paid, test and free vends count; one vend may move two of them. None too when two selections
    moved, for then a customer was there as well.
    """
    earlier = _counters(before)
    found: str | None = None
    for key, counters in _counters(after).items():
        steps = [
            delta(was, now).amount for was, now in zip(earlier.get(key, ()), counters, strict=False)
        ]
        if not any(steps):
            continue
        if found is not None or any(step not in (None, 0, 1) for step in steps):
            return None
        found = key[0]
    return found


def _counters(reading: MachineReading) -> dict[tuple[str, int], tuple[int | None, ...]]:
    """Vends by selection; a name that is there twice is two selections."""
    times: Counter[str] = Counter()
    found: dict[tuple[str, int], tuple[int | None, ...]] = {}
    for each in reading.selections:
        times[each.selection] += 1
        found[each.selection, times[each.selection]] = (
            each.meters.sold_since_init,
            each.test_vends.number_since_init,
            each.free_vends.number_since_init,
        )
    return found


# --- before the first question ------------------------------------------------------------------


def _selections(reading: MachineReading) -> tuple[list[str], bool]:
    """The selections that can be vended, and whether the machine names them."""
    present = [each for each in reading.selections if each.present]
    selections = present or reading.selections  # a mark on all of them says nothing
    names = list(dict.fromkeys(each.selection for each in selections))
    return names, any(each.named for each in selections)


def _keys(slots: Sequence[PlanogramSlot]) -> tuple[str, ...]:
    """Labels, with what tells them apart where two slots have the same one."""
    times = Counter(slot.label for slot in slots)
    keys = [
        slot.label if times[slot.label] == 1 else f"{slot.label} ({slot.cabinet})" for slot in slots
    ]
    if len(set(keys)) == len(keys):
        return tuple(keys)
    return tuple(f"{slot.label} ({number})" for number, slot in enumerate(slots, 1))


def _named(slots: Sequence[PlanogramSlot], names: Sequence[str]) -> tuple[dict[int, str], ...]:
    """For each slot the selections that its names mean, with the reason."""
    found: list[dict[int, str]] = [{} for _ in slots]
    labels = by_name([slot.label for slot in slots], names)
    selections = by_name([slot.selection for slot in slots], names)
    for at, (slot, label, selection) in enumerate(zip(slots, labels, selections, strict=True)):
        if label is not None:
            found[at][label] = "label"
        if selection is not None:
            exact = names[selection] == slot.selection.strip()
            found[at][selection] = "exact" if exact else "padded"
    return tuple(found)


# --- after some answers -------------------------------------------------------------------------


def _start(found: tuple[Guess, ...]) -> Belief:
    total = sum(guess.weight for guess in found)
    return Belief(found, total * _CHAOS / (1 - _CHAOS))


def _told(wizard: Wizard, told: tuple[int, int | None]) -> Wizard:
    """The wizard after one more answer."""
    answers = (*wizard.answers, told)
    slot, name = told
    live, chaos, streak, surprises = wizard.belief
    foreseen = tuple(guess for guess in live if guess.choice[slot] == name)
    if foreseen:
        chaos /= max(1, len(wizard.names))
        belief = Belief(foreseen, chaos, streak + 1, surprises)
    elif surprises + 1 < _MOST_SURPRISES:
        live = tuple(mended(wizard.guesses, answers, wizard.both))
        belief = Belief(live, sum(guess.weight for guess in live), 0, surprises + 1)
    else:
        belief = Belief((), 1.0, 0, surprises + 1)
    return replace(wizard, belief=belief, answers=answers)


class _Shares(NamedTuple):
    """How likely each selection is for one slot, and the likeliest with its guess."""

    likely: dict[int | None, float]
    best: int | None
    share: float
    reason: str


def _mapping(wizard: Wizard) -> Mapping:
    belief = wizard.belief
    if wizard.thorough:
        belief = belief._replace(live=())
    known = dict(wizard.answers)
    free = [at for at in wizard.both.slots if at not in known]
    taken = {name for name in known.values() if name is not None}
    free_names = [name for name in wizard.both.names if name not in taken]
    one_left = len(free) == len(free_names) == 1 and len(wizard.slots) == len(wizard.names)
    shares = _shares(wizard, belief)
    proposals: dict[int, Proposal] = {}
    settled = set(known)
    mapped: set[int | None] = set(taken)
    for at, slot in enumerate(wizard.slots):
        if at in known:
            name, confidence, reason = known[at], 1.0, "person"
        elif one_left:
            name, confidence, reason = free_names[0], 0.99, "only_one_left"
        else:
            name, confidence, reason = _believed(wizard, belief, at, shares[at], taken)
        if confidence >= _SURE:
            settled.add(at)
        mapped.add(name)
        selection = None if name is None else wizard.names[name]
        proposals[at] = Proposal(slot, selection, round(confidence, 2), reason)
    return Mapping(
        machine_pattern=wizard.machine.detected,
        door_pattern=wizard.door.detected,
        proposals=tuple(proposals.values()),
        unmapped=tuple(name for at, name in enumerate(wizard.names) if at not in mapped),
        confidence=round(
            sum(each.confidence for each in proposals.values()) / max(1, len(proposals)), 2
        ),
        questions=_questions(wizard, belief, [at for at in free if at not in settled], shares),
        wizard=wizard,
    )


def _shares(wizard: Wizard, belief: Belief) -> list[_Shares]:
    total = belief.chaos + sum(guess.weight for guess in belief.live) or 1.0
    found = []
    for at in range(len(wizard.slots)):
        likely: dict[int | None, float] = {}
        reasons: dict[int | None, str] = {}
        for guess in belief.live:
            name = guess.choice[at]
            likely[name] = likely.get(name, 0.0) + guess.weight / total
            reasons.setdefault(name, guess.reason)  # of the likeliest guess
        best = max(likely, key=likely.__getitem__, default=None)
        reason = reasons.get(best, "nothing") if best is not None else "nothing"
        found.append(_Shares(likely, best, likely.get(best, 0.0), reason))
    return found


def _believed(
    wizard: Wizard, belief: Belief, at: int, shares: _Shares, taken: set[int]
) -> tuple[int | None, float, str]:
    """The selection, confidence and reason of a slot that nobody vended."""
    if not belief.live:
        first = wizard.guesses[0].choice[at] if wizard.guesses else None
        if first is None or first in taken:
            return None, 0.0, "nothing"
        left = len(wizard.names) - len(taken)
        return first, 1 / (left + 1), wizard.named[at].get(first, wizard.guesses[0].reason)
    name, share, reason = shares.best, shares.share, shares.reason
    by_its_name = None if name is None else wizard.named[at].get(name)
    if by_its_name is None:
        reason = "between" if reason in ("exact", "label") else reason
    elif wizard.uncontested and not belief.surprises:
        exact = by_its_name == "exact" or wizard.names[name or 0] == wizard.slots[at]
        return name, 1.0 if exact else max(share, 0.95), by_its_name
    else:
        reason = by_its_name
    enough = belief.streak >= _ANSWERS + belief.surprises
    return name, min(share, 0.99 if enough else _SURE - 0.01), reason


def _questions(
    wizard: Wizard, belief: Belief, open_slots: list[int], shares: list[_Shares]
) -> tuple[Question, ...]:
    """The slots that are worth vending: first what settles most, far from what was asked."""
    place = {slot: number for number, slot in enumerate(wizard.both.slots)}
    asked = [place[slot] for slot, _ in wizard.answers]
    step = -(-len(open_slots) // _MOST_WEIGHED) or 1
    ranked = []
    for slot in open_slots[::step]:
        settles = _settles(belief, slot, open_slots)
        away = min((abs(place[slot] - each) for each in asked), default=0)
        ranked.append((not wizard.stocked[slot], -settles, -away, place[slot], slot))
    taken = {name for _, name in wizard.answers}
    free = [name for name in wizard.both.names if name not in taken]
    questions = []
    for _, settles, _, _, slot in sorted(ranked)[:_QUESTIONS]:
        likely = sorted(shares[slot].likely.items(), key=lambda each: -each[1])
        names = [name for name, _ in likely if name is not None] or free
        candidates = tuple(wizard.names[name] for name in names[:_CANDIDATES])
        questions.append(Question(wizard.slots[slot], candidates, max(1, round(-settles))))
    return tuple(questions)


def _settles(belief: Belief, slot: int, open_slots: list[int]) -> float:
    """How many slots an answer is expected to leave with one likely selection."""
    groups: dict[int | None, list[Guess]] = {}
    live = belief.live[:_WEIGHED_GUESSES]
    for guess in live:
        groups.setdefault(guess.choice[slot], []).append(guess)
    total = sum(guess.weight for guess in live)
    expected = 0.0
    for group in groups.values():
        weight = sum(guess.weight for guess in group)
        for other in open_slots:
            agreed: dict[int | None, float] = {}
            for guess in group:
                name = guess.choice[other]
                agreed[name] = agreed.get(name, 0.0) + guess.weight
            if max(agreed.values()) >= _SURE * weight:
                expected += weight / total
    return expected
