"""Sentences of the Bench about its port, its machine and whose trace is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from cvd_desktop.domain.bench_records import StoredTrace, TraceHead
from cvd_desktop.domain.records import PortFact
from cvd_desktop.link.trace_decoder_facts import TraceFacts
from cvd_desktop.services.trace_words import sender_words
from cvd_desktop.ui import formats
from cvd_desktop.ui.messages import Messages
from cvd_desktop.ui.read_view import port_name
from cvd_desktop.ui.widgets.tag import TagKind

if TYPE_CHECKING:
    from cvd_shared.wire_records import MachineRecord

LINK_NAMES = {"dexucs": "DEX/UCS", "ddcmp": "DDCMP"}
Check = tuple[TagKind, str]


class BenchWords(QObject):
    """Made once by the screen."""

    def __init__(self, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._messages = messages

    def place(
        self,
        word: str,
        machine: MachineRecord | None,
        shown: TraceHead | None,
        now: datetime | None,
    ) -> tuple[str, str]:
        """Where the person is: the machine of the trace that is shown, else the chosen one; `now`
        is None while a read runs."""
        asset = shown.machine if shown is not None else ""
        chosen = machine.asset_number if machine is not None else ""
        about = ""
        if machine is not None and asset in ("", chosen):
            parts = (machine.machine_type, machine.location_name)
            about = ", ".join(part for part in parts if part)
        elif shown is not None and shown.at is not None and now is not None:
            when = formats.moment_beside(shown.at, now)
            about = self.tr("read {when}").format(when=when)
        asset = asset or chosen
        title = self.tr("Bench, {machine}").format(machine=asset) if asset else word
        return title, about

    def port_checks(
        self,
        ports: Sequence[PortFact] | None,
        chosen: str,
        tested: Check | None,
        *,
        held: bool = False,
    ) -> list[Check]:
        """The adapter and what its loop-back test found; `held`: another screen is at a machine."""
        if held:
            return [(TagKind.CURRENT, self.tr("In use: a machine is being read"))]
        if ports is None:
            return [(TagKind.UNKNOWN, self.tr("Looking for the adapter"))]
        port = next((each for each in ports if each.device == chosen), None)
        if port is None:
            words = self.tr("No adapter") if not ports else self.tr("No port is chosen")
            return [(TagKind.WARNING, words)]
        known = TagKind.GOOD if port.likely else TagKind.UNKNOWN
        checks = [(TagKind.INFO if port.practice else known, port_name(port))]
        if port.practice:
            checks.append((TagKind.INFO, self.tr("Practice: nothing of this reaches the server")))
        if tested is not None:
            checks.append(tested)
        elif not port.practice:
            checks.append((TagKind.UNKNOWN, self.tr("Loop-back not tested")))
        return checks

    def tested(self, code: str, what: str, at: datetime) -> Check:
        """A loop-back test in a few words: the card is narrow."""
        if code == "loop_back_right":
            words = self.tr("Loop-back right, {when}").format(when=formats.clock_time(at))
            return TagKind.GOOD, words
        return TagKind.WARNING, what

    def facts(self, trace: StoredTrace, facts: TraceFacts, link: str) -> list[tuple[str, str]]:
        """Speed, who leads, revision: what both ends agreed on."""
        head = trace.head
        speed = facts.speed or head.baud_rate or (9600 if link == "dexucs" else 2400)
        lines = [(self.tr("Speed"), f"{speed} 8N1")]
        if link == "ddcmp":
            lines.insert(0, (self.tr("Link"), LINK_NAMES[link]))
            if facts.name:
                lines.append((self.tr("Serial"), facts.name))
        else:
            if facts.leads:
                lines.append((self.tr("Leads"), sender_words(facts.leads)))
            if facts.revision:
                lines.append((self.tr("Revision"), facts.revision))
        return lines

    def whose(self, good: StoredTrace) -> str:
        """14 Oct 2026, same machine."""
        head = good.head
        when = formats.date(head.at) if head.at is not None else ""
        if good.same_machine:
            who = self.tr("same machine")
        else:
            who = self.tr("machine {asset}, same model").format(asset=head.machine)
        return ", ".join(part for part in (when, who) if part)

    def reset_mode(self, facts: TraceFacts) -> str:
        """What a read does to the counters of this machine, as far as it says."""
        if facts.reset_mode == "SAVE":
            return self.tr("SAVE mode: a read resets nothing")
        if facts.reset_mode == "AUTO":
            return self.tr("AUTO mode: each whole read resets the interval")
        return ""
