"""One protocol machine played by hand: bytes in, the clock moved on, bytes out."""

from cvd_desktop.link.outputs import Failed, Finished, Output, ProtocolMachine, Received, Send


class LineScript:
    def __init__(self, machine: ProtocolMachine) -> None:
        self._machine = machine
        self.now = 100.0
        self.outputs: list[Output] = []
        self._taken = 0
        self._keep(machine.start(self.now))

    def _keep(self, outputs: list[Output]) -> None:
        self.outputs += outputs

    def hear(self, data: bytes) -> None:
        self._keep(self._machine.receive(data, self.now))

    def wait(self, seconds: float) -> None:
        """Moves the clock on and ticks whenever it is due."""
        until = self.now + seconds
        for _ in range(10_000):
            deadline = self._machine.deadline
            if deadline is None or deadline > until:
                break
            self.now = max(self.now, deadline)
            self._keep(self._machine.tick(self.now))
        self.now = until

    def cancel(self) -> None:
        self._keep(self._machine.cancel(self.now))

    def said(self) -> bytes:
        """What it has sent since this was asked last."""
        new = self.outputs[self._taken :]
        self._taken = len(self.outputs)
        return b"".join(output.data for output in new if isinstance(output, Send))

    def answer_to(self, data: bytes, within: float = 0.05) -> bytes:
        self.hear(data)
        self.wait(within)
        return self.said()

    @property
    def received(self) -> bytes:
        return b"".join(output.data for output in self.outputs if isinstance(output, Received))

    @property
    def end(self) -> Finished | Failed | None:
        ends = [output for output in self.outputs if isinstance(output, Finished | Failed)]
        return ends[0] if ends else None

    @property
    def failed(self) -> Failed:
        assert isinstance(self.end, Failed), self.end
        return self.end

    @property
    def finished(self) -> Finished:
        assert isinstance(self.end, Finished), self.end
        return self.end
