"""`cvd parts`: which cable or machine is at fault; `cvd codes`: the DDCMP codes of a machine."""

from typing import Annotated

import typer

from cvd_desktop.cli.command_line import (
    opened,
    print_json,
    print_line,
    print_table,
    say,
    typed_secret,
)
from cvd_desktop.cli.options import AsJson, DataDir, only_text

_KINDS = {"adapter": "Adapter and cable", "machine": "Machine", "port": "Port"}
_VERDICTS = {
    "good": "good",
    "too_few": "too few reads to tell",
    "suspect": "suspect",
    "unclear": "fails, as does what it was tried with",
}

Machine = Annotated[
    str,
    typer.Option("--machine", metavar="ASSET", callback=only_text, help="Its asset number."),
]


def add_to(app: typer.Typer) -> None:
    app.command("parts")(parts)
    codes = typer.Typer(help="DDCMP codes of a machine, kept encrypted.", no_args_is_help=True)
    codes.command("set")(codes_set)
    codes.command("forget")(codes_forget)
    app.add_typer(codes, name="codes")


def parts(data_dir: DataDir, as_json: AsJson = False) -> None:
    """How reads went by adapter, machine and port: the first tries of this laptop."""
    from cvd_desktop.services.fault_evidence import part_lines

    with opened(data_dir) as workplace:
        lines = part_lines(workplace)
    if as_json:
        print_json(
            {
                "parts": [
                    {
                        "kind": str(line.kind),
                        "name": line.name,
                        "first_tries": line.tries,
                        "failed": line.failed,
                        "verdict": str(line.verdict),
                        "witnesses": list(line.witnesses),
                    }
                    for line in lines
                ]
            }
        )
    elif lines:
        print_table(
            ("Part", "Name", "First tries", "Failed", "Verdict", "It fails where others do well"),
            [
                (
                    _KINDS[line.kind],
                    line.name,
                    str(line.tries),
                    str(line.failed),
                    _VERDICTS[line.verdict],
                    ", ".join(line.witnesses),
                )
                for line in lines
            ],
        )
    else:
        say("No machine was read by this laptop yet.")


def codes_set(data_dir: DataDir, machine: Machine) -> None:
    """Keep the security and pass code of a machine, such as 0000-1A2B: typed twice."""
    from cvd_desktop.services.pass_codes import keep_codes

    first, second = typed_secret("Codes: "), typed_secret("The same again: ")
    with opened(data_dir) as workplace:
        keep_codes(workplace, first, second, asset_number=machine)
    print_line(f"Kept. They are sent to machine {machine} only when it asks for codes.")


def codes_forget(data_dir: DataDir, machine: Machine) -> None:
    """The machine has the factory's zeros again."""
    from cvd_desktop.services.pass_codes import forget_codes

    with opened(data_dir) as workplace:
        forget_codes(workplace, asset_number=machine)
    print_line(f"Forgotten: machine {machine} is read with zeros.")
