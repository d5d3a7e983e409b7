"""`cvd sign-in`, `cvd sign-out`, `cvd sync`, `cvd outbox`: everything about the server."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from cvd_desktop.cli.command_line import (
    opened,
    print_json,
    print_line,
    print_table,
    say,
    tell,
    typed_secret,
)
from cvd_desktop.cli.options import AsJson, DataDir, only_text
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    from cvd_desktop.domain.records import OutboxEntry
    from cvd_desktop.services.workplace import Workplace

_PAGE = 500
_DIGESTS = {
    "ok": "both sides agree",
    "repaired": "something was missing and was fetched anew; both sides agree now",
    "unknown": "not compared",
}


def add_to(app: typer.Typer) -> None:
    app.command("sign-in")(sign_in)
    app.command("sign-out")(sign_out)
    app.command("sync")(sync)
    app.command("outbox")(outbox)


def sign_in(
    data_dir: DataDir,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", envvar="CVD_SERVER", help="https://...")
    ],
    user: Annotated[str, typer.Option("--user", metavar="NAME", callback=only_text)],
    as_json: AsJson = False,
) -> None:
    """Sign in to the server; the password is read from stdin or asked for."""
    from cvd_desktop.services.sign_in import sign_in as sign_in_now

    with opened(data_dir) as workplace:
        session = sign_in_now(workplace, server, user, typed_secret("Password: "))
    if as_json:
        print_json(
            {
                "server": session.server,
                "user": session.user_name,
                "role": session.role,
                "operator": session.operator_name,
                "device": session.device_id,
            }
        )
    else:
        say(f"Signed in as {session.user_name} ({session.role}) of {session.operator_name}.")


def sign_out(data_dir: DataDir) -> None:
    """Forget the sign-in. What was recorded stays, unsent records too."""
    from cvd_desktop.services.outbox import sync_status
    from cvd_desktop.services.sign_in import sign_out as sign_out_now

    with opened(data_dir) as workplace:
        sign_out_now(workplace)
        waiting = sync_status(workplace).waiting
    say(f"Signed out. {waiting} records are kept here until you sign in again.")


def sync(
    data_dir: DataDir,
    server: Annotated[
        str | None,
        typer.Option(
            "--server", metavar="URL", envvar="CVD_SERVER", help="Another address for this once."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Send what was recorded, fetch what the office has changed."""
    from cvd_desktop.services.server_line import exit_code_of
    from cvd_desktop.services.sync_now import sync_now

    with opened(data_dir) as workplace:
        report = sync_now(workplace, server=server)
    if as_json:
        print_json(
            {
                "pushed": report.pushed,
                "pulled": report.pulled,
                "waiting": report.waiting,
                "refused": report.refused,
                "digest": report.digest,
            }
        )
    else:
        print_line(
            f"{report.pushed} sent, {report.pulled} fetched, {report.waiting} waiting, "
            f"{report.refused} refused; {_DIGESTS[report.digest]}"
        )
    if report.problem is not None:
        code = exit_code_of(report.problem)
        tell(Problem(report.problem, code))
        raise typer.Exit(int(code))
    if report.newly_refused:
        say(f"The server refused {report.newly_refused} records; `cvd outbox` says why.")
        raise typer.Exit(int(ExitCode.REFUSED))


def outbox(data_dir: DataDir, as_json: AsJson = False) -> None:
    """Every record of this laptop with its state: refused, waiting, the rest; newest first."""
    from cvd_desktop.domain.clock import to_wire
    from cvd_desktop.services.record_words import reason_of, state_of, title_of

    with opened(data_dir) as workplace:
        entries = list(_all_entries(workplace))
    if as_json:
        print_json(
            {
                "records": [
                    {
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
                    }
                    for each in entries
                ]
            }
        )
    elif entries:
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


def _all_entries(workplace: "Workplace") -> Iterator["OutboxEntry"]:
    from cvd_desktop.services.outbox import list_outbox

    offset = 0
    while page := list_outbox(workplace, offset=offset, limit=_PAGE):
        yield from page
        offset += len(page)
