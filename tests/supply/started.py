"""An installed tcp46, started from outside the repository in each of its ways."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from support.terminal import Change, Terminal

LIMIT = 120


def start(command: Sequence[str], folder: Path, version: str) -> None:
    """Run `command`, which is tcp46, in `folder`; AssertionError when it does not do as it should."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}

    def output(*arguments: str) -> str:
        done = subprocess.run(
            [*command, *arguments], cwd=folder, env=environ, capture_output=True, text=True, timeout=LIMIT,
            check=False,
        )  # fmt: skip
        assert done.returncode in {0, 1}, f"{arguments}: {done.returncode}\n{done.stderr}"
        return done.stdout

    assert output("--version").split() == ["tcp46", version]
    document = json.loads(output("list", "--json"))
    assert document["tcp46"] == version
    assert document["source"] == "sock_diag"
    assert json.loads(output("schema"))["$defs"]
    assert output("explain", "--glossary")
    with Terminal(["env", "-u", "PYTHONPATH", "-C", str(folder), *command]) as terminal:
        terminal.wait_for("Proto")
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()
