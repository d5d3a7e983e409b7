"""What a stop asks for once, and what of it was given at another of its machines already.

The answer to the office's note, the checklist and the signature are the stop's; photos are of each
machine (cvd_shared/wire_records: RunStop).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from cvd_desktop.domain.machine_facts import MachineFacts
from cvd_desktop.services.visit_draft import open_drafts
from cvd_desktop.storage.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Given:
    """At the other machines of a stop, in finished visits and in those under way."""

    answer: bool = False
    signature: bool = False
    checks: frozenset[str] = frozenset()  # lines that are ticked

    def still_asked(self, checklist: Collection[str]) -> tuple[str, ...]:
        return tuple(text for text in checklist if text not in self.checks)


def given_elsewhere(
    connection: Transaction,
    facts: Mapping[str, MachineFacts],
    *,
    run_id: str | None,
    stop_id: str | None,
    machine_id: str,
) -> Given:
    """`facts` are those of the machines of the stop; `machine_id` is the one that is asked for."""
    if run_id is None or stop_id is None:
        return Given()
    visits = [
        visit
        for known in facts.values()
        if known.machine.id != machine_id
        for visit in known.visits
        if visit.run_id == run_id and visit.stop_id == stop_id
    ]
    drafts = [
        draft.evidence
        for draft in open_drafts(connection, everybody=True, stop_id=stop_id)
        if draft.machine_id != machine_id
    ]
    ticked = {check.text for visit in visits for check in visit.checks if check.done}
    ticked |= {text for each in drafts for text, done in each.checks.items() if done}
    answers = [*(visit.answer for visit in visits), *(draft.answer for draft in drafts)]
    return Given(
        answer=any(each.strip() for each in answers),
        signature=any(each.signature is not None for each in visits)
        or any(each.signature_sha256 for each in drafts),
        checks=frozenset(ticked),
    )
