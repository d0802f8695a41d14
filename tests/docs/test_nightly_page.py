"""The workflow and the cron line of docs/nightly.md: they parse, and every option they use exists."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import yaml
from markdown_it import MarkdownIt

from harness.cli.main import cli

PAGE = Path(__file__).parents[2] / "docs/nightly.md"


def blocks(language: str) -> list[str]:
    tokens = MarkdownIt().parse(PAGE.read_text(encoding="utf-8"))
    return [token.content for token in tokens if token.type == "fence" and token.info.strip() == language]


def check_command(line: str) -> None:
    """Parse a line as the program would, without running it."""
    words = shlex.split(line.partition("#")[0].partition("||")[0])
    name, arguments = words[1], words[2:]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None, line
    command.make_context(name, arguments)


def test_the_workflow_parses_and_runs_a_command_that_exists() -> None:
    (text,) = blocks("yaml")
    workflow = yaml.safe_load(text)
    assert workflow[True]["schedule"][0]["cron"] == "17 3 * * *"  # YAML 1.1 reads the key on as true
    (job,) = workflow["jobs"].values()
    commands = [step["run"] for step in job["steps"] if "run" in step and step["run"].startswith("harness")]
    assert commands
    for command in commands:
        check_command(command)
    saved = [step for step in job["steps"] if step.get("uses", "").startswith(("actions/cache", "actions/upload"))]
    assert all(set(step["with"]) >= {"path"} for step in saved)


def test_the_cron_line_runs_a_command_that_exists() -> None:
    (line,) = blocks("cron")
    fields, _, command = line.partition(" cd ")
    assert len(fields.split()) == 5
    check_command(command.partition("&&")[2].strip())


def test_the_commands_of_the_page_exist() -> None:
    lines = [line for block in blocks("bash") for line in block.splitlines() if line.startswith("harness")]
    assert len(lines) >= 4
    for line in lines:
        check_command(line)
