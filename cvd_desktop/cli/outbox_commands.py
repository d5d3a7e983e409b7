"""`cvd outbox`: what was recorded, and unsent work as a file with the receipt for it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cvd_desktop.cli.command_line import opened, print_json, print_line, print_table, say
from cvd_desktop.cli.options import AsJson, DataDir
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.domain.bundle_records import CarriedBundle
    from cvd_desktop.domain.records import OutboxEntry
    from cvd_desktop.services.workplace import Workplace

_PAGE = 500


def add_to(app: typer.Typer) -> None:
    outbox_app = typer.Typer(
        help="Every record of this laptop with its state.", invoke_without_command=True
    )
    outbox_app.callback()(outbox)
    outbox_app.command("export")(export)
    outbox_app.command("import")(take)
    outbox_app.command("receipts")(receipts)
    app.add_typer(outbox_app, name="outbox")


def outbox(context: typer.Context, data_dir: DataDir, as_json: AsJson = False) -> None:
    """Every record of this laptop with its state: refused, waiting, the rest; newest first."""
    if context.invoked_subcommand is not None:
        return
    from cvd_desktop.services.carried import list_carried
    from cvd_desktop.services.record_words import reason_of, state_of, title_of

    with opened(data_dir, shut_too=True) as workplace:
        entries = list(_all_entries(workplace))
        carried = list_carried(workplace)
    if as_json:
        print_json(
            {
                "records": [_as_json(each) for each in entries],
                "carried": [_carried_json(each) for each in carried],
            }
        )
        return
    if entries:
        print_table(
            ("At", "Record", "State", "Reason"),
            [
                (
                    each.recorded_at.astimezone().strftime("%Y-%m-%d %H:%M"),
                    title_of(each),
                    state_of(each),
                    reason_of(each),
                )
                for each in entries
            ],
        )
    else:
        say("Nothing has been recorded on this laptop yet.")
    for one in carried:
        say(f"Carried for {one.user_name or 'a colleague'}: {_carried_words(one)}.")


def export(
    data_dir: DataDir,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="A file, or a folder for it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Write everything unsent into one locked and signed file, for a USB stick."""
    from cvd_desktop.services.bundles import export_bundle

    with opened(data_dir, shut_too=True) as workplace:
        made = export_bundle(workplace, output)
    if as_json:
        print_json(
            {
                "file": str(made.path),
                "bundle": made.bundle_id,
                "records": made.events,
                "attachments": made.attachments,
                "left_out": made.left_out,
                "files": made.files,
                "bytes": made.size,
            }
        )
        return
    print_line(str(made.path))
    say(f"{made.events} records, {made.attachments} attachments. They stay here until the receipt.")
    if made.files > 1:
        say(f"They are in {made.files} files, numbered _2 and on: take all of them.")
    if made.left_out:
        say(f"{made.left_out} files stay on this laptop only: no room for them, or too large.")


def take(
    data_dir: DataDir,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt, or a bundle.")],
    as_json: AsJson = False,
) -> None:
    """Take the receipt for an export, or a colleague's bundle to carry it to the server."""
    from cvd_desktop.domain.bundle_records import ReceiptTaken
    from cvd_desktop.services.carried import take_file

    with opened(data_dir, shut_too=True) as workplace:
        taken = take_file(workplace, file)
    if isinstance(taken, ReceiptTaken):
        if as_json:
            print_json(
                {
                    "kind": "receipt",
                    "bundle": taken.bundle_id,
                    "answered": taken.news,
                    "refused": taken.refused,
                    "waiting": taken.waiting,
                }
            )
        else:
            print_line(
                f"{taken.news} records have their answer, {taken.refused} of them were refused; "
                f"{taken.waiting} wait"
            )
        return
    if as_json:
        print_json(
            {
                "kind": "bundle",
                "bundle": taken.bundle_id,
                "user": taken.user_name,
                "records": taken.events,
                "news": taken.news,
            }
        )
    else:
        print_line(f"{taken.events} records of {taken.user_name} go with the next sync")


def receipts(
    data_dir: DataDir,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Copy the receipts there."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """What is carried for colleagues; with -o their receipts are copied, for the way back."""
    from cvd_desktop.domain.bundle_records import CarriedState
    from cvd_desktop.services.carried import list_carried

    with opened(data_dir, shut_too=True) as workplace:
        carried = list_carried(workplace)
        if output is not None:
            _copy([each for each in carried if each.state is CarriedState.RECEIPT], output)
    if as_json:
        print_json({"carried": [_carried_json(each) for each in carried]})
    elif carried:
        print_table(
            ("Of", "State", "File"),
            [(each.user_name or "?", _carried_words(each), str(each.path)) for each in carried],
        )
    else:
        say("Nothing of colleagues is carried on this laptop.")


def _copy(carried: list["CarriedBundle"], folder: Path) -> None:
    for each in carried:
        target = folder / each.path.name
        try:
            shutil.copyfile(each.path, target)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Problem(
                "bundle_not_written", ExitCode.USAGE, path=str(target), reason=reason
            ) from error


def _carried_words(one: "CarriedBundle") -> str:
    from cvd_desktop.services.words import words

    if one.code is not None:
        return f"refused: {words(one.code, {'path': one.path.name}).what}"
    return {
        "waiting": f"{one.events} records, with the next sync",
        "receipt": "on the server, the receipt is here",
    }[one.state]


def _as_json(each: "OutboxEntry") -> dict[str, object]:
    from cvd_desktop.domain.clock import to_wire

    return {
        "id": each.op_id,
        "seq": each.seq,
        "type": each.type,
        "machine": each.machine_asset,
        "place": each.place,
        "at": to_wire(each.recorded_at),
        "state": str(each.state),
        "answered_at": each.answered_at and to_wire(each.answered_at),
        "outcome": each.outcome,
        "code": each.code,
        "message": each.message,
        "attempts": each.attempts,
        "next_try_at": each.next_try_at and to_wire(each.next_try_at),
        "exported_at": each.exported_at and to_wire(each.exported_at),
    }


def _carried_json(one: "CarriedBundle") -> dict[str, object]:
    from cvd_desktop.domain.clock import to_wire

    return {
        "bundle": one.bundle_id,
        "user": one.user_name,
        "made_at": one.made_at and to_wire(one.made_at),
        "records": one.events,
        "state": str(one.state),
        "code": one.code,
        "file": str(one.path),
    }


def _all_entries(workplace: "Workplace") -> Iterator["OutboxEntry"]:
    from cvd_desktop.services.outbox import list_outbox

    offset = 0
    while page := list_outbox(workplace, offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)
