"""A serial server (RFC 2217) as a process of its own: pyserial's PortManager over a device.

`python rfc2217_server.py DEVICE [refuse]` prints its TCP port, then what is set at the device, one
fact a line. It serves one connection after another until it is killed; "refuse" hangs up at once.
"""

import select
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import serial
import serial.rfc2217


class TerminalPort(serial.Serial):  # type: ignore[misc]
    """A pty with modem lines that are only told of: it has none."""

    cts = dsr = ri = cd = False

    def _update_dtr_state(self) -> None:
        if self.is_open:
            print(f"dtr {'on' if self._dtr_state else 'off'}", flush=True)

    def _update_rts_state(self) -> None:
        if self.is_open:
            print(f"rts {'on' if self._rts_state else 'off'}", flush=True)

    def _reconfigure_port(self, force_update: bool = False) -> None:
        super()._reconfigure_port(force_update)
        if self.is_open:
            print(f"speed {self._baudrate}", flush=True)


class _Connection:
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def write(self, data: bytes) -> None:
        self._connection.sendall(data)


def serve(device: str, *, refuse: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            with connection:
                if not refuse:
                    _serve_one(connection, device)


def _serve_one(connection: socket.socket, device: str) -> None:
    with TerminalPort(device, timeout=0, dsrdtr=True, rtscts=False) as line:
        manager = serial.rfc2217.PortManager(line, _Connection(connection))
        while True:
            ready, _, _ = select.select([connection, line], [], [])
            if connection in ready:
                heard = connection.recv(4096)
                if not heard:
                    return
                payload = b"".join(manager.filter(heard))
                if payload:
                    print(f"wrote {payload.hex()}", flush=True)
                    line.write(payload)
            if line in ready:
                data = line.read(4096)
                connection.sendall(b"".join(manager.escape(data)))


@dataclass
class SerialServer:
    """`said` grows while it runs: "speed 2400", "dtr off", "wrote 05"."""

    url: str
    process: Any
    said: list[str] = field(default_factory=list)

    def wait_for(self, line: str) -> None:
        """Until it has said so."""
        while line not in self.said:
            heard = self.process.stdout.readline()
            assert heard, f"the server ended without {line!r}: {self.said}"
            self.said.append(heard.strip())


@contextmanager
def serial_server(device: str, *args: str) -> Iterator[SerialServer]:
    """Runs until the block is left."""
    import subprocess

    process = subprocess.Popen(
        [sys.executable, str(Path(__file__)), device, *args], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        yield SerialServer(f"rfc2217://127.0.0.1:{port}", process)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


if __name__ == "__main__":
    serve(sys.argv[1], refuse="refuse" in sys.argv[2:])
