"""Serve the application: gunicorn with threads; waitress where gunicorn does not run (Windows)."""

import sys
from collections.abc import Callable
from typing import Any

from cvd_server.app import create_app
from cvd_server.settings import Settings

OnReady = Callable[[str], None]


def serve(settings: Settings, host: str, port: int, on_ready: OnReady) -> None:
    """Until the process is told to end. `on_ready` hears the address once connections are taken.

    SQLite gets one worker process with threads, PostgreSQL several processes.
    """
    if sys.platform == "win32":
        _serve_waitress(settings, host, port, on_ready)
    else:
        _serve_gunicorn(settings, host, port, on_ready)


def _url(host: str, port: int) -> str:
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _serve_waitress(settings: Settings, host: str, port: int, on_ready: OnReady) -> None:
    from waitress.server import create_server

    server = create_server(
        create_app(settings), host=host, port=port, threads=settings.worker_threads * 2, ident=None
    )
    on_ready(_url(host, server.effective_port))
    server.run()


def _serve_gunicorn(settings: Settings, host: str, port: int, on_ready: OnReady) -> None:
    # Imported here: gunicorn needs modules that Windows does not have.
    from gunicorn.app.base import BaseApplication

    from cvd_server.slow_clients import WAITING_THREADS, BodyFirst, StallWorker

    def when_ready(arbiter: Any) -> None:
        on_ready(_url(host, arbiter.LISTENERS[0].sock.getsockname()[1]))

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                "workers": 1 if settings.embedded else settings.workers,
                "worker_class": StallWorker,
                "threads": WAITING_THREADS,
                "timeout": 60,
                "graceful_timeout": 20,
                "keepalive": 75,
                "control_socket_disable": True,
                "when_ready": when_ready,
                "loglevel": "warning",
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> BodyFirst:
            app = create_app(settings)  # in the worker: connections do not survive a fork
            return BodyFirst(app, turns=settings.worker_threads)

    Server().run()
