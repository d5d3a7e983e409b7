"""Serve the application: gunicorn with threads; waitress where gunicorn does not run (Windows)."""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cvd_server.metrics import share_between_workers
from cvd_server.request_log import set_up_logging
from cvd_server.settings import Settings

OnReady = Callable[[str], None]

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the kernel's, for the workers' heartbeats


def serve(settings: Settings, host: str, port: int, on_ready: OnReady) -> None:
    """Until the process is told to end. `on_ready` hears the address once connections are taken.

    SQLite gets one worker process with threads, PostgreSQL several processes.
    """
    set_up_logging(settings)
    if sys.platform == "win32":
        _serve_waitress(settings, host, port, on_ready)
    else:
        _serve_gunicorn(settings, host, port, on_ready)


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _serve_waitress(settings: Settings, host: str, port: int, on_ready: OnReady) -> None:
    from waitress.server import create_server

    from cvd_server.app import create_app
    from cvd_shared.wire_repair import BUNDLE_BYTES

    server = create_server(
        create_app(settings),
        host=host,
        port=port,
        threads=settings.worker_threads * 2,
        ident=None,
        max_request_body_size=BUNDLE_BYTES + 1024,
        max_request_header_size=32 * 1024,
        clear_untrusted_proxy_headers=False,  # app.py believes them or not
    )
    on_ready(_url(host, server.effective_port))
    server.run()


def _serve_gunicorn(settings: Settings, host: str, port: int, on_ready: OnReady) -> None:
    # Imported here: gunicorn needs modules that Windows does not have.
    from gunicorn.app.base import BaseApplication
    from prometheus_client.multiprocess import mark_process_dead

    from cvd_server.app import create_app
    from cvd_server.late_app import LateApp
    from cvd_server.slow_clients import (
        WAITING_THREADS,
        BodyFirst,
        OneLog,
        StallWorker,
        arriving,
        hide_banner,
    )

    hide_banner()
    arriving.patience = settings.slow_seconds
    folder = _metrics_folder(settings)

    def when_ready(arbiter: Any) -> None:
        on_ready(_url(host, arbiter.LISTENERS[0].sock.getsockname()[1]))

    def child_exit(arbiter: Any, worker: Any) -> None:  # noqa: ARG001 - gunicorn's shape
        if folder is not None:
            mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                "workers": 1 if settings.embedded else settings.workers,
                "worker_class": StallWorker,
                "threads": WAITING_THREADS,
                "timeout": settings.worker_seconds,
                "graceful_timeout": settings.graceful_seconds,
                "keepalive": 75,
                "max_requests": settings.worker_requests,
                "max_requests_jitter": settings.worker_requests // 10,
                "preload_app": False,  # connections and random numbers do not survive a fork
                "limit_request_line": 4096,
                "limit_request_fields": 64,
                "limit_request_field_size": 8190,
                "forwarded_allow_ips": "",  # app.py knows the proxies; nobody else believes them
                "proxy_allow_ips": "",
                "control_socket_disable": True,
                "when_ready": when_ready,
                "child_exit": child_exit,
                "logger_class": OneLog,
                "loglevel": "info" if settings.in_production else "warning",
            }
            if os.access(_SHARED_MEMORY, os.W_OK):
                options["worker_tmp_dir"] = str(_SHARED_MEMORY)
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> BodyFirst:
            app = LateApp(lambda: create_app(settings))
            return BodyFirst(app, turns=settings.worker_threads)

    master = os.getpid()
    try:
        Server().run()
    finally:
        if folder is not None and os.getpid() == master:
            shutil.rmtree(folder, ignore_errors=True)


def _metrics_folder(settings: Settings) -> Path | None:
    """Where the workers keep their figures, when anybody may read them."""
    if settings.metrics_token is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="cvd-metrics-"))
    share_between_workers(folder)
    return folder
