"""`cvd-server import-bundle`: unsent work that came on a USB stick."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from cvd_server.command_parts import DatabaseOption, opened, settings_for, wrong
from cvd_server.safe_files import whole_file


def register(app: typer.Typer) -> None:
    app.command("import-bundle")(import_bundle)


def import_bundle(
    file: Annotated[Path, typer.Argument(help="the .cvdbundle that a laptop wrote")],
    receipt: Annotated[
        Path | None, typer.Option(help="where the receipt goes; else beside the file")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    database: DatabaseOption = None,
) -> None:
    """Take a bundle in and write the receipt for the laptop that made it.

    Taken twice it gives the same receipt. What is not taken is a sentence and exit code 2.
    """
    from cvd_server.answers import ApiError
    from cvd_server.app import make_services
    from cvd_server.bundle_intake import take_bundle
    from cvd_shared.bundle_format import RECEIPT_SUFFIX

    settings = settings_for(database)
    with opened(settings):
        pass  # what is wrong with the database is said here
    with _readable(file):
        data = file.read_bytes()
    services = make_services(settings)
    try:
        taken = take_bundle(services, data, None)
    except ApiError as error:
        raise wrong(f"{error.code}: {error.message} Nothing of it was taken.") from error
    finally:
        services.database.close()
    target = receipt or file.with_suffix(RECEIPT_SUFFIX)
    with _readable(target), whole_file(target) as out:
        out.write(taken.receipt)
    facts = {
        "bundle": taken.answer.bundle_id,
        "state": taken.answer.state,
        "user": taken.header.user_name,
        "receipt": str(target),
        **taken.outcomes,
    }
    if as_json:
        print(json.dumps(facts, indent=1))
        return
    if taken.answer.state == "known":
        print("It was taken in before; this is the receipt of then.")
    elif not taken.outcomes:
        print("Nobody asks for its files yet: take in the first file of the export, then this one.")
    else:
        print(", ".join(f"{count} {outcome}" for outcome, count in taken.outcomes.items()))
    print(target)


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise wrong(f"{path}: {error.strerror or error}.") from error
