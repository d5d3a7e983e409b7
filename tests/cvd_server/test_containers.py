"""The containers: what they say is sound, and what they run runs, without containers."""

import datetime
import ipaddress
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import crossplane
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cvd_server.clock import system_clock
from tests.support.postgres import new_database

FOLDER = Path(__file__).parents[2] / "packaging" / "containers"
SECRET = "0f9Qk2Vx7Lw4Zr8Tn5Yb3Hc6Jd1Mg0Ps9Ua2We4Xi7Oq"
PATIENCE = 60  # seconds
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="containers are Linux")


def tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def test_the_image_passes_the_linter() -> None:
    ran = subprocess.run(
        [tool("hadolint"), FOLDER / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout) == (0, "")


def test_the_image_is_not_run_by_root() -> None:
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    last_user = [line.split()[1] for line in lines if line.startswith("USER ")][-1]
    assert last_user.isdigit()
    assert last_user != "0"
    assert sum(line.startswith("FROM ") for line in lines) == 2  # what builds stays behind


def test_compose_is_valid_and_everything_is_watched() -> None:
    ran = subprocess.run(
        [tool("check-jsonschema"), "--builtin-schema", "vendor.compose-spec", "compose.yaml"],
        cwd=FOLDER, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout
    services = compose()["services"]
    assert set(services) == {"database", "migrate", "server", "jobs", "proxy", "redis"}
    for name, service in services.items():
        assert "healthcheck" in service, name
        assert name in ("database", "migrate") or service["read_only"], name
    assert all("ports" not in service for name, service in services.items() if name != "proxy")


def test_the_proxy_passes_on_what_the_limits_of_the_server_need() -> None:
    parsed = crossplane.parse(str(FOLDER / "nginx.conf"), single=True, check_ctx=True)
    assert parsed["errors"] == []
    directives = json.dumps(parsed["config"])
    for needed in ("TLSv1.3", "X-Forwarded-For", "X-Forwarded-Proto", "/metrics"):
        assert needed in directives
    assert "TLSv1.1" not in directives


def compose() -> dict[str, Any]:
    import yaml  # comes with check-jsonschema's ruamel, or schemathesis' PyYAML

    document: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    return document


# --- the same processes -------------------------------------------------------------------------


@pytest.fixture
def environment(cluster: str, tmp_path: Path) -> dict[str, str]:
    """What the container and server.env.example say, for a database of this test."""
    example = (FOLDER / "server.env.example").read_text().splitlines()
    names = {line.partition("=")[0] for line in example if line[:1] not in ("#", "")}
    told = {
        "CVD_SERVER_SECRET_KEY": SECRET,
        "CVD_SERVER_DATABASE_URL": new_database(cluster),
        "CVD_SERVER_HOSTS": "server.test",
        "CVD_SERVER_TRUSTED_PROXIES": "127.0.0.0/8",
        "CVD_SERVER_BACKUP_FOLDER": str(tmp_path / "backups"),
        "CVD_SERVER_METRICS_TOKEN": "a token of this test, of some length",
    }
    assert names == set(told)
    (tmp_path / "attachments").mkdir()
    return (
        os.environ
        | told
        | {
            "CVD_SERVER_ENVIRONMENT": "production",
            "CVD_SERVER_ATTACHMENT_FOLDER": str(tmp_path / "attachments"),
            "CVD_SERVER_WORKERS": "2",
        }
    )


def command(*words: str) -> list[str]:
    """As the image begins: its ENTRYPOINT with this interpreter."""
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    entry = next(line for line in lines if line.startswith("ENTRYPOINT "))
    first, *rest = json.loads(entry.removeprefix("ENTRYPOINT "))
    assert first == "python"
    return [sys.executable, *rest, *words]


def default_command(port: int) -> list[str]:
    lines = (FOLDER / "Dockerfile").read_text().splitlines()
    words = json.loads(next(x for x in lines if x.startswith("CMD ")).removeprefix("CMD "))
    return command(*(str(port) if word == "8080" else word for word in words))


@contextmanager
def running(words: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0


def run(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*words), env=environment, capture_output=True, text=True, check=False
    )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def until(environment: dict[str, str], *words: str) -> None:
    """Ask as the health check does until it is content."""
    end = time.monotonic() + PATIENCE
    while (ran := run(environment, *words)).returncode:
        assert time.monotonic() < end, ran.stderr


def test_migration_workers_jobs_and_health_checks(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert compose()["services"]["migrate"]["command"] == ["migrate"]
    assert compose()["services"]["jobs"]["command"] == ["jobs"]
    assert run(environment, "run").returncode == 2  # not before the migration
    assert run(environment, "alive", "--jobs").returncode == 2
    ran = run(environment, "migrate")
    assert ran.returncode == 0, ran.stderr
    port = free_port()
    with running(default_command(port), environment), running(command("jobs"), environment):
        until(environment, "alive", "--port", str(port))
        until(environment, "alive", "--jobs")
        ready = httpx.get(f"http://127.0.0.1:{port}/health/ready")
        assert ready.json()["checks"] == {"database": "ok", "migrations": "ok", "disk": "ok"}
        strange = httpx.get(f"http://127.0.0.1:{port}/api/v1/sync/ping")
        assert strange.status_code == 400  # another name than CVD_SERVER_HOSTS
        while not list((tmp_path / "backups").glob("cvd-*/manifest.json")):
            time.sleep(0.2)
    assert run(environment, "alive", "--port", str(port)).returncode == 2


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not on this computer")
def test_through_the_proxy(environment: dict[str, str], tmp_path: Path) -> None:
    assert run(environment, "migrate").returncode == 0
    port, plain, secure = free_port(), free_port(), free_port()
    certificate = make_certificate(tmp_path)
    text = (FOLDER / "nginx.conf").read_text()
    for old, new in (
        ("/tmp/", f"{tmp_path}/"),
        ("server server:8080;", f"server 127.0.0.1:{port};"),
        ("listen 8080;", f"listen 127.0.0.1:{plain};"),
        ("listen 8443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("/etc/nginx/certificates", str(tmp_path)),
    ):
        assert old in text
        text = text.replace(old, new)
    conf = tmp_path / "nginx.conf"
    conf.write_text(text)
    nginx = ["nginx", "-c", str(conf), "-e", str(tmp_path / "log"), "-g", "daemon off;"]
    assert subprocess.run([*nginx, "-t"], capture_output=True, check=False).returncode == 0
    with running(default_command(port), environment), running(nginx, environment):
        until(environment, "alive", "--port", str(port))
        trusted = ssl.create_default_context(cafile=str(certificate))
        with httpx.Client(
            base_url=f"https://127.0.0.1:{secure}", verify=trusted, headers={"Host": "server.test"}
        ) as client:
            ping = client.get("/api/v1/sync/ping", headers={"X-Request-Id": "one"})
            assert (ping.status_code, ping.headers["X-CVD-Echo"]) == (204, "one")
            assert "Strict-Transport-Security" in ping.headers
            assert client.get("/metrics").status_code == 404
            document = client.get("/openapi/openapi.json", headers={"Accept-Encoding": "gzip"})
            assert document.headers["Content-Encoding"] == "gzip"
            assert document.json()["openapi"].startswith("3.1")
        in_the_clear = f"http://127.0.0.1:{plain}"
        assert httpx.get(f"{in_the_clear}/api/v1/sync/ping").status_code == 403
        assert httpx.get(f"{in_the_clear}/alive").status_code == 204
        assert httpx.get(f"{in_the_clear}/x").headers["Location"].startswith("https://")


def make_certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server.test")])
    now = system_clock()

    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.DNSName("server.test"),
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                ]
            ),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "server.crt"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "server.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
