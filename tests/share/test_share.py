"""The manual page and the completions: made from the parser, and understood by those that read them."""

import importlib.util
import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

import tcp46
from support.terminal import Terminal

ROOT = Path(tcp46.__file__).parents[2]
SHARE = ROOT / "tui/share"


def maker():
    spec = importlib.util.spec_from_file_location("make", SHARE / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def needs(program):
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.mark.parametrize("name", ["tcp46.1", "tcp46.bash", "_tcp46", "tcp46.fish"])
def test_what_is_packaged_is_what_the_parser_gives(name):
    made = maker().FILES[name]()
    assert (SHARE / name).read_text("utf-8") == made, "python tui/share/make.py makes it anew"
    assert made.isascii()
    assert "@" not in made.replace('"$@"', "").replace("[@]", "")


def test_they_are_installed_where_they_are_looked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-data"] == {
        "tui/share/tcp46.1": "share/man/man1/tcp46.1",
        "tui/share/tcp46.bash": "share/bash-completion/completions/tcp46",
        "tui/share/_tcp46": "share/zsh/site-functions/_tcp46",
        "tui/share/tcp46.fish": "share/fish/vendor_completions.d/tcp46.fish",
    }


def test_the_manual_page_is_drawn_without_a_warning():
    groff = needs("groff")
    drawn = subprocess.run(
        [groff, "-man", "-Tascii", "-ww", "-P-c", "-P-b", "-P-u", SHARE / "tcp46.1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert drawn.stderr == ""
    text = " ".join(drawn.stdout.replace("\b", "").split())
    assert "tcp46 who [OPTION...] ADDRESS:PORT..." in text
    assert "--interval SECONDS" in text


QUERIES = [
    ("tcp46 lis", "tcp46 list "),
    ("tcp46 list state:lis", "tcp46 list state:listen "),
    ("tcp46 stat", "tcp46 state:"),
    ("tcp46 list serves:ma", "tcp46 list serves:mapped "),
    ("tcp46 list --js", "tcp46 list --json "),
    ("tcp46 bind --reusep", "tcp46 bind --reuseport "),
    ("tcp46 who --interface l", "tcp46 who --interface lo "),
    ("tcp46 read READ", "tcp46 read README.md "),
]

NO_CONFIG = {"HOME": "/nonexistent", "PS1": "> ", "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def completed(terminal, typed):
    """What the line becomes with Tab; a mark behind it shows where it ends."""
    terminal.send("\x15")
    start = len(terminal.output)
    terminal.send(f"{typed}\t")
    terminal.read(0.3)
    terminal.send("@\n")
    terminal.wait_for("@", after=start)
    terminal.read(0.1)
    shown = terminal.output[start:].decode().replace("\x07", "")
    return shown[shown.index("tcp46") :].partition("@")[0]


@pytest.mark.parametrize(("typed", "expected"), QUERIES)
def test_bash_completes(typed, expected, monkeypatch):
    bash = needs("bash")
    monkeypatch.chdir(ROOT)
    with Terminal([bash, "--norc", "--noprofile", "-i"], environ=NO_CONFIG) as terminal:
        terminal.send(f"bind 'set enable-bracketed-paste off'; source {SHARE}/tcp46.bash; echo rea''dy\n")
        terminal.wait_for("ready")
        terminal.read(0.1)
        assert completed(terminal, typed) == expected


def test_bash_completes_a_negated_field_and_offers_the_values():
    script = f"""
        source {SHARE}/tcp46.bash
        COMP_LINE='tcp46 list !serves:v' COMP_POINT=20 COMP_WORDS=(tcp46 list !serves : v) COMP_CWORD=4
        _tcp46
        echo "${{COMPREPLY[*]}}"
    """
    said = subprocess.run(
        [needs("bash"), "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert said.stdout.split() == ["v4", "v6", "v4+v6"]


def test_zsh_completes(tmp_path, monkeypatch):
    zsh = needs("zsh")
    monkeypatch.chdir(ROOT)
    environ = {**NO_CONFIG, "ZDOTDIR": str(tmp_path), "PROMPT": "> "}
    with Terminal([zsh, "-f", "-i"], environ=environ) as terminal:
        terminal.send(
            f"unsetopt zle_bracketed_paste; fpath=({SHARE} $fpath); autoload -Uz compinit;"
            f" compinit -u -d {tmp_path}/dump; bindkey -e; unsetopt prompt_cr prompt_sp; echo rea''dy\n"
        )
        terminal.wait_for("ready")
        terminal.read(0.3)
        for typed, expected in QUERIES:
            assert plain(completed(terminal, typed)) == expected


def plain(shown):
    """The line as it stands after what zsh has drawn over it with backspaces."""
    line, place = [], 0
    for character in shown:
        if character == "\b":
            place -= 1
        else:
            line[place : place + 1] = character
            place += 1
    return "".join(line)


@pytest.mark.parametrize(("typed", "expected"), QUERIES)
def test_fish_completes(typed, expected, tmp_path):
    fish = needs("fish")
    query = f"source {SHARE}/tcp46.fish; complete -C '{typed}'"
    said = subprocess.run(
        [fish, "--no-config", "-c", query],
        cwd=ROOT,
        env={**os.environ, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    offered = [line.split("\t")[0] for line in said.stdout.splitlines()]
    assert expected.split()[-1] in offered
    assert said.stderr == ""
