"""Which addresses a server may have: https anywhere, plain http on this computer only."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from cvd_desktop.domain.problem import ExitCode, Problem


def server_address(text: str) -> str:
    """The address in its one spelling, without a slash at the end.

    Raises Problem("server_address_wrong") and Problem("server_address_plain").
    """
    text = text.strip()
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        port = parts.port
    except ValueError as error:
        raise Problem("server_address_wrong", ExitCode.USAGE, server=text) from error
    host = parts.hostname or ""
    extra = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not host or extra or " " in parts.netloc:
        raise Problem("server_address_wrong", ExitCode.USAGE, server=text)
    if parts.scheme == "http" and not is_loopback(host):
        raise Problem("server_address_plain", ExitCode.USAGE, server=text)
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
