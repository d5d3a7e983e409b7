"""A file of the server is whole, or it is as it was."""

from pathlib import Path

import pytest

from cvd_server.safe_files import whole_file


def test_a_file_that_was_not_finished_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "one.cvdreceipt"
    with whole_file(path) as file:
        file.write(b"first")
        assert not path.exists(), "no name before it is whole"
    with pytest.raises(KeyboardInterrupt):
        write_half(path)
    assert path.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [path]


def write_half(path: Path) -> None:
    with whole_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
