"""`cvd vm run`: a virtual vending machine on a port of its own, to practise and to test with."""

import signal
import threading
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cvd_desktop.cli.command_line import print_line, say
from cvd_desktop.cli.options import DataDir


class VmLink(StrEnum):
    DEXUCS = "dexucs"
    DDCMP = "ddcmp"


def add_to(app: typer.Typer) -> None:
    vm = typer.Typer(help="A virtual vending machine.", no_args_is_help=True)
    vm.command("run")(vm_run)
    app.add_typer(vm, name="vm")


def vm_run(
    data_dir: DataDir,
    link: Annotated[
        VmLink | None, typer.Option(help="Protocol it speaks; default: the usual one of the model.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="A machine that sells; default: snack.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Serve this EVA-DTS file as it is.")
    ] = None,
    baud: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=50,
            max=4_000_000,
            help="Speed, for DDCMP the start speed; default: 9600, or that of the model.",
        ),
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME[:ARG]", help="A fault to play; may be given several times."),
    ] = None,
) -> None:
    """Run a virtual machine. Its port is the first line printed; Ctrl-C ends it."""
    from cvd_desktop.services.ports import virtual_ports_folder
    from cvd_desktop.services.practice_machine import serve_practice_machine

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    serve_practice_machine(
        model=model,
        file=file,
        link=link,
        baud_rate=baud,
        faults=fault or (),
        registry=virtual_ports_folder(data_dir),
        stop=stop,
        on_ready=print_line,
        on_event=say,
    )
