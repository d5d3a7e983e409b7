"""Made-up facts of reads, machines and records for tests of screens: real dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cvd_desktop.domain.problem import Problem
from cvd_desktop.domain.records import (
    EventLine,
    MachineLine,
    OutboxEntry,
    PortFact,
    ReadDetail,
    ReadStep,
    ReadSummary,
    RecordState,
    SelectionLine,
    SyncStatus,
    TotalLine,
)
from cvd_desktop.services.word_table_interval import FACTS
from cvd_desktop.services.word_table_mapping import MAPPING_REASON_WORDS
from cvd_desktop.services.words import answer_words as real_answer_words
from cvd_desktop.ui import formats
from cvd_shared.dex.meters import DeltaKind
from cvd_shared.read_verdict import Actor, Answer, ReadVerdict, State
from cvd_shared.wire_records import MachineRecord, PlanogramSlot
from tests.support import fact_parts as parts

HEAD = (
    "DXS*STF0000000*VA*V0/6*1", "ST*001*0001", "ID1*10427*SM3000*0123**CANTEEN*10427",
    "ID4*2*978*", "VA1*1296340*9120*29640*193*0*0", "CA3*25600*5210*20390*0*981230",
)  # fmt: skip
NOW = datetime(2026, 11, 19, 7, 44, 19, tzinfo=UTC)

PRODUCTS = (
    "Salted crisps", "Paprika rings", "Tortilla chips", "Corn puffs", "Pretzels", "Popcorn",
    "Choc wafer", "Caramel bar", "Peanut bar", "Coconut bar", "Milk choc", "Dark choc",
    "Gummy bears", "Liquorice", "Mints", "Mint gum", "Oat biscuits", "Choc cookie", "Rice cakes",
    "Waffle", "Trail mix", "Salt almonds", "Protein bar", "Fruit bar", "Cereal bar", "Cola",
    "Cola zero", "Orange soda", "Lemon soda", "Ice tea", "Energy drink", "Still water",
    "Sparkling water", "Apple juice", "Orange juice", "Vita water",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """Shape of the service's answer to a read."""

    read: ReadSummary | None
    problem: Problem | None


@dataclass(frozen=True)
class BankOutcome:
    """What became of one port of a bank."""

    device: str
    outcome: Outcome


@dataclass(frozen=True)
class Said:
    """Shape of services/words.Words."""

    what: str
    safe: str
    do: str
    who: str


def words(code: str, values: object) -> Said:
    return Said(
        f"The line stopped in the middle of the audit ({code}). Nothing more was heard.",
        "17 blocks, 4,131 bytes, are on this laptop and go to the office. The machine has not "
        "reset its counters.",
        "Push the plug in until it clicks, then read again. If it breaks off at the same block, "
        "take the other cable.",
        "you",
    )


def answer_words(question: str, answer: Answer) -> str:
    return {
        "link.ok": "Machine answered at the first try, adapter and cable right",
        "transfer.ok": "26 blocks, 6,204 bytes, none repeated, 11.2 s",
        "transfer.failed": "17 blocks, 4,131 bytes, then the line stopped",
        "integrity.ok": "G85 3A7F right, SE counts 211 segments, right",
        "integrity.unknown": "The end of the file is missing, so its check cannot be made",
        "mapping.warning": "47 of 48 match. Selection 48 missing, 90 new: the same column?",
        "plausibility.ok": "All 47 meters go on from Monday, none restarted",
    }.get(answer.code) or real_answer_words(question, answer)


def fact_words(area: str, code: str, values: Mapping[str, object]) -> str:
    """The words of the product, as the application passes them."""
    tables = {**FACTS, "mapping_reason": MAPPING_REASON_WORDS}
    return tables.get(area, {}).get(code, "").format_map(values)


def record_title(entry: OutboxEntry) -> str:
    return str(entry.payload.get("title", entry.type))


def record_reason(entry: OutboxEntry) -> str:
    return "The server has no such machine. The office has to look at it." if entry.code else ""


def selections(count: int = 48) -> tuple[SelectionLine, ...]:
    """Sold by an interval of three days; two prices differ, one is missing, one in no slot."""
    lines = []
    for n in range(count):
        sold = (n * 7) % 12
        before = 1000 + 37 * n
        price = 120 + 10 * (n % 9)
        lines.append(
            SelectionLine(
                selection=str(10 * (n // 8 + 1) + n % 8 + 1),
                slot=f"{'ABCDEFGH'[n // 8 % 8]}{n % 8 + 1}",
                product=PRODUCTS[n % len(PRODUCTS)],
                price=price - (10 if n in (13, 39) else 0),
                planned_price=price,
                sold_before=before,
                sold_now=before + sold,
                sold=sold,
                value=sold * price,
                kind=DeltaKind.NORMAL if sold else DeltaKind.NO_CHANGE,
                history=(*tuple((n * 7 + 3 * k) % 12 for k in range(11)), sold),
                line=len(HEAD) + 1 + 2 * n,
            )
        )
    if count > 2:
        gone = lines[-1]
        lines[-1] = replace(
            gone,
            price=None,
            sold_now=None,
            sold=None,
            value=None,
            kind=DeltaKind.UNKNOWN,
            line=None,
        )
        own = "Machine's own name"
        line = len(HEAD) + 1 + 2 * (count - 1)
        lines.append(SelectionLine("90", None, own, 150, None, None, 4, None, None, line=line))
    return tuple(lines)


def raw_text(lines: tuple[SelectionLine, ...]) -> str:
    out = list(HEAD)
    for line in lines:
        if line.sold_now is None:
            continue
        out.append(f"PA1*{line.selection}*{line.price}*{(line.product or '')[:12]}")
        out.append(f"PA2*{line.sold_now}*{line.sold_now * (line.price or 0)}*{line.sold or 0}*0")
    out += ["EA1*EAR*201117*1412**", "EA2*EAR*2*14", "EA2*EGS*1*36*1"]
    out += ["G85*3A7F", f"SE*{len(out)}*0001", "DXE*1*1"]
    return "\r\n".join(out)


def summary(**changes: object) -> ReadSummary:
    made = ReadSummary(
        id="0192-read-1",
        machine_asset="10427",
        machine_id="machine-1",
        at=NOW,
        size=6204,
        complete=True,
        purpose="look",
        link="dexucs",
        verdict={
            "link": "ok",
            "transfer": "ok",
            "integrity": "ok",
            "mapping": "warning",
            "plausibility": "ok",
        },
        state=RecordState.RECORDED_HERE,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def verdict(**changes: Answer) -> ReadVerdict:
    made = ReadVerdict(
        link=Answer(State.OK, "link.ok"),
        transfer=Answer(State.OK, "transfer.ok"),
        integrity=Answer(State.OK, "integrity.ok"),
        mapping=Answer(State.WARNING, "mapping.warning", Actor.OFFICE),
        plausibility=Answer(State.OK, "plausibility.ok"),
    )
    return replace(made, **changes)


def detail(count: int = 48, **changes: object) -> ReadDetail:
    lines = selections(count)
    text = raw_text(lines)
    made = ReadDetail(
        summary=summary(),
        verdict=verdict(),
        seconds=11.2,
        blocks=26,
        retries=0,
        currency="EUR",
        decimals=2,
        previous_at=NOW - timedelta(days=3),
        selections=lines,
        totals=(
            TotalLine("VA101", "Paid sales since initialisation", 1296340, True),
            TotalLine("VA102", "Paid vends since initialisation", 9120, False),
            TotalLine("VA103", "Paid sales since reset", 29640, True),
            TotalLine("VA104", "Paid vends since reset", 193, False),
            TotalLine("CA305", "Cash in since initialisation", 981230, True),
        ),
        events=(
            EventLine(
                "EAR",
                "Coin changer lost contact",
                2,
                14,
                False,
                "2026-11-17T14:12:00",
                "Driver: pull the plug of the coin mechanism and put it back.",
            ),
            EventLine("EGS", "Door opened", 1, 36, True, None, "Driver: close the door."),
        ),
        segments=tuple(enumerate(text.split("\r\n"), start=1)),
        outside=(),
        raw=text.encode(),
        trace=(
            (0.0, "R", b"\x05"),
            (1.1, "M", b"\x100"),
            (1.2, "R", b"\x10\x01CVD0000001R01L01\x10\x03\x12\x34"),
            (1.4, "M", b"\x101"),
            (3.0, "R", b"\x04"),
        ),
        interval=parts.interval(lines),
        cash=parts.account(),
        cash_expected=parts.expected(),
        collected_at=NOW - timedelta(days=7),
        audit=parts.audit(lines),
        findings=parts.findings(),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def partial_detail() -> ReadDetail:
    """A read that broke off after 17 blocks."""
    whole = detail()
    return replace(
        whole,
        summary=summary(complete=False, size=4131),
        verdict=verdict(
            transfer=Answer(State.FAILED, "transfer.failed", Actor.DRIVER),
            integrity=Answer(State.UNKNOWN, "integrity.unknown"),
            mapping=Answer(State.UNKNOWN, "Some selections did not arrive"),
            plausibility=Answer(State.OK, "plausibility.ok"),
        ),
        blocks=17,
        selections=whole.selections[:20],
    )


def first_detail() -> ReadDetail:
    """The first read of a machine here: nothing to compare with."""
    lines = tuple(
        replace(line, sold_before=None, sold=None, value=None, kind=DeltaKind.UNKNOWN, history=())
        for line in selections()
    )
    return detail(
        selections=lines,
        previous_at=None,
        interval=None,
        cash=None,
        cash_expected=parts.expected(None),
        collected_at=None,
    )


def empty_detail() -> ReadDetail:
    """A file of a machine that counts only in total, with no planogram, event or finding."""
    return detail(
        selections=(),
        events=(),
        totals=(),
        findings=(),
        previous_at=None,
        interval=None,
        cash=None,
        cash_expected=None,
        collected_at=None,
        audit=None,
        currency="",
        trace=(),
    )


def crowded_detail(count: int = 300) -> ReadDetail:
    """As much as can be: long names, every class of delta, 100 findings, cash that is missing."""
    kinds = list(DeltaKind)
    known = (DeltaKind.NORMAL, DeltaKind.NO_CHANGE, DeltaKind.ROLLED_OVER)
    name = "Wholegrain oat and honey biscuits with dark chocolate, 60 g"
    lines = tuple(
        replace(
            line,
            product=f"{line.product}, {name}"[:60],
            kind=kinds[n % len(kinds)],
            sold=line.sold if kinds[n % len(kinds)] in known else None,
            value=line.value if kinds[n % len(kinds)] in known else None,
        )
        for n, line in enumerate(selections(count))
    )
    return detail(
        count,
        selections=lines,
        interval=parts.interval(lines),
        cash=parts.account(1_250),
        audit=parts.audit(lines),
        findings=parts.findings(100),
        totals=long_totals(),
        events=(*logged_events(), *detail().events),
    )


def steps() -> list[ReadStep]:
    """A read that is at its 18th block of about 26."""
    made = [
        ReadStep("port", 0, 0, 0, 0.0, 26, {"adapter": "FTDI USB cable"}),
        ReadStep("answer", 0, 0, 0, 0.1, 26, {"tries": 1}),
        ReadStep("handshake_1", 0, 0, 0, 1.2, 26, {"revision": "R01L01"}),
        ReadStep("handshake_2", 0, 0, 0, 1.4, 26, {"code": "00"}),
    ]
    made += [ReadStep("transfer", n, n * 243, 0, 3.0 + 0.312 * n, 26) for n in range(18)]
    return made


def port(device: str = "/dev/ttyUSB0", *, likely: bool = True) -> PortFact:
    return PortFact(device, "USB serial cable", "FTDI cable", 0x0403, 0x6001, "A6008", likely)


def plain_port(device: str) -> PortFact:
    """A port of which nothing is known, as a computer has it built in."""
    return PortFact(device, device, None, None, None, None, likely=False)


def virtual_port(asset: int) -> PortFact:
    """A virtual machine that runs beside this program."""
    name = f"Virtual machine ({asset})"
    return PortFact(f"/dev/pts/{asset}", name, "virtual machine", None, None, None, likely=True)


def long_totals() -> tuple[TotalLine, ...]:
    """Totals with the names of the standard."""
    return (
        TotalLine("VA101", "Value of All Paid Vends Since Initialisation", 9629715, True),
        TotalLine("VA107", "Number of All Discounted Paid Vends Since Last Reset", 58207, False),
        TotalLine(
            "DA1006",
            "Cashless 1 Value of Mixed Payment Cashless Amount Since Initialisation",
            102,
            True,
        ),
    )


def logged_events() -> tuple[EventLine, ...]:
    """As many machines log them: each time an entry of its own, oldest first."""
    days = ("09-24", "10-01", "11-19")
    return (
        *(
            EventLine("EGS", "Cabinet / door: door is open", None, None, None, f"2026-{d}T08:14:00")
            for d in days
        ),
        EventLine(
            "EDB",
            "Control system: MDB control error; hex code follows as EDB_xxyy (else diagnostic)",
            None,
            None,
            None,
            "2026-11-20T10:00:00",
        ),
    )


def machine_line(n: int = 1, **changes: object) -> MachineLine:
    places = (
        "Harbour Works, canteen",
        "Mill Street Gym",
        "Police station, 2nd floor",
        "Logistics Park, hall B",
        "School of Music",
        "City Pool",
        "Central Library",
    )
    kinds = (
        ("Norvend", "Max 48", "snack"),
        ("Altomat", "SÜ 2020", "combined"),
        ("Merkur", "Six", "combined"),
        ("Barista", "Lei 700", "coffee"),
    )
    make, model, kind = kinds[n % 4]
    record = MachineRecord(
        id=f"machine-{n}",
        asset_number=str(10_400 + n),
        make=make,
        model=model,
        machine_type=kind,
        location_name=places[n % len(places)],
        currency="EUR",
    )
    made = MachineLine(record, str(11 + n % 4), NOW - timedelta(hours=9 * n) if n % 5 else None)
    return replace(made, **changes)  # type: ignore[arg-type]


def slots(count: int = 48) -> tuple[PlanogramSlot, ...]:
    return tuple(
        PlanogramSlot(
            label=line.slot or "",
            selection=line.selection,
            row=n // 8 + 1,
            column=n % 8 + 1,
            product_id=f"product-{n}",
            capacity=10,
            par=8,
            price=line.planned_price or 0,
        )
        for n, line in enumerate(selections(count)[:count])
    )


def entry(n: int, state: RecordState, title: str, **changes: object) -> OutboxEntry:
    made = OutboxEntry(
        op_id=f"op-{n}",
        seq=n,
        type="read.recorded",
        state=state,
        recorded_at=NOW - timedelta(minutes=11 * n),
        answered_at=NOW - timedelta(minutes=5) if state is not RecordState.RECORDED_HERE else None,
        outcome={
            RecordState.RECORDED_HERE: None,
            RecordState.ON_THE_SERVER: "applied",
            RecordState.REFUSED: "rejected",
        }[state],
        code="unknown_machine" if state is RecordState.REFUSED else None,
        message="machine is not on this server" if state is RecordState.REFUSED else None,
        machine_asset=("10388", "10271", "10519")[n % 3],
        place=("Mill Street Gym", "Police station", "Logistics Park")[n % 3],
        payload={"title": title, "read_id": "0192-read-1", "size": 5118 + 321 * n},
        blobs=(),
        attempts=2,
        next_try_at=NOW + timedelta(minutes=14) if state is RecordState.RECORDED_HERE else None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def outbox() -> list[OutboxEntry]:
    here, there, refused = (
        RecordState.RECORDED_HERE,
        RecordState.ON_THE_SERVER,
        RecordState.REFUSED,
    )
    return [
        entry(0, refused, "Read"),
        entry(1, refused, "Read"),
        *(entry(n, here, "Read") for n in range(2, 7)),
        *(entry(n, there, "Read") for n in range(7, 10)),
    ]


def local_time(minutes: int) -> str:
    """The local time of day so many minutes after NOW, as a screen shows it."""
    return formats.moment_beside(NOW + timedelta(minutes=minutes), NOW)


def status(**changes: object) -> SyncStatus:
    made = SyncStatus(
        signed_in=True,
        waiting=5,
        oldest_waiting=NOW - timedelta(minutes=66),
        refused=2,
        on_server=47,
        last_answer_at=NOW - timedelta(minutes=5),
        next_try_at=NOW + timedelta(minutes=14),
    )
    return replace(made, **changes)  # type: ignore[arg-type]
