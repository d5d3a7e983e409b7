"""Whoever answers where the server is looked for, over real sockets, and cannot prove to be it."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cvd_desktop.domain.clock import system_clock
from cvd_desktop.sync.http_server_api import HttpServerApi
from cvd_desktop.sync.server_api import Trouble, TroubleCode

PAGE = b"HTTP/1.1 302 Found\r\nLocation: http://portal.test/\r\nContent-Length: 0\r\n\r\n"


@contextmanager
def somebody(tls: ssl.SSLContext | None) -> Iterator[str]:
    """The address of who takes one connection and answers it with a page, with TLS or without."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        line, _ = listener.accept()
        with suppress(OSError), line:
            if tls is not None:
                with tls.wrap_socket(line, server_side=True) as wrapped:
                    wrapped.recv(65536)
                return
            line.recv(65536)
            line.sendall(PAGE)

    thread = Thread(target=serve)
    thread.start()
    try:
        yield f"https://localhost:{listener.getsockname()[1]}"
    finally:
        thread.join()
        listener.close()


def own_certificate(folder: Path) -> ssl.SSLContext:
    """For the right name and the right time, from an authority that nobody knows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = system_clock()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "own.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def trouble_at(address: str) -> Trouble:
    with (
        HttpServerApi(
            address, new_id=lambda: "r", clock=lambda: datetime(2026, 3, 4, tzinfo=UTC)
        ) as api,
        pytest.raises(Trouble) as caught,
    ):
        api.ping()
    return caught.value


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "localhost")


def test_a_certificate_of_nobody_is_no_missing_network(tmp_path: Path) -> None:
    """A portal between us, or a computer whose clock is wrong: waiting for a network does not
    help, and a person can do something about it."""
    with somebody(own_certificate(tmp_path)) as address:
        assert trouble_at(address).code is TroubleCode.NOT_TRUSTED


def test_plain_http_where_https_was_asked_for_is_a_portal() -> None:
    with somebody(None) as address:
        assert trouble_at(address).code is TroubleCode.CAPTIVE_OR_PROXY
