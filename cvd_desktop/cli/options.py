"""The options that every command shares."""

from pathlib import Path
from typing import Annotated, TypeVar

import typer

from cvd_desktop.services.data_folder import default_data_dir

DATA_DIR_KEY = "cvd.data_dir"

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
    data_dir = value.expanduser().absolute()
    context.meta[DATA_DIR_KEY] = data_dir  # where a report of a bug goes
    return data_dir


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
