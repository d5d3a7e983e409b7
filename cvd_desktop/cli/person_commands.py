"""`cvd people`, `cvd pin`, `cvd remove-person`: whose records are here, and who opens them."""

from typing import Annotated

import typer

from cvd_desktop.cli.command_line import opened, print_json, print_table, say, shown, typed_secret
from cvd_desktop.cli.options import AsJson, DataDir, only_text


def add_to(app: typer.Typer) -> None:
    app.command("people")(people)
    app.command("pin")(pin)
    app.command("remove-person")(remove_person)


def people(data_dir: DataDir, as_json: AsJson = False) -> None:
    """The people who have records on this laptop; the one who used it last first."""
    from cvd_desktop.services.data_folder import laptop_folder
    from cvd_desktop.services.key_lock import has_pin
    from cvd_desktop.services.people import folder_of, load_people

    laptop = laptop_folder(data_dir)
    found = load_people(laptop)
    lines = [(each, has_pin(folder_of(laptop, each.id))) for each in found.all]
    if as_json:
        print_json(
            {
                "people": [
                    {
                        "id": each.id,
                        "name": each.name or None,
                        "operator": each.operator or None,
                        "role": each.role or None,
                        "server": each.server or None,
                        "current": each.id == found.current,
                        "pin": locked,
                        "last_used": each.last_used or None,
                    }
                    for each, locked in lines
                ]
            }
        )
    elif lines:
        print_table(
            ("Name", "Operator", "Role", "PIN", "Id"),
            [
                (
                    each.name or "nobody yet",
                    shown(each.operator or None),
                    shown(each.role or None),
                    "yes" if locked else "no",
                    each.id,
                )
                for each, locked in lines
            ],
        )
    else:
        say("Nobody has records on this laptop yet.")


def pin(
    data_dir: DataDir,
    off: Annotated[bool, typer.Option("--off", help="Lock with no PIN any more.")] = False,
) -> None:
    """Lock this person's records with a PIN, which is read from stdin or asked for."""
    from cvd_desktop.services.person_lock import set_own_pin, take_pin_away

    with opened(data_dir) as workplace:
        if off:
            take_pin_away(workplace)
            say("No PIN is asked for any more.")
            return
        set_own_pin(workplace, typed_secret("New PIN, 4 to 12 digits: "))
    say("The PIN is asked for from now on.")


def remove_person(
    data_dir: DataDir,
    confirm: Annotated[
        str,
        typer.Option(
            "--confirm",
            metavar="NUMBER",
            callback=only_text,
            help="How many records wait, to delete them here all the same.",
        ),
    ] = "",
) -> None:
    """Delete this person's data from this laptop. Only when everything has been sent, or when the
    file that `cvd outbox export` made is still where it was and its number is typed."""
    from cvd_desktop.services.wipe import remove_person as remove

    with opened(data_dir, shut_too=True) as workplace:
        remove(workplace, confirm)
    say("The data of this person are no longer on this laptop.")
