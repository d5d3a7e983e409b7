"""`cvd`: the services of CVD Desktop without a window.

To add commands: 1. a file `<area>_commands.py` with `add_to(app)`, whose functions import what is
heavy when they run; 2. its line in `build_app`; 3. its line in the table of the README.
"""

import typer

from cvd_desktop.cli import (
    dex_commands,
    outbox_commands,
    part_commands,
    person_commands,
    port_commands,
    read_commands,
    route_commands,
    setup_command,
    sync_commands,
    visit_commands,
    vm_command,
    write_command,
)
from cvd_desktop.cli.command_line import Commands
from cvd_desktop.cli.options import choose_person


def build_app() -> typer.Typer:
    """All commands; the composition root adds its own (demo, window) and calls it."""
    app = typer.Typer(
        name="cvd",
        cls=Commands,
        help="Reads vending machines, records field work offline, syncs it without loss.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(choose_person)
    for commands in (
        port_commands,
        read_commands,
        dex_commands,
        sync_commands,
        person_commands,
        outbox_commands,
        route_commands,
        setup_command,
        visit_commands,
        vm_command,
        part_commands,
        write_command,
    ):
        commands.add_to(app)
    return app
