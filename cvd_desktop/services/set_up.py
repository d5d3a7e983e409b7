"""Set-up by one link: what the office gives a person so that nobody types a server's address.

The link is the text of a QR code and the only line of a set-up file:
`cvd://setup?server=https%3A%2F%2Fcvd.example&user=driver07&operator=Example`. It holds no secret:
the password is typed once at sign-in.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from cvd_desktop.domain.problem import ExitCode, Problem
from cvd_desktop.sync.server_address import server_address

SUFFIX = ".cvdsetup"
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".gif"})
_SCHEME, _WHAT = "cvd", "setup"
_MOST_BYTES = 64 * 1024
_LONGEST = 200  # characters of a name


@dataclass(frozen=True, slots=True)
class SetUp:
    """Where to sign in, and as whom. `user` and `operator` may be empty."""

    server: str
    user: str = ""
    operator: str = ""


def is_setup(text: str) -> bool:
    """Whether a scanned or read text is meant as a set-up."""
    return text.strip().lower().startswith(f"{_SCHEME}://{_WHAT}")


def setup_link(setup: SetUp) -> str:
    """The link of a set-up. Raises the Problems of `server_address`."""
    values = {"server": server_address(setup.server), "user": setup.user}
    values["operator"] = setup.operator
    return f"{_SCHEME}://{_WHAT}?{urlencode({key: one for key, one in values.items() if one})}"


def read_setup(text: str) -> SetUp:
    """The set-up of a link. Raises Problem("setup_unreadable") and those of `server_address`."""
    try:
        parts = urlsplit(text.strip())
        values = parse_qs(parts.query, max_num_fields=20)
    except ValueError as error:
        raise Problem("setup_unreadable", ExitCode.USAGE) from error
    if not is_setup(text) or "server" not in values:
        raise Problem("setup_unreadable", ExitCode.USAGE)
    said = {name: values.get(name, [""])[0].strip()[:_LONGEST] for name in ("user", "operator")}
    return SetUp(server_address(values["server"][0]), **said)


def read_setup_file(path: Path) -> SetUp:
    """The set-up in a text file. Raises as `read_setup`, and Problem("file_unreadable")."""
    try:
        if path.exists() and not path.is_file():  # a pipe would be waited for without an end
            raise Problem("file_unreadable", ExitCode.USAGE, path=str(path), reason="it is no file")
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise Problem(
            "file_unreadable", ExitCode.USAGE, path=str(path), reason=error.strerror or str(error)
        ) from error
    if len(data) > _MOST_BYTES:
        raise Problem("setup_unreadable", ExitCode.USAGE)
    return read_setup(data.decode("utf-8-sig", "replace"))


def write_setup_file(setup: SetUp, path: Path) -> None:
    """A set-up file, or the picture of its QR code where the name ends in .svg. Raises Problem."""
    link = setup_link(setup)
    text = _qr_code(link) if path.suffix.lower() == ".svg" else f"{link}\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Problem(
            "file_not_written", ExitCode.USAGE, path=str(path), reason=error.strerror or str(error)
        ) from error


def _qr_code(link: str) -> str:
    import zxingcpp  # where no picture is wanted it is not needed

    return str(zxingcpp.write_barcode_to_svg(zxingcpp.create_barcode(link, zxingcpp.QRCode)))
