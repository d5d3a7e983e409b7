"""`cvd-server replay`: judge again what was set aside; also the last step of `migrate`."""

import json
from typing import Annotated

import typer

from cvd_server.attachment_store import make_store
from cvd_server.clock import system_clock
from cvd_server.command_parts import DatabaseOption, opened, settings_for
from cvd_server.settings import Settings
from cvd_shared.ids import IdMaker


def register(app: typer.Typer) -> None:
    app.command("replay")(replay_command)


def replay_command(
    event: Annotated[
        str | None, typer.Option(help="only this one (its id), whatever stood against it")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="it is JSON anyway")] = False,
    database: DatabaseOption = None,
) -> None:
    """Judge events again that were set aside: what this server understands by now counts."""
    del as_json
    print(json.dumps(replay_with(settings_for(database), event), indent=1))


def replay_with(settings: Settings, event: str | None = None) -> dict[str, int]:
    """How many events were tried, applied, and are still set aside."""
    from cvd_server.replay import replay  # other commands need no Flask

    with opened(settings) as target:
        report = replay(
            target, system_clock, IdMaker(system_clock), event=event, store=make_store(settings)
        )
    return report.as_json()
