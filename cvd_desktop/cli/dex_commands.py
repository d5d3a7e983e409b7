"""`cvd dex`: what EVA-DTS files say."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from cvd_desktop.cli.command_line import print_json, print_line, print_table, shown
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
            _print_report(report, f"Report {number} of {len(document['reports'])}")
        if document["outside"]:
            print_line(f"{len(document['outside'])} lines belong to no report.")
    if not document["reports"]:
        raise Problem("no_report", ExitCode.USAGE, path=str(file))


def _print_report(report: dict[str, Any], title: str) -> None:
    decimals = report["decimal_places"]
    machine, integrity = report["machine"], report["integrity"]
    print_line(title)
    print_line(f"  Machine    {_facts(machine)}")
    print_line(f"  Sent by    {shown(report['communication_id'])}, {shown(report['version'])}")
    print_line(
        f"  Integrity  G85 {integrity['g85']}, "
        f"{integrity['segments_counted']} of {shown(integrity['segments_declared'])} segments, "
        f"{'complete' if integrity['complete'] else 'not complete'}"
    )
    print_line(f"  Currency   {shown(report['currency'])}, {decimals} decimals")
    print_line("")
    print_table(
        ("Total", "since init", "since reset"),
        [
            ("paid vends", *_pair(report["totals"], "number_of_paid_vends", None)),
            ("value", *_pair(report["totals"], "value_of_paid_vends", decimals)),
        ],
    )
    for table in _tables(report, decimals):
        print_line("")
        print_table(*table)
    print_line("")


def _tables(
    report: dict[str, Any], decimals: int
) -> Iterator[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    if report["selections"]:
        yield (
            ("Selection", "Price", "Product", "Sold", "Value", "Sold since reset", "Value"),
            [
                (
                    shown(each["selection"]),
                    shown(each["price"], decimals),
                    shown(each["product"]),
                    shown(each["sold_since_init"]),
                    shown(each["value_since_init"], decimals),
                    shown(each["sold_since_reset"]),
                    shown(each["value_since_reset"], decimals),
                )
                for each in report["selections"]
            ],
        )
    if report["events"]:
        yield (
            ("Event", "Meaning", "since reset", "since init", "active", "at"),
            [
                (
                    shown(each["code"]),
                    shown(each["text"]),
                    shown(each["since_reset"]),
                    shown(each["since_init"]),
                    {None: "", True: "yes", False: "no"}[each["active"]],
                    each["at"] or "",
                )
                for each in report["events"]
            ],
        )
    if report["findings"]:
        yield (
            ("Finding", "Line", "Code", "What"),
            [
                (each["severity"], str(each["line"]), each["code"], each["message"])
                for each in report["findings"]
            ],
        )


def _facts(machine: dict[str, Any]) -> str:
    words = {
        "asset_number": "asset",
        "serial_number": "serial",
        "model": "model",
        "control_board": "board",
    }
    return ", ".join(f"{word} {shown(machine[name])}" for name, word in words.items())


def _pair(totals: dict[str, Any], name: str, decimals: int | None) -> tuple[str, str]:
    return (
        shown(totals[f"{name}_since_init"], decimals),
        shown(totals[f"{name}_since_reset"], decimals),
    )
