"""The README is true: every file and command that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_path_in_the_readme_exists() -> None:
    named = set(
        re.findall(r"`((?:cvd_|docs|resources|packaging|tests|build\.spec)[\w/.-]*)`", README)
    )
    named |= set(re.findall(r"\]\(((?!https?:)[^)]+)\)", README))
    assert len(named) > 20
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_every_make_command_in_the_readme_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    assert set(re.findall(r"make ([a-z]+)", README)) <= targets


def test_every_cvd_command_in_the_readme_exists() -> None:
    from cvd_desktop.cli import build_app

    known = {command.name for command in build_app().registered_commands}
    known |= {group.name for group in build_app().registered_groups}
    known |= {"demo", "window", "self-test"}
    named = set(re.findall(r"^cvd ([a-z-]+)", README, re.MULTILINE))
    assert named
    assert named <= known
