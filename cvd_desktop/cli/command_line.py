"""What every command does the same way: open the data folder, print, tell problems, exit codes."""

import errno
import getpass
import json
import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from cvd_desktop.cli.options import DATA_DIR_KEY
from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.services.data_folder import default_data_dir

if TYPE_CHECKING:
    from cvd_desktop.services.workplace import Workplace

LOG_FILE = Path("logs") / "cvd.log"
_LOG_BYTES = 1_000_000

_log = logging.getLogger("cvd")

_NO_CONTROLS = {
    number: "\N{REPLACEMENT CHARACTER}"
    for number in (*range(32), *range(127, 160))
    if chr(number) not in "\n\r\t"
}
"""What others wrote (a note, a server's sentence) may hold commands to the terminal."""


class Commands(TyperGroup):
    """The root of all commands: here an exception becomes sentences and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        with _logged(ctx):
            return self._told(ctx)

    def _told(self, ctx: Any) -> Any:
        try:
            return self._invoke(ctx)
        except (typer.Exit, typer.Abort, TyperException):
            raise
        except Exception as error:
            if isinstance(error, OSError) and error.errno == errno.EPIPE:
                raise  # whoever read our output has gone; typer ends quietly
            report = _report(ctx.meta.get(DATA_DIR_KEY))
            say(f"This program made a mistake ({type(error).__name__}). What was recorded is kept.")
            say(f"A report for support is in {report}." if report else "It could not be reported.")
            raise typer.Exit(int(ExitCode.BUG)) from error

    def _invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            tell(problem)
            raise typer.Exit(int(problem.exit_code)) from problem


@contextmanager
def opened(data_dir: Path, *, shut_too: bool = False) -> Iterator["Workplace"]:
    """The workplace of this command; passphrase or PIN are asked for where they have to be.

    `shut_too`: also on a laptop that the office has locked, as for sending and exporting.
    """
    from cvd_desktop.services.device_policy import LOCK, device_policy
    from cvd_desktop.services.sign_in import leave, take_up
    from cvd_desktop.services.wipe import finish_wipe, wipe_begun
    from cvd_desktop.services.workplace import open_workplace

    workplace = open_workplace(data_dir, ask_passphrase=asker(data_dir))
    take_up(workplace)
    try:
        if not shut_too and device_policy(workplace) == LOCK:
            raise Problem("device_locked", ExitCode.REFUSED)
        yield workplace
    finally:
        leave(workplace)
        if wipe_begun(data_dir):
            finish_wipe(workplace.laptop, data_dir)


def say(text: str) -> None:
    """A message for the person; facts go to stdout by `print_json` and `print_table`."""
    print(text.translate(_NO_CONTROLS), file=sys.stderr, flush=True)


def tell(problem: Problem) -> None:
    """What happened, what is safe, what to do, who acts."""
    from cvd_desktop.services.words import words

    said = words(problem.code, problem.values)
    for sentence in (said.what, said.safe, said.do):
        if sentence:
            say(sentence)
    if said.who:
        say(f"Who acts: {said.who}.")


def print_json(document: Mapping[str, Any]) -> None:
    """One JSON document; what UTF-8 cannot carry is escaped, so that it is always JSON."""
    _print(json.dumps(document, ensure_ascii=False, indent=2))


def print_pieces(pieces: Iterable[str]) -> None:
    """One document that is printed while it is made."""
    for piece in pieces:
        _print(piece, end="")
    _print("")


def print_line(text: str) -> None:
    """One line of facts on stdout."""
    _print(text.translate(_NO_CONTROLS))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns as wide as their widest text, figures where they are."""
    widths = [max(len(row[n]) for row in (titles, *rows)) for n in range(len(titles))]
    for row in (titles, *rows):
        cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        print_line("  ".join(cells).rstrip())


def typed_secret(prompt: str) -> str:
    """From the terminal without echo, else a line of stdin; "" where that is closed."""
    if sys.stdin is None:
        return ""
    if sys.stdin.isatty():
        return getpass.getpass(prompt, sys.stderr)
    return sys.stdin.readline().rstrip("\r\n")


def shown(value: str | int | None, decimals: int | None = None) -> str:
    """A fact as text, "?" when it is not known; with `decimals` an amount in minor units."""
    if value is None:
        return "?"
    if decimals is None or isinstance(value, str):
        return str(value)
    whole, rest = divmod(abs(value), 10**decimals)
    sign = "-" if value < 0 else ""
    return f"{sign}{whole}.{rest:0{decimals}}" if decimals else f"{sign}{whole}"


def _print(text: str, end: str = "\n") -> None:
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    print(text, end=end, flush=True)


def asker(data_dir: Path) -> Callable[[], str | None] | None:
    """Asks for what opens this folder; None where there is no terminal to ask on."""
    if sys.stdin is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    def ask() -> str | None:
        from cvd_desktop.services.database_key import has_passphrase
        from cvd_desktop.services.key_lock import has_pin

        if has_passphrase(data_dir):
            return getpass.getpass("Passphrase of the local database: ", sys.stderr)
        if has_pin(data_dir):
            return getpass.getpass("PIN, password or recovery code: ", sys.stderr)
        say("This computer has no key store, so a passphrase protects the local database.")
        say("It cannot be recovered: without it nothing that is kept here can be read.")
        first = getpass.getpass("New passphrase: ", sys.stderr)
        if first and getpass.getpass("Again: ", sys.stderr) != first:
            raise Problem("passphrases_differ", ExitCode.USAGE)
        return first or None

    return ask


class _Warnings(logging.Handler):
    """Keeps what the program logs: without a handler it stood between the sentences."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _logged(ctx: Any) -> Iterator[None]:
    """What the parts of the program log in here goes into the log file of the data folder."""
    ours = logging.getLogger("cvd_desktop")
    warnings = _Warnings()
    ours.addHandler(warnings)
    try:
        yield
    finally:
        ours.removeHandler(warnings)
        folder = ctx.meta.get(DATA_DIR_KEY) or default_data_dir()
        if warnings.records and folder.is_dir():  # it is gone after a wipe, and stays so
            with _log_file(folder) as handler:
                for record in warnings.records:
                    if handler is not None:
                        handler.handle(record)


def _report(data_dir: Path | None) -> Path | None:
    """Write the exception that is being handled into the log file; None when that fails too."""
    folder = data_dir or default_data_dir()
    with _log_file(folder) as handler:
        if handler is None:
            return None
        _log.addHandler(handler)
        try:
            _log.exception("unexpected exception in %s", " ".join(sys.argv[1:3]))
        finally:
            _log.removeHandler(handler)
    return folder / LOG_FILE


@contextmanager
def _log_file(folder: Path) -> Iterator[logging.Handler | None]:
    """None where it cannot be written."""
    path = folder / LOG_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        yield None
        return
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    try:
        yield handler
    finally:
        handler.close()
