"""`cvd dex`: what EVA-DTS files say."""

from pathlib import Path
from typing import Annotated

import typer

from cvd_desktop.cli.command_line import print_json, print_line
from cvd_desktop.cli.dex_show import print_report
from cvd_desktop.cli.options import AsJson, DataDir
from cvd_desktop.domain.problem import ExitCode, Problem


def add_to(app: typer.Typer) -> None:
    dex = typer.Typer(help="What EVA-DTS files say.", no_args_is_help=True)
    dex.command("show")(dex_show)
    app.add_typer(dex, name="dex")


def dex_show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help='An EVA-DTS file, "-" for stdin.')],
    data_dir: DataDir,
    as_json: AsJson = False,
) -> None:
    """Show the machine, totals, selections, events and findings of every report in a file."""
    from cvd_desktop.services.dex_files import show_file

    del data_dir  # no database is needed, the option is there for every command
    document = show_file(file)
    if as_json:
        print_json(document)
    else:
        for number, report in enumerate(document["reports"], 1):
            print_report(report, f"Report {number} of {len(document['reports'])}")
        if document["outside"]:
            print_line(f"{len(document['outside'])} lines belong to no report.")
    if not document["reports"]:
        raise Problem("no_report", ExitCode.USAGE, path=str(file))
