"""What the documents say exists: commands, make targets, files."""

import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from agent.cli.main import haulwatch
from agent.cli.reference import leaves, reference
from agent.config_sink import Topics

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = sorted({m[1].strip() for m in re.finditer(r"^haulwatch ((?:[a-z]+ ?){1,2})", README, re.M)})


def test_the_readme_names_commands():
    assert len(COMMANDS) >= 8


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_readme_exists(command):
    words = command.split()
    shown = CliRunner().invoke(haulwatch, [*words, "--help"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(f"Usage: haulwatch {command}")


def test_both_readmes_have_the_same_commands():
    """The same blocks of commands in the same order; only what is said of them differs."""
    chinese = (ROOT / "README.zh-CN.md").read_text()
    assert said(chinese) == said(README)
    assert len(re.findall(r"^## ", chinese, re.M)) == len(re.findall(r"^## ", README, re.M))


def said(text):
    blocks = re.findall(r"^```\n(.*?)^```", text, re.M | re.S)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]


def test_files_named_in_the_architecture_exist():
    text = (ROOT / "docs" / "ARCHITECTURE.md").read_text()
    for name in re.findall(r"`((?:agent|drivers|buffer)/[\w/]+\.\w+)`", text):
        assert (ROOT / name).exists(), name


def test_make_targets_named_in_the_readme_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in set(re.findall(r"make (\w+)", README)):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_every_verb_answers_help_and_has_json():
    for path, command in leaves(haulwatch, ()):
        names = [o for p in command.params for o in p.opts]
        assert "--json" in names or path[0] in ("run", "sim"), path


def test_the_reference_of_commands_is_as_they_are():
    assert (ROOT / "docs" / "cli.md").read_text() == reference(), "python -m agent.cli.reference docs/cli.md"


def test_the_platforms_page_names_every_topic():
    """By what comes below the vehicle, with the words of the page for what varies."""
    page = (ROOT / "docs" / "platform.md").read_text()
    named = {"name": "NAME", "id": "ID", "sha256": "SHA256", "index": "INDEX"}
    for template in msgspec.structs.asdict(Topics()).values():
        below = template.removeprefix("haulwatch/v1/{fleet}/{vehicle}/")
        assert f"| `{below.format(**named)}` |" in page, template
