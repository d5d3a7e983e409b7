"""`cvd dex`: what EVA-DTS files say, whether they keep to the standard, and what changed."""

from pathlib import Path
from typing import Annotated

import typer

from cvd_desktop.cli.command_line import print_json, print_line, print_pieces, say
from cvd_desktop.cli.dex_difference import print_difference
from cvd_desktop.cli.dex_show import print_outside, print_report
from cvd_desktop.cli.options import AsJson, DataDir
from cvd_desktop.domain.problem import ExitCode, Problem

AuditFile = Annotated[
    Path, typer.Argument(metavar="FILE", help='An EVA-DTS file, "-" for standard input.')
]


def add_to(app: typer.Typer) -> None:
    dex = typer.Typer(help="What EVA-DTS files say.", no_args_is_help=True)
    dex.command("show")(dex_show)
    dex.command("check")(dex_check)
    dex.command("diff")(dex_diff)
    app.add_typer(dex, name="dex")


def dex_show(file: AuditFile, data_dir: DataDir, as_json: AsJson = False) -> None:
    """Show the machine, totals, selections, events and findings of every report in a file."""
    from cvd_desktop.services.dex_files import show_file
    from cvd_shared.dex.report_json import document_text

    del data_dir  # no database is needed, the option is there for every command
    told = show_file(file)
    if as_json:
        print_pieces(document_text(told))
    else:
        for number, report in enumerate(told.reports, 1):
            print_report(report, f"Report {number} of {told.total}")
        if told.total:
            print_outside(told.rest)
    if not told.total:
        raise Problem("no_report", ExitCode.USAGE, path=str(file))


def dex_check(
    file: AuditFile,
    data_dir: DataDir,
    output: Annotated[
        Path | None,
        typer.Option("-o", metavar="FILE", help="Write a page to print: FILE.html or FILE.txt."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check every report in a file against EVA-DTS 6.2.2: findings, rules, what to change.

    The exit code is 0 with findings too; 2 only for a file without a report.

    --json prints {"file", "bytes", "reports": [{"communication_id", "version", "maker", "machine",
    "machine_clock", "integrity", "counts": {"error", "warning", "info"}, "findings": [{"severity",
    "code", "line", "lines", "times", "message", "rule", "chapter", "advice"}]}], "outside": [],
    "findings": [of the file as a whole]}.
    """
    from cvd_desktop.services.conformance_text import conformance_text, judgement
    from cvd_desktop.services.dex_check import check_file, document, write_checked

    del data_dir
    checked = check_file(file)
    if output is not None and checked.reports:
        write_checked(checked, output)
        say(f"Written: {output}")
    if as_json:
        print_json(document(checked))
    elif checked.reports and output is not None:
        for number, report in enumerate(checked.reports, 1):
            print_line(f"Report {number} of {len(checked.reports)}: {judgement(report)}")
    elif checked.reports:
        print_line(conformance_text(checked).rstrip("\n"))
    if not checked.reports:
        raise Problem("no_report", ExitCode.USAGE, path=str(file))


def dex_diff(
    old: Annotated[Path, typer.Argument(metavar="OLD", help='The earlier file, "-" for stdin.')],
    new: Annotated[Path, typer.Argument(metavar="NEW", help='The later file, "-" for stdin.')],
    data_dir: DataDir,
    every_selection: Annotated[
        bool, typer.Option("--all", help="Selections without a sale too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show sales, cash and events between two reads of a machine, each figure with its class.

    Of a file with several reports the first whole one is taken; of the same file given twice the
    first and the last. The exit code is 0 whatever the class of the pair.

    --json prints {"old", "new", "turned_round", "kind", "text", "trusted", "evidence", "units",
    "value", "units_from", "value_from", "currency", "decimal_places", "selections": [{"selection",
    "units", "value", "class", "before", "now", ...}], "counters", "payments", "cash", "events",
    "foreign", "rebuilt"}; services/dex_diff.py has them all.
    """
    from cvd_desktop.services.dex_diff import diff_files, document

    del data_dir
    told = document(diff_files(old, new))
    if as_json:
        print_json(told)
    else:
        print_difference(told, every_selection=every_selection)
