"""`cvd sign-in`, `cvd sign-out`, `cvd sync`: everything about the server."""

from typing import TYPE_CHECKING, Annotated

import typer

from cvd_desktop.cli.command_line import (
    asker,
    opened,
    print_json,
    print_line,
    say,
    tell,
    typed_secret,
)
from cvd_desktop.cli.options import AsJson, DataDir, only_text
from cvd_desktop.domain.problem import ExitCode, Problem

if TYPE_CHECKING:
    pass

_DIGESTS = {
    "ok": "both sides agree",
    "repaired": "something was missing and was fetched anew; both sides agree now",
    "unknown": "not compared",
}


def add_to(app: typer.Typer) -> None:
    app.command("sign-in")(sign_in)
    app.command("sign-out")(sign_out)
    app.command("sync")(sync)


def sign_in(
    data_dir: DataDir,
    server: Annotated[
        str, typer.Option("--server", metavar="URL", envvar="CVD_SERVER", help="https://...")
    ],
    user: Annotated[str, typer.Option("--user", metavar="NAME", callback=only_text)],
    as_json: AsJson = False,
) -> None:
    """Sign in to the server; the password is read from stdin or asked for.

    Somebody else's records stay by themselves: each person has an own folder. Where the office
    wants a new password, it is asked for too, on stdin in the next line.
    """
    from cvd_desktop.services.sign_in import change_password, sign_in_here
    from cvd_desktop.services.workplace import this_laptop

    laptop, password = this_laptop(data_dir), typed_secret("Password: ")
    done = sign_in_here(laptop, server, user, password, ask_passphrase=asker(data_dir))
    session = done.session
    if done.must_change_password:
        say("The office wants you to choose a new password.")
        with opened(done.folder, shut_too=True) as workplace:
            change_password(workplace, password, typed_secret("New password: "))
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

    with opened(data_dir, shut_too=True) as workplace:
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
    metered: Annotated[
        bool, typer.Option("--metered", help="Photos wait for a line that is not paid by amount.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Send what was recorded, fetch what the office has changed."""
    from cvd_desktop.services.drain_others import drain_others
    from cvd_desktop.services.server_line import exit_code_of
    from cvd_desktop.services.sync_now import sync_now

    with opened(data_dir, shut_too=True) as workplace:
        report = sync_now(workplace, server=server, attachment_seconds=None, metered=metered)
        if report.problem is None:
            waiting = drain_others(workplace.laptop, data_dir, lambda: False, metered=metered)
            if waiting:
                say(f"{waiting} records of other people wait on this laptop.")
    if as_json:
        print_json(
            {
                "pushed": report.pushed,
                "pulled": report.pulled,
                "waiting": report.waiting,
                "refused": report.refused,
                "digest": report.digest,
                "attachments": {
                    "sent": report.attachments_sent,
                    "waiting": report.attachments_waiting,
                },
            }
        )
    else:
        print_line(
            f"{report.pushed} sent, {report.pulled} fetched, {report.waiting} waiting, "
            f"{report.refused} refused; {_DIGESTS[report.digest]}"
        )
        if report.attachments_sent or report.attachments_waiting:
            print_line(
                f"{report.attachments_sent} files sent, {report.attachments_waiting} files waiting"
            )
    if report.problem is not None:
        code = exit_code_of(report.problem)
        tell(Problem(report.problem, code))
        raise typer.Exit(int(code))
    if report.newly_refused:
        say(f"The server refused {report.newly_refused} records; `cvd outbox` says why.")
        raise typer.Exit(int(ExitCode.REFUSED))
