"""The options that every command shares."""

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cvd_desktop.services.data_folder import default_data_dir
from cvd_desktop.services.people import folder_in_use, folder_named

DATA_DIR_KEY = "cvd.data_dir"
PERSON_KEY = "cvd.person"

_ValueT = TypeVar("_ValueT", str, list[str], str | None)


def only_text(value: _ValueT) -> _ValueT:
    """Of an option that is kept or sent: bytes of the command line that are no text are neither."""
    texts = value if isinstance(value, list) else [value or ""]
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError as error:
        raise typer.BadParameter("it is no text in UTF-8") from error
    return value


def _resolve(context: typer.Context, value: Path) -> Path:
    """The folder of the person that is meant, in the data folder of this laptop."""
    laptop = value.expanduser().absolute()
    person = context.meta.get(PERSON_KEY)
    folder = folder_named(laptop, person) if person else folder_in_use(laptop)
    context.meta[DATA_DIR_KEY] = folder  # where a report of a bug goes
    return folder


def choose_person(
    context: typer.Context,
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            metavar="NAME",
            envvar="CVD_PERSON",
            help="Whose records, as `cvd people` names them. Default: who used this laptop last.",
        ),
    ] = None,
) -> None:
    """What is said before the name of a command."""
    context.meta[PERSON_KEY] = person


DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        envvar="CVD_DATA_DIR",
        default_factory=default_data_dir,
        callback=_resolve,
        file_okay=False,
        help="Folder of the local database. Default: this person's folder of the system.",
        show_default=False,
    ),
]

AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]

PortName = Annotated[
    str,
    typer.Option("--port", metavar="PORT", callback=only_text, help="As `cvd ports` says."),
]

MeantMachine = Annotated[
    str | None,
    typer.Option(
        "--machine", metavar="ASSET", callback=only_text, help="The machine it should be."
    ),
]
