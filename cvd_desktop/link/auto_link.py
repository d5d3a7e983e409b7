"""Finds out which link a machine speaks, and at which speed, by trying one after the other.

Nobody can hear both at once: DEX/UCS speaks at 9600, DDCMP begins at a speed of the machine. So
each attempt has the line for a fair time, round and round, until one is really answered; that one
keeps the line to its end. Source: EVA-DTS 6.2.2 ch. 4 and 6; the times are our own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from cvd_desktop.link.other_link import DdcmpSign
from cvd_desktop.link.outputs import (
    Failed,
    FailureCode,
    Finished,
    Output,
    Party,
    Phase,
    Progress,
    ProtocolMachine,
    Received,
    Send,
    SetBaudRate,
)

DEXUCS, DDCMP = "dexucs", "ddcmp"

_FAIR = {
    DEXUCS: 3.0,  # three ENQ of ours, and three seconds to hear a machine that calls each second
    DDCMP: 2.5,  # a round of ten STARTs
}
_SETTLE = 0.05  # after a change: a few bit times, and what still comes belongs to the last attempt
_LAST_WORDS = 0.6  # seconds more for a line on which something was heard just now
_GRACE = 5.0  # for a machine that was found in the last moment to get on
_KEPT = 64  # bytes of each side, to know an echo
_DDCMP_SLOWEST_START = 2400  # the start speed of the standard
_ENQ = b"\x05"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A link at a speed (bits per second). `make` is called with the longest wait (seconds) for a
    machine that takes its time, each time that the attempt has its turn."""

    link: str
    baud_rate: int
    make: Callable[[float], ProtocolMachine]

    @property
    def name(self) -> str:
        return f"{self.link}@{self.baud_rate}"


@dataclass(slots=True)
class _Turn:
    attempt: Attempt
    machine: ProtocolMachine
    until: float
    longest: float  # `until` is put off to here at most
    sent: bytearray = field(default_factory=bytearray)
    heard: bytearray = field(default_factory=bytearray)
    heard_at: float | None = None
    called_at: float | None = None  # the last lone ENQ
    calls: int = 0
    sign: DdcmpSign = field(default_factory=DdcmpSign)

    @property
    def ends_at(self) -> float:
        """Its fair time, or a little more when something was heard just now."""
        if self.heard_at is None:
            return self.until
        return min(max(self.until, self.heard_at + _LAST_WORDS), self.longest)

    @property
    def only_echo(self) -> bool:
        return self.sent.startswith(self.heard)

    def hear(self, data: bytes, now: float) -> bool:
        """Whether this is an answer for certain: ENQ again and again, or a frame of DDCMP."""
        self.heard += data[: _KEPT - len(self.heard)]
        self.heard_at = now
        if self.attempt.link == DDCMP:
            return self.sign.heard(data)
        if not data.strip(_ENQ) and (self.called_at is None or now - self.called_at >= 0.5):
            self.called_at = now
            self.calls += 1
        return self.calls > 1 and not self.only_echo


class AutoReader:
    """Tries `attempts` in their order until one is answered or `max_wait` (seconds) is over.

    Stays with the first that is answered: its machine has sent ENQ again and again, a DDCMP frame,
    or what takes a session beyond finding each other. NO_ANSWER passes on to the next attempt,
    OTHER_LINK to the first of the link that it names; every other end is the end. Where the time
    is too short for all, the first attempt, DEX/UCS and DDCMP at 2400 come first and share it.

    `detail` of Progress, Finished and Failed has `link` and `baud_rate` of the attempt. When nobody
    answers it is Failed(NO_ANSWER) with `tried`, such as "dexucs@9600=0 ddcmp@2400=12" (bytes heard
    in all its turns), `tries` (turns), and `why`: silence, noise, echo (only what we said
    ourselves), deaf (a machine that is heard and does not hear us). ValueError without attempts.
    """

    def __init__(self, attempts: Sequence[Attempt], max_wait: float) -> None:
        if not attempts:
            raise ValueError("there is nothing to try")
        self._max_wait = max_wait
        self._order = list(attempts)
        self._at = 0  # in the order; the attempt that has its turn or waits for it
        self._musts = _musts(self._order)
        self._short = sum(_FAIR.get(each.link, 3.0) + _SETTLE for each in attempts) > max_wait
        if self._short:
            rest = [each for each in self._order if each not in self._musts]
            self._order = self._musts + rest
        self._turns = 0
        self._turn: _Turn | None = None
        self._begin_at: float | None = None  # the line settles until then
        self._give_up_at = 0.0
        self._baud_rate: int | None = None
        self._heard = {each.name: 0 for each in self._order}
        self._nobody_but_us = True
        self._chosen: Attempt | None = None
        self._chosen_at = 0.0
        self._begun = False
        self._over = False

    @property
    def chosen(self) -> Attempt | None:
        """The attempt that was answered."""
        return self._chosen

    @property
    def deadline(self) -> float | None:
        if self._over:
            return None
        times = [self._begin_at, self._limit()]
        if self._turn:
            times += [self._turn.machine.deadline, None if self._chosen else self._turn.ends_at]
        return min((time for time in times if time is not None), default=None)

    def start(self, now: float) -> list[Output]:
        self._give_up_at = now + self._max_wait
        return self._speed() + self._begin(now)

    def receive(self, data: bytes, now: float) -> list[Output]:
        turn = self._turn
        if self._over or not turn:
            return []
        self._heard[turn.attempt.name] += len(data)
        if turn.hear(data, now):
            self._choose(now)
        self._nobody_but_us = self._nobody_but_us and turn.only_echo
        return self._pass_on(turn.machine.receive(data, now), now)

    def tick(self, now: float) -> list[Output]:
        if self._over:
            return []
        out: list[Output] = []
        if self._begin_at is not None and now >= self._begin_at:
            out += self._begin(now)
        turn = self._turn
        if turn and turn.machine.deadline is not None and now >= turn.machine.deadline:
            out += self._pass_on(turn.machine.tick(now), now)
        limit = self._limit()
        if limit is not None and now >= limit:
            return [*out, self._nobody()]
        if self._had_its_time(now):
            out += self._next(now)
        return out

    def cancel(self, now: float) -> list[Output]:
        if self._over:
            return []
        if self._turn:
            return self._pass_on(self._turn.machine.cancel(now), now)
        self._over = True
        return [Failed(FailureCode.CANCELLED, Party.PERSON, self._facts())]

    def _limit(self) -> float | None:
        """When a search without a machine ends; what has begun ends by itself."""
        if self._begun or self._over:
            return None
        found = self._chosen_at + _GRACE if self._chosen else self._give_up_at
        return max(self._give_up_at, found)

    def _had_its_time(self, now: float) -> bool:
        free = self._chosen is None and not self._over
        return free and self._turn is not None and now >= self._turn.ends_at

    # Turns

    def _speed(self) -> list[Output]:
        wanted = self._order[self._at].baud_rate
        if self._baud_rate == wanted:
            return []
        self._baud_rate = wanted
        return [SetBaudRate(wanted)]

    def _begin(self, now: float) -> list[Output]:
        self._begin_at = None
        attempt = self._order[self._at]
        fair = _FAIR.get(attempt.link, 3.0)
        if self._short and self._turns < len(self._musts):
            fair = min(fair, (self._give_up_at - now) / (len(self._musts) - self._turns))
        self._turns += 1
        machine = attempt.make(self._max_wait)
        self._turn = _Turn(attempt, machine, now + fair, now + fair * 1.5)
        return self._pass_on(machine.start(now), now)

    def _next(self, now: float, link: str | None = None) -> list[Output]:
        """The next in the order, or one of `link`: at the speed at which it was heard, if any."""
        self._turn = self._chosen = None
        self._begun = False
        named = [place for place, each in enumerate(self._order) if each.link == link]
        named.sort(key=lambda place: self._order[place].baud_rate != self._baud_rate)
        self._at = named[0] if named else (self._at + 1) % len(self._order)
        self._begin_at = now + _SETTLE
        return self._speed()

    def _choose(self, now: float) -> None:
        if self._turn and not self._chosen:
            self._chosen, self._chosen_at = self._turn.attempt, now

    def _pass_on(self, outputs: list[Output], now: float) -> list[Output]:
        """What the attempt wants, until it ends."""
        out: list[Output] = []
        for output in outputs:
            match output:
                case Send(data) if self._turn:
                    self._turn.sent += data[: _KEPT - len(self._turn.sent)]
                    out.append(output)
                case SetBaudRate(baud_rate):
                    if baud_rate != self._baud_rate:
                        self._choose(now)  # a machine has agreed to it
                        self._baud_rate = baud_rate
                        out.append(output)
                case Progress():
                    out.append(self._told(output, now))
                case Received():
                    self._choose(now)
                    self._begun = True
                    out.append(output)
                case Finished(detail):
                    self._over = True
                    out.append(Finished(self._named(detail)))
                case Failed():
                    return out + self._ended(output, now)
                case _:
                    out.append(output)
        return out

    def _told(self, progress: Progress, now: float) -> Progress:
        turn = self._turn
        if turn and progress.phase is not Phase.ANSWER and not turn.only_echo:
            self._choose(now)
            self._begun = True
        phase = progress.phase if self._begun else Phase.ANSWER
        return replace(progress, phase=phase, detail=self._named(progress.detail))

    def _ended(self, failed: Failed, now: float) -> list[Output]:
        speaks = str(failed.detail.get("speaks", ""))
        other = failed.code is FailureCode.OTHER_LINK
        if other and any(each.link == speaks for each in self._order):
            return self._next(now, speaks)
        if failed.code is FailureCode.NO_ANSWER and not self._chosen:
            return self._next(now)
        self._over = True
        more = self._facts() if failed.code is FailureCode.NO_ANSWER else {}
        return [replace(failed, detail=self._named(more | failed.detail))]

    # The end

    def _named(self, detail: dict[str, str | int]) -> dict[str, str | int]:
        attempt = self._turn.attempt if self._turn else self._order[self._at]
        return {"baud_rate": attempt.baud_rate} | detail | {"link": attempt.link}

    def _facts(self) -> dict[str, str | int]:
        tried = " ".join(f"{name}={heard}" for name, heard in self._heard.items())
        return {
            "phase": str(Phase.ANSWER),
            "blocks": 0,
            "received": 0,
            "retries": 0,
            "heard": sum(self._heard.values()),
            "tries": self._turns,
            "tried": tried,
        }

    def _nobody(self) -> Failed:
        self._over = True
        if self._chosen:
            party, why = Party.CABLE, "deaf"
        elif not any(self._heard.values()):
            party, why = Party.CABLE, "silence"
        else:
            party, why = Party.SETTING, "echo" if self._nobody_but_us else "noise"
        facts = self._named(self._facts()) if self._chosen else self._facts()
        return Failed(FailureCode.NO_ANSWER, party, facts | {"why": why})


def _musts(attempts: list[Attempt]) -> list[Attempt]:
    """What has to be tried at least once, however short the time is."""
    wanted = [
        attempts[:1],
        [each for each in attempts if each.link == DEXUCS],
        [each for each in attempts if each.link == DDCMP and each.baud_rate == _DDCMP_SLOWEST_START]
        or [each for each in attempts if each.link == DDCMP],
    ]
    found = [each[0] for each in wanted if each]
    return [each for each in attempts if each in found]
