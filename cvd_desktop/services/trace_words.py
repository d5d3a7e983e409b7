"""What the steps of a trace and the comparison of two traces say to a technician, in sentences."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cvd_desktop.domain.bench_records import PartLine
from cvd_desktop.link.byte_trace import READER
from cvd_desktop.link.trace_compare import Difference, TraceComparison, Turn
from cvd_desktop.link.trace_decoder_steps import Crc, Timing, TraceStep

LAPTOP, MACHINE = "this laptop", "the machine"


@dataclass(frozen=True, slots=True)
class StepWords:
    """`strong` is what the step is, `plain` what it means here; `crc` and `mark` may be empty."""

    strong: str
    plain: str = ""
    crc: str = ""
    mark: str = ""

    def line(self) -> str:
        """All of it in one line, for logs and screen readers."""
        said = f"{self.strong} {self.plain}".strip()
        return ", ".join(part for part in (said, self.crc, self.mark) if part)


def sender_words(sender: str) -> str:
    return LAPTOP if sender == READER else MACHINE


def step_words(step: TraceStep) -> StepWords:
    """The words of one step; a code without words is named as it is."""
    strong, plain = _say(step)
    return StepWords(strong, plain, _crc_words(step), _mark_words(step))


def _say(step: TraceStep) -> tuple[str, str]:
    code, values = step.code, step.values
    if code in _CONTROLS:
        word, meanings = _CONTROLS[code]
        key = str(values.get("to", values.get("then", "")))
        by = "R" if step.sender == READER else "M"
        plain = meanings.get(f"{key}.{step.session}.{by}", meanings.get(f"{key}.{by}"))
        plain = meanings.get(key, meanings.get("", "")) if plain is None else plain
        return word.format_map(values), plain
    if code in _SENTENCES:
        clock = f"clock {values['at']}" if code == "who" else ""
        return _SENTENCES[code](values), clock
    if code.endswith("_refused"):
        name = _COMMANDS.get(code.removesuffix("_refused"), code)
        return f"{name} refused", ""
    if code.endswith("_agreed"):
        return f"{_COMMANDS.get(code.removesuffix('_agreed'), code)} agreed", ""
    return _COMMANDS.get(code, code.replace("_", " ")), ""


_CONTROLS: dict[str, tuple[str, dict[str, str]]] = {
    "enq": (
        "ENQ",
        {
            "1.R": "is anybody there?",
            "1.M": "machine starts",
            "2.M": "machine starts",
            "2.R": "this laptop starts",
            "repeat": "asks again",
            "after_wack": "asks again, it was told to wait",
            "lost_answer": "asks for the last answer again",
        },
    ),
    "ack": (
        "ACK {n}",
        {
            "enq.1.M": "machine answers",
            "handshake.M": "frame taken",
            "block.R": "stored first",
            "block.M": "block taken",
            "lost_answer": "the same answer again",
            "start": "",
            "nothing": "nobody had asked",
            "who": "request taken",
            "read": "command taken",
            "write": "command taken",
            "finish": "the machine has closed the read",
        },
    ),
    "wack": ("WACK", {"": "not ready, wait and ask again"}),
    "nak": ("NAK", {"": "refused, send it again"}),
    "eot": (
        "EOT",
        {
            "swap": "roles swap",
            "data": "data follow",
            "refused": "no data follow",
            "whole": "read is whole",
            "cut": "before the last block",
            "gives_up": "gives up",
        },
    ),
    "filler": ("SYN", {"": "filler while it pauses"}),
}

_OPERATIONS = {"R": "R = read", "S": "S = send", "M": "M = maker's state"}
_RESPONSES = {
    "00": "agreed",
    "01": "unknown id",
    "02": "revision not supported",
    "03": "busy, try again",
    "04": "no data",
    "05": "error of its own",
    "90": "maker's state",
}
_DAMAGES = {
    "crc": "damaged",
    "header_crc": "its head is damaged",
    "data_crc": "damaged",
    "cut": "cut off",
    "character": "with a character that does not belong there",
    "too_long": "without an end",
    "head_lost": "its beginning was lost",
}
_NACKS = {
    1: "head damaged",
    2: "data damaged",
    8: "busy",
    9: "overrun",
    16: "too long",
    17: "head not understood",
}
_COMMANDS = {
    "who": "Who are you",
    "program": "Program the codes",
    "read": "Read",
    "write": "Write",
    "delete": "Delete",
    "module": "Program a module",
    "memory": "Read memory",
    "finish": "FINISH",
    "data": "Data",
    "control": "Control frame",
}
Values = Mapping[str, str | int]


def _handshake_1(values: Values) -> str:
    operation = str(values["operation"])
    return f"Id {values['id']}, {_OPERATIONS.get(operation, operation)}, {values['revision']}"


def _handshake_2(values: Values) -> str:
    response = str(values["response"])
    return (
        f"{response} = {_RESPONSES.get(response, 'not in the standard')}, "
        f"id {values['id']}, {values['revision']}"
    )


def _handshake(values: Values) -> str:
    return f"Handshake {values['text']}"


def _block(values: Values) -> str:
    size = int(values["characters"])
    of = f" of {values['of']}" if "of" in values else ""
    last = ", last" if values.get("last") else ""
    return f"Block {values['n']}{of}, {size:,} characters{last}"


def _bad_frame(values: Values) -> str:
    part = {"block": "Block", "handshake": "Handshake", "control": "Control frame"}.get(
        str(values["part"]), "Data frame"
    )
    number = f" {values['n']}" if "n" in values else ""
    return f"{part}{number}, {_DAMAGES.get(str(values['damage']), values['damage'])}"


def _noise(values: Values) -> str:
    return "Noise, 1 byte" if values["bytes"] == 1 else f"Noise, {values['bytes']:,} bytes"


def _arriving(values: Values) -> str:
    return f"Arriving, {values['bytes']:,} bytes so far"


def _other_call(values: Values) -> str:
    return f"Calls a machine on {_NAMES[str(values['link'])]}"


def _echo(values: Values) -> str:
    return f"Echo of what this laptop said, {values['bytes']:,} bytes"


def _start(values: Values) -> str:
    wish = f", wishes {values['wish']:,} bit/s" if values["wish"] else ", no other speed"
    return f"START{wish}"


def _stack(values: Values) -> str:
    able = f", up to {values['able']:,} bit/s" if values["able"] else ", speed stays"
    return f"STACK{able}"


def _nack(values: Values) -> str:
    error = int(values["error"])
    return f"NACK {values['n']}, {_NACKS.get(error, f'error {error}')}"


def _who(values: Values) -> str:
    codes = "with codes" if values["codes"] == "given" else "no codes"
    person = {"route": ", route person", "maintenance": ", maintenance"}
    return f"Who are you, {codes}{person.get(str(values['person']), '')}"


def _who_agreed(values: Values) -> str:
    return f"Serial {values['serial'] or 'not given'}, frames up to {values['buffer']:,}"


def _who_refused(values: Values) -> str:
    reason = (
        " the codes do not match" if values["reason"] in (0, 1) else f" reason {values['reason']}"
    )
    return f"Refused,{reason}"


def _length(values: Values) -> str:
    length = values.get("length", 0)
    return {0: "all of it", 0xFFFF: "length not known"}.get(int(length), f"{length:,} bytes")


def _read(values: Values) -> str:
    return f"Read list {values['list']}, {_length(values)}"


def _write(values: Values) -> str:
    return f"Write list {values['list']}, {values['length']:,} bytes"


def _read_agreed(values: Values) -> str:
    return f"Agreed, list {values['list']}, {_length(values)}"


_SENTENCES: dict[str, Callable[[Values], str]] = {
    "handshake_1": _handshake_1,
    "handshake_2": _handshake_2,
    "handshake": _handshake,
    "block": _block,
    "bad_frame": _bad_frame,
    "noise": _noise,
    "arriving": _arriving,
    "echo": _echo,
    "other_call": _other_call,
    "start": _start,
    "stack": _stack,
    "nack": _nack,
    "who": _who,
    "who_agreed": _who_agreed,
    "who_refused": _who_refused,
    "read": _read,
    "read_agreed": _read_agreed,
    "write": _write,
}


def _crc_words(step: TraceStep) -> str:
    if step.crc is Crc.NONE:
        return ""
    shown = " ".join(step.data[first:end].hex(" ").upper() for first, end in step.crcs[-1:])
    return f"CRC {shown} {'right' if step.crc is Crc.RIGHT else 'wrong'}".replace("  ", " ")


def _mark_words(step: TraceStep) -> str:
    said = ["again"] if step.retry and step.values.get("to") != "repeat" else []
    if step.timing is not Timing.FREE:
        said.append(
            {
                Timing.EARLY: f"sooner than {step.limit} ms",
                Timing.LATE: f"later than {step.limit:,} ms",
                Timing.SLOW: f"a pause of over {step.limit} ms inside",
            }[step.timing]
        )
    return ", ".join(said)


def session_words(band: Sequence[TraceStep], *, again: bool = False) -> str:
    """The heading of the steps of one session or phase."""
    if not band:
        return ""
    session = band[0].session
    more = ", again" if again else ""
    if session in ("1", "2"):
        first = (s.sender for s in band if s.code in ("handshake_1", "handshake_2"))
        leader = next(first, next((s.sender for s in band if s.code == "enq"), ""))
        if session == "1" and {step.sender for step in band} == {READER}:
            return f"Session 1, nobody answers{more}"
        leads = f", {sender_words(leader)} leads" if leader else ""
        return f"Session {session}{leads}{more}"
    if session == "3":
        return f"Session 3, data{more}"
    lists = (f" list {s.values['list']}" for s in band if s.code in ("read", "write"))
    return {
        "start": "START, speed",
        "who": "Who are you",
        "read": f"Read{next(lists, '')}",
        "write": f"Write{next(lists, '')}",
        "finish": "FINISH",
    }.get(session, _COMMANDS.get(session, session)) + more


# comparison

_TURNS = {
    "enq_ack": "ENQ to ACK",
    "start_stack": "START to STACK",
    "ack_handshake": "ACK to handshake",
    "handshake_ack": "Handshake to ACK",
    "message_ack": "Command to ACK",
    "command_answer": "ACK to answer",
    "before_2": "Before session 2",
    "before_3": "Before session 3",
    "ack_block": "ACK to block",
    "block_ack": "Block to ACK",
    "ack_message": "ACK to command",
    "ack_eot": "ACK to EOT",
}
_PLACES = {
    "before_2": "before session 2",
    "before_3": "before session 3",
    "enq_ack": "in its answer to ENQ",
    "start_stack": "in its answer to START",
    "handshake_ack": "in its answer to a handshake",
    "ack_handshake": "before its handshake",
    "ack_block": "before each block",
    "block_ack": "before it acknowledges a block",
    "message_ack": "in its acknowledgements",
    "command_answer": "in its answers to commands",
    "ack_message": "before its next command",
    "ack_eot": "before it ends a session",
}


def turn_words(turn: Turn) -> str:
    return _TURNS.get(turn.code, turn.code)


def phase_words(session: str) -> str:
    """A session as a whole: "Session 2"."""
    if session in ("1", "2", "3"):
        return f"Session {session}, whole"
    return f"{_COMMANDS.get(session, session.upper())}, whole"


_WHAT = {
    "link": "Link",
    "leads": "Who leads",
    "speed": "Speed",
    "codes": "Codes given",
    "revision": "Revision",
    "response": "Answer",
    "name": "Its name",
    "refused": "Refused",
}


def difference_words(difference: Difference) -> str:
    """Something that both ends said otherwise."""
    then = _spelled(difference.then) or "nothing"
    return f"{_WHAT.get(difference.what, difference.what)}: {_spelled(difference.now)}, then {then}"


@dataclass(frozen=True, slots=True)
class PartWords:
    kind: str
    verdict: str
    evidence: str


_PARTS = {"adapter": "Adapter and cable", "machine": "Machine", "port": "Port"}
_VERDICTS = {
    "good": "good",
    "suspect": "suspect",
    "unclear": "cannot tell",
    "too_few": "too few reads",
}
_EVIDENCE = {
    "adapter": "other adapters read {witnesses}",
    "machine": "by {witnesses} other machines were read",
    "port": "at {witnesses} the same went well",
}


def part_words(part: PartLine) -> PartWords:
    """How reads went with a part, and what proves it."""
    evidence = ""
    if part.evidence.get("witnesses"):
        template = _EVIDENCE.get(part.kind, "{witnesses}")
        evidence = template.format_map(part.evidence)
    elif part.verdict == "unclear":
        evidence = "what it was tried with fails as well"
    return PartWords(
        _PARTS.get(part.kind, part.kind), _VERDICTS.get(part.verdict, part.verdict), evidence
    )


def conclusion_words(comparison: TraceComparison) -> str:
    """What the comparison comes to: one or two sentences."""
    values = comparison.values
    code = comparison.conclusion
    if code == "slower":
        return _slower(values)
    template = _CONCLUSIONS.get(code, f"They differ: {code}.")
    return template.format_map({name: _spelled(value) for name, value in values.items()})


def _slower(values: Mapping[str, str | int | float]) -> str:
    ms, who = float(values["ms"]), sender_words(str(values["sender"]))
    longer = f"{ms / 1000:.1f} s" if ms >= 950 else f"{ms:.0f} ms"
    place = _PLACES.get(str(values["turn"]), "somewhere")
    kept = {
        "free": "Allowed, no limit there.",
        "within": f"Allowed, the limit there is {values['limit']:,} ms.",
        "over": f"Too slow: the limit there is {values['limit']:,} ms.",
    }[str(values["kept"])]
    return f"{who[0].upper()}{who[1:]} is {longer} slower {place}. {kept}"


_CONCLUSIONS = {
    "same": "As in the good trace: same handshake, same times, no more repeats.",
    "silent": "Now not one byte came back. Look at the plug, the cable and the machine's menu.",
    "more_repeats": "Now {now} frames were refused or sent again, then {then}. "
    "Look at cable and contact.",
    "ended_early": "Now it ended before the last block, after {blocks} blocks.",
    "differs_link": "Now the machine speaks {now}, in the good trace {then}.",
    "differs_leads": "Now {now} leads, in the good trace {then}.",
    "differs_speed": "Now both agree on {now} bit/s, in the good trace on {then}.",
    "differs_codes": "Codes given: {now}. In the good trace: {then}.",
    "differs_revision": "Now the revision is {now}, in the good trace {then}.",
    "differs_response": "Now the machine answers {now}, in the good trace {then}.",
    "differs_refused": "Now the machine refuses: {now}. In the good trace it did not.",
    "differs_name": "As in the good trace, but the machine calls itself {now}; then {then}.",
}
_NAMES = {
    "given": "yes",
    "none": "no",
    "dexucs": "DEX/UCS",
    "ddcmp": "DDCMP",
    "R": LAPTOP,
    "M": MACHINE,
}


def _spelled(value: str | int | float) -> str:
    text = str(value)
    if text in _RESPONSES:
        return f"{text} = {_RESPONSES[text]}"
    return _NAMES.get(text, _COMMANDS.get(text, text))
