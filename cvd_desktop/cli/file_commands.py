"""`cvd reads import`, `cvd reads export`: files in and out."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cvd_desktop.cli.command_line import opened, print_json, print_line, print_table, say, tell
from cvd_desktop.cli.interrupt import cancelled_by_ctrl_c
from cvd_desktop.cli.options import AsJson, DataDir
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.domain.import_records import FileLeft, ImportReport, ImportStep
    from cvd_desktop.services.workplace import Workplace


def add_to(reads_app: typer.Typer) -> None:
    """To the commands of `cvd reads`."""
    reads_app.command("import")(reads_import)
    reads_app.command("export")(reads_export)


class Format(StrEnum):
    RAW = "raw"
    JSON = "json"
    CSV = "csv"
    XLSX = "xlsx"


def reads_import(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files, folders, zips with reports.")
    ],
    data_dir: DataDir,
    as_json: AsJson = False,
) -> None:
    """Make reads of the reports in files, folders and zips; each report is kept once."""
    from cvd_desktop.services.import_reads import import_files

    with opened(data_dir) as workplace, cancelled_by_ctrl_c() as cancelled:
        line = _ImportLine()
        report = import_files(workplace, paths, on_progress=line, cancelled=cancelled)
        line.end()
    if as_json:
        print_json(
            {
                "files": report.files,
                "bytes": report.bytes,
                "seconds": round(report.seconds, 3),
                "cancelled": report.cancelled,
                "reads": list(report.reads),
                "duplicates": [
                    {"file": each.file, "number": each.number, "read": each.read_id}
                    for each in report.duplicates
                ],
                "without_report": [_left_json(each) for each in report.without_report],
                "skipped": [_left_json(each) for each in report.skipped],
            }
        )
    else:
        _print_report(report)
    if report.problem is not None:
        tell(report.problem)
        raise typer.Exit(int(report.problem.exit_code))
    if not report.reads and not report.duplicates and not report.cancelled:
        say("No EVA-DTS report was found.")
        raise typer.Exit(int(ExitCode.USAGE))


def reads_export(
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help='"-" is standard output.')
    ],
    data_dir: DataDir,
    read_ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="As `cvd reads` says.")
    ] = None,
    wanted: Annotated[
        Format | None,
        typer.Option("--format", help="Default: as the suffix of FILE says, else raw."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every read on this laptop.")] = False,
    machine: Annotated[
        str | None, typer.Option("--machine", metavar="ASSET", help="Every read of this machine.")
    ] = None,
) -> None:
    """Reads in one file: the raw bytes exactly as received, or as JSON, CSV or XLSX."""
    from cvd_desktop.services.export_reads import (
        ExportFormat,
        export_chunks,
        export_reads,
        format_of,
    )

    format_ = ExportFormat(wanted) if wanted else format_of(output)
    to_pipe = str(output) == "-"
    if sum((bool(read_ids), every, machine is not None)) != 1:
        raise typer.BadParameter("Give the ids of reads, or --all, or --machine.")
    if to_pipe and format_ is ExportFormat.XLSX:
        raise typer.BadParameter("A workbook needs a file.")
    with opened(data_dir) as workplace, cancelled_by_ctrl_c() as cancelled:
        chosen = read_ids or _ids_of(workplace, machine)
        if to_pipe:
            for chunk in export_chunks(workplace, chosen, format_):
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        size = export_reads(workplace, chosen, output, format_, cancelled=cancelled)
    say(f"{size} bytes are in {output}.")


def _ids_of(workplace: "Workplace", asset: str | None) -> list[str]:
    """Reads of a machine, or all of them; oldest first. Raises Problem("nothing_to_export")."""
    from cvd_desktop.services.reads import list_reads

    found = [
        read.id
        for read in reversed(list_reads(workplace, limit=None))
        if asset is None or read.machine_asset == asset
    ]
    if not found:
        raise Problem("nothing_to_export", ExitCode.USAGE)
    return found


def _left_json(left: "FileLeft") -> dict[str, str]:
    from cvd_desktop.services.import_reasons import left_words

    return {"file": left.file, "reason": left.reason, "message": left_words(left)}


def _print_report(report: "ImportReport") -> None:
    from cvd_desktop.services.import_reasons import left_words

    if report.cancelled:
        print_line("Cancelled. What was imported until then is kept.")
    print_line(
        f"{report.files} files: {len(report.reads)} new reads, "
        f"{len(report.duplicates)} duplicates, {len(report.without_report)} without a report, "
        f"{len(report.skipped)} skipped"
    )
    left = [(each.file, left_words(each)) for each in (*report.skipped, *report.without_report)]
    twice = [(each.file, f"Here already as {each.read_id}.") for each in report.duplicates]
    if left or twice:
        print_line("")
        print_table(("File", "Why it gave no new read"), [*left, *twice])


class _ImportLine:
    """One line on a terminal that is written over; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def __call__(self, step: "ImportStep") -> None:
        if not self._shown:
            return
        text = f"{step.part:4.0%}  {step.phase}  {step.files} of {step.files_found} files"
        text += f"  {step.reads} of {step.reads_found} reads, {step.duplicates} duplicates"
        if step.seconds_left is not None:
            text += f"  {step.seconds_left:.0f} s left"
        print(f"{text:<78}", end="\r", file=sys.stderr, flush=True)

    def end(self) -> None:
        if self._shown:
            print(file=sys.stderr, flush=True)
