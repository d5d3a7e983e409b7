"""What is to be written to a machine, what was planned, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.domain.records import ReadStep
from cvd_shared.dex.configuration_report import ListPrice
from cvd_shared.dex.machine_reading import MachineReading
from cvd_shared.dex.write_style import IdentitySegment, PriceSegment, WriteStyle
from cvd_shared.wire_events import WriteResult, WriteWhat

WRITE_STAGES = ("look", "write", "proof")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to change; selections as people call them.

    A price is minor units as a number, or as typed: "1.50" in the machine's currency, "150" in its
    minor units. Its decimals are known only when the machine has been looked at.
    The segments are None where the machine's own style shall count (cvd_shared/dex/write_style).
    """

    prices: Mapping[str, int | str] = field(default_factory=dict)
    list_prices: Mapping[ListPrice, int | str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    asset_number: str | None = None
    clock: bool = False  # to the time of this computer
    interval_reset: bool = False
    event_reset: bool = False
    password: str | None = field(default=None, repr=False)  # SD101, for the resets
    identity_segment: IdentitySegment | None = None
    price_segment: PriceSegment | None = None

    @property
    def nothing(self) -> bool:
        return not (
            self.prices
            or self.list_prices
            or self.names
            or self.asset_number is not None
            or self.clock
            or self.interval_reset
            or self.event_reset
        )


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """One line of the preview. Prices in minor units; the clock in the machine's local time."""

    what: WriteWhat
    after: str
    before: str | None = None  # None: the machine does not tell it
    selection: str | None = None  # as the machine calls it
    price_list: int | None = None
    device: str | None = None
    same: bool = False  # it is so already: it is not sent
    known: bool = True  # False: the machine tells of no such selection


@dataclass(frozen=True, slots=True)
class PlanWarning:
    """A code with its values; the words are in services/word_table_write.py."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WritePlan:
    """What `write_machine` will send, against the machine as a look read saw it."""

    lines: tuple[PlannedChange, ...]
    warnings: tuple[PlanWarning, ...]
    style: WriteStyle
    before: MachineReading
    before_read_id: str
    link: str  # dexucs, ddcmp: by which the machine was seen
    machine_id: str | None
    asset_number: str | None  # as the machine says, else as chosen
    currency: str
    decimals: int
    password: str | None = field(default=None, repr=False)

    @property
    def changes(self) -> tuple[PlannedChange, ...]:
        """What will really be sent."""
        return tuple(line for line in self.lines if not line.same)


@dataclass(frozen=True, slots=True)
class WrittenLine:
    """One change and what the proving read shows of it."""

    change: PlannedChange
    result: WriteResult
    found: str | None = None


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """`problem`: why the write did not end well; `proof_problem`: why it could not be proven."""

    write_id: str
    at: datetime
    plan: WritePlan
    lines: tuple[WrittenLine, ...]
    answered: bool  # the machine has taken the whole document
    code: str | None  # why not: a FailureCode or the machine's response code
    recorded: bool  # an event was queued: not for practice machines, not where nothing was sent
    proof_read_id: str | None = None
    problem: Problem | None = None
    proof_problem: Problem | None = None

    @property
    def not_taken(self) -> tuple[WrittenLine, ...]:
        return tuple(line for line in self.lines if line.result in ("ignored", "different"))

    @property
    def exit_code(self) -> ExitCode:
        """As `cvd write` ends: 5 also where a value was not accepted."""
        if self.problem is not None:
            return self.problem.exit_code
        if self.not_taken:
            return ExitCode.REFUSED
        return ExitCode.DONE if self.proof_problem is None else self.proof_problem.exit_code


@dataclass(frozen=True, slots=True)
class WriteStep:
    """Progress: the stage (`WRITE_STAGES`) and where it is."""

    stage: str
    step: ReadStep
