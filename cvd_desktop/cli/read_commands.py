"""`cvd read`, `cvd reads`: everything about reading machines."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cvd_desktop.cli import file_commands
from cvd_desktop.cli.command_line import (
    opened,
    print_json,
    print_line,
    print_table,
    say,
    tell,
)
from cvd_desktop.cli.interrupt import cancelled_by_ctrl_c
from cvd_desktop.cli.options import AsJson, DataDir, MeantMachine, only_text
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.domain.records import ReadDetail, ReadStep
    from cvd_desktop.services.read_machine import ReadOutcome
    from cvd_desktop.services.workplace import Workplace


_STEP_WORDS = {
    "port": "opening the port",
    "answer": "waiting for the machine",
    "handshake_1": "handshake 1",
    "handshake_2": "handshake 2",
    "transfer": "receiving",
    "check": "checking",
}


class Link(StrEnum):
    AUTO = "auto"
    DEXUCS = "dexucs"
    DDCMP = "ddcmp"


class Purpose(StrEnum):
    LOOK = "look"
    COLLECT = "collect"


def add_to(app: typer.Typer) -> None:
    app.command("read")(read)
    reads_app = typer.Typer(help="Reads on this laptop.", invoke_without_command=True)
    reads_app.callback()(reads)
    file_commands.add_to(reads_app)
    app.add_typer(reads_app, name="reads")


def read(
    data_dir: DataDir,
    port: Annotated[
        list[str],
        typer.Option(
            "--port",
            metavar="PORT",
            callback=only_text,
            help="As `cvd ports` says; up to 8 for a bank of machines.",
        ),
    ],
    link: Annotated[Link, typer.Option(help="Protocol to speak.")] = Link.AUTO,
    purpose: Annotated[
        Purpose,
        typer.Option(
            help="look: leave interval counters where we can; collect: a cash collection."
        ),
    ] = Purpose.LOOK,
    machine: MeantMachine = None,
    wait: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="How long to wait for a sign of life."),
    ] = 60.0,
    baud: Annotated[
        int | None,
        typer.Option(metavar="N", min=50, max=4_000_000, help="Speed that the machine is set to."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read a machine, or several at once; store each read, queue it for the server."""
    from cvd_desktop.services.read_machine import read_machine

    if len(port) > 1:
        if machine is not None:
            raise Problem("choose_one", ExitCode.USAGE, one="--machine", other="several --port")
        _read_bank(data_dir, port, link, purpose, wait, baud, as_json=as_json)
        return
    with opened(data_dir) as workplace, cancelled_by_ctrl_c() as cancelled:
        outcome = read_machine(
            workplace,
            port[0],
            purpose=str(purpose),
            asset_number=machine,
            link=str(link),
            max_wait=wait,
            baud_rate=baud,
            on_step=_StepLine(),
            cancelled=cancelled,
        )
        detail = _detail_of(workplace, outcome)
    if detail is not None:
        if as_json:
            print_json(_read_json(detail))
        else:
            _print_read(detail)
    if outcome.problem is not None:
        tell(outcome.problem)
        raise typer.Exit(int(outcome.problem.exit_code))


def _read_bank(
    data_dir: Path,
    ports: list[str],
    link: Link,
    purpose: Purpose,
    wait: float,
    baud: int | None,
    *,
    as_json: bool,
) -> None:
    """Several machines at once; ends with the worst of their exit codes."""
    from cvd_desktop.services.read_bank import read_bank

    with opened(data_dir) as workplace, cancelled_by_ctrl_c() as cancelled:
        bank = read_bank(
            workplace,
            ports,
            purpose=str(purpose),
            link=str(link),
            max_wait=wait,
            baud_rate=baud,
            on_step=_BankLines(),
            cancelled=cancelled,
        )
        details = [_detail_of(workplace, one.outcome) for one in bank]
    problems = [one.outcome.problem for one in bank]
    found = list(zip(ports, details, problems, strict=True))
    if as_json:
        print_json(
            {
                "reads": [
                    {
                        "port": name,
                        **({} if detail is None else _read_json(detail)),
                        **({} if problem is None else {"problem": problem.code}),
                    }
                    for name, detail, problem in found
                ]
            }
        )
    for name, detail, problem in found:
        if not as_json:
            print_line(f"{name}:")
            if detail is not None:
                _print_read(detail)
        if problem is not None:
            say(f"{name}:")
            tell(problem)
    worst = max((int(problem.exit_code) for problem in problems if problem), default=0)
    if worst:
        raise typer.Exit(worst)


def _detail_of(workplace: "Workplace", outcome: "ReadOutcome") -> "ReadDetail | None":
    from cvd_desktop.services.reads import read_detail

    return None if outcome.read is None else read_detail(workplace, outcome.read.id)


def _read_json(detail: "ReadDetail") -> dict[str, object]:
    return {
        "id": detail.summary.id,
        "machine": detail.summary.machine_asset,
        "verdict": detail.summary.verdict,
        "bytes": detail.summary.size,
        "seconds": round(detail.seconds, 3),
    }


def reads(context: typer.Context, data_dir: DataDir, as_json: AsJson = False) -> None:
    """Reads on this laptop, newest first."""
    if context.invoked_subcommand is not None:
        return
    from cvd_desktop.domain.clock import to_wire
    from cvd_desktop.services.reads import list_reads

    with opened(data_dir) as workplace:
        found = list_reads(workplace, limit=None)
    if as_json:
        print_json(
            {
                "reads": [
                    {
                        "id": each.id,
                        "machine": each.machine_asset,
                        "at": to_wire(each.at),
                        "bytes": each.size,
                        "verdict": each.verdict,
                        **({"file": each.source} if each.source else {}),
                    }
                    for each in found
                ]
            }
        )
        return
    if not found:
        say("No read is on this laptop yet. `cvd read --port PORT` takes one.")
        return
    print_table(
        ("At", "Machine", "Bytes", "Whole", "State", "Verdict", "Id"),
        [
            (
                each.at.astimezone().strftime("%Y-%m-%d %H:%M"),
                each.machine_asset or "?",
                str(each.size),
                "yes" if each.complete else "no",
                str(each.state).replace("_", " "),
                " ".join(each.verdict.values()),
                each.id,
            )
            for each in found
        ],
    )


def _print_read(detail: "ReadDetail") -> None:
    from cvd_desktop.services.words import ACTORS, QUESTIONS, STATES, answer_words

    summary = detail.summary
    print_line(
        f"Machine {summary.machine_asset or 'unknown'}: {summary.size} bytes in "
        f"{detail.blocks} blocks, {detail.seconds:.1f} s, {detail.retries} retries"
    )
    print_table(
        ("Question", "Answer", "Who acts", "Finding"),
        [
            (
                QUESTIONS[name],
                STATES[answer.state],
                ACTORS[answer.actor],
                answer_words(name, answer),
            )
            for name in QUESTIONS
            for answer in (getattr(detail.verdict, name),)
        ],
    )
    print_line(f"Kept as {summary.id}")


class _StepLine:
    """One line on a terminal that is written over; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, step: "ReadStep") -> None:
        if not self._shown:
            return
        text = f"{step.seconds:5.1f} s  {_STEP_WORDS.get(step.phase, step.phase)}"
        if step.received:
            text += f"  {step.blocks} blocks, {step.received} bytes"
        end = "\n" if step.phase == "check" else "\r"
        print(f"{text:<70}", end=end, file=sys.stderr, flush=True)


class _BankLines:
    """A line for each step of each machine; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()
        self._phases: dict[str, str] = {}

    def __call__(self, device: str, step: "ReadStep") -> None:
        if self._shown and self._phases.get(device) != step.phase:
            self._phases[device] = step.phase
            words = _STEP_WORDS.get(step.phase, step.phase)
            print(f"{step.seconds:5.1f} s  {device}: {words}", file=sys.stderr, flush=True)
