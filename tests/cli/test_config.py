"""``tcp46 config``, and what the command line and the config file come to together."""

import os
import subprocess
import sys
import tomllib

import pytest

from support.terminal import Terminal
from tcp46.cli.configuring import configuration_for
from tcp46.cli.parser import parse


@pytest.fixture
def home(tmp_path):
    (tmp_path / ".config" / "tcp46").mkdir(parents=True)
    return tmp_path


def write(home, text):
    (home / ".config" / "tcp46" / "config.toml").write_text(text)


def printed(home, **environ):
    clean = {name: value for name, value in os.environ.items() if name not in {"HOME", "XDG_CONFIG_HOME"}}
    return subprocess.run(
        [sys.executable, "-m", "tcp46", "config"],
        env={**clean, **({"HOME": str(home)} if home else {}), **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_what_it_prints_is_read_back_as_the_same(home):
    write(
        home,
        'interval = 5\nsort = "local"\n[bookmarks]\n"büro" = "process:\\"a b\\""\n'
        '[keys]\n"filter.v4" = "f4"\n',
    )
    first = printed(home, PYTHONIOENCODING="utf-8")
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout.startswith(f"# {home}/.config/tcp46/config.toml\n")
    assert tomllib.loads(first.stdout)["keys"]["filter.v4"] == "f4"
    write(home, first.stdout)
    second = printed(home, PYTHONIOENCODING="utf-8")
    assert tomllib.loads(second.stdout) == tomllib.loads(first.stdout)


def test_a_terminal_without_utf_8_gets_the_same_in_ascii(home):
    write(home, '[bookmarks]\n"büro ☃ 𝄞" = "x"\n')
    shown = printed(home, PYTHONIOENCODING="ascii").stdout
    assert shown.isascii()
    assert tomllib.loads(shown)["bookmarks"] == {"büro ☃ 𝄞": "x"}


def test_mistakes_are_named_on_standard_error_and_the_status_is_1(home):
    write(home, "interval = 5\nnope = 1\n")
    found = printed(home)
    assert (found.returncode, tomllib.loads(found.stdout)["interval"]) == (1, 5.0)
    assert found.stderr == f"tcp46: {home}/.config/tcp46/config.toml:2: there is no setting 'nope'\n"


def test_without_a_file_or_a_home_it_prints_the_defaults(home):
    absent = printed(home)
    assert absent.returncode == 0
    assert "is not there" in absent.stdout.splitlines()[0]
    homeless = printed(None)
    assert homeless.returncode == 1
    assert homeless.stderr.count("\n") == 1
    assert "HOME" in homeless.stderr
    assert tomllib.loads(homeless.stdout) == tomllib.loads(absent.stdout)


def test_the_command_line_comes_first(home, monkeypatch):
    write(home, "interval = 5\nmouse = true\nhost_names = true")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    settings = configuration_for(parse([])).settings
    assert (settings.interval, settings.mouse, settings.host_names) == (5.0, True, True)
    settings = configuration_for(parse(["--interval", "2", "--no-mouse"])).settings
    assert (settings.interval, settings.mouse, settings.host_names) == (2.0, False, True)


def test_one_shot_commands_do_not_read_it(home):
    write(home, "nope = 1")
    env = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": ""}
    found = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "tcp46", "list"],
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "nope" not in found.stderr
    assert "tcp46.config.reading" not in found.stderr


def test_the_monitor_uses_it_and_shows_its_mistakes(home):
    write(home, 'interval = 5\nsort = "local"\nnope = 1')
    program = [sys.executable, "-m", "tcp46"]
    with Terminal(program, environ={"HOME": str(home), "XDG_CONFIG_HOME": ""}) as terminal:
        terminal.wait_for("every 5 s")
        terminal.wait_for("line 3: ")
        terminal.send("q")
        assert terminal.wait_change().number == 0


def test_the_monitor_imports_no_other_application_unless_keys_are_chosen(home):
    environ = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": ""}
    code = (
        "import sys; from tcp46.cli.parser import parse; from tcp46.cli.configuring import configuration_for;"
        "print(configuration_for(parse([])).settings.interval, 'tcp46.ui.pastedapp' in sys.modules)"
    )
    for text, expected in (("interval = 5", "5.0 False"), ('[keys]\n"filter.v4" = "f4"', "1.0 True")):
        write(home, text)
        said = subprocess.run(
            [sys.executable, "-c", code], env=environ, capture_output=True, text=True, check=True
        )
        assert said.stdout.strip() == expected
