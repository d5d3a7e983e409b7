"""`cvd ports`, `cvd read`, `cvd reads`: everything about reading machines."""

import sys
from enum import StrEnum
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
from cvd_desktop.cli.options import AsJson, DataDir

if TYPE_CHECKING:
    from cvd_desktop.domain.records import ReadDetail, ReadStep


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
    app.command("ports")(ports)
    app.command("read")(read)
    reads_app = typer.Typer(help="Reads on this laptop.", invoke_without_command=True)
    reads_app.callback()(reads)
    file_commands.add_to(reads_app)
    app.add_typer(reads_app, name="reads")


def ports(data_dir: DataDir, as_json: AsJson = False) -> None:
    """Serial ports, with what is known of the adapter."""
    from cvd_desktop.services.ports import list_ports

    found = list_ports(data_dir)
    if as_json:
        print_json(
            {
                "ports": [
                    {
                        "device": each.device,
                        "description": each.description,
                        "adapter": each.adapter,
                        "vid": each.vid,
                        "pid": each.pid,
                        "serial_number": each.serial_number,
                        "likely": each.likely,
                    }
                    for each in found
                ]
            }
        )
    elif found:
        print_table(
            ("Port", "Adapter", "Description", ""),
            [
                (
                    each.device,
                    each.adapter or "unknown",
                    each.description,
                    "likely" if each.likely else "",
                )
                for each in found
            ],
        )
    else:
        say("No serial port was found. Plug the adapter in and try again.")


def read(
    data_dir: DataDir,
    port: Annotated[str, typer.Option("--port", metavar="PORT", help="As `cvd ports` says.")],
    link: Annotated[Link, typer.Option(help="Protocol to speak.")] = Link.AUTO,
    purpose: Annotated[
        Purpose,
        typer.Option(
            help="look: leave interval counters where we can; collect: a cash collection."
        ),
    ] = Purpose.LOOK,
    machine: Annotated[
        str | None, typer.Option("--machine", metavar="ASSET", help="The machine it should be.")
    ] = None,
    wait: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="How long to wait for a sign of life."),
    ] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Read a machine, store it, queue it for the server."""
    from cvd_desktop.services.read_machine import read_machine
    from cvd_desktop.services.reads import read_detail

    with opened(data_dir) as workplace, cancelled_by_ctrl_c() as cancelled:
        outcome = read_machine(
            workplace,
            port,
            purpose=str(purpose),
            asset_number=machine,
            link=str(link),
            max_wait=wait,
            on_step=_StepLine(),
            cancelled=cancelled,
        )
        if outcome.read is not None:
            detail = read_detail(workplace, outcome.read.id)
            if as_json:
                print_json(
                    {
                        "id": detail.summary.id,
                        "machine": detail.summary.machine_asset,
                        "verdict": detail.summary.verdict,
                        "bytes": detail.summary.size,
                        "seconds": round(detail.seconds, 3),
                    }
                )
            else:
                _print_read(detail)
    if outcome.problem is not None:
        tell(outcome.problem)
        raise typer.Exit(int(outcome.problem.exit_code))


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
