import pytest

from tcp46.cli.main import main
from tcp46.cli.parser import COMMANDS, UsageError, parse


def test_words_are_a_filter_for_the_monitor():
    parsed = parse(["process:java", ":80", "--interval", "2"])
    assert (parsed.command, parsed.filter, parsed.interval, parsed.mouse) == (
        None,
        ["process:java", ":80"],
        2.0,
        None,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_stands_first(command):
    needed = ["localhost:80"] if command in {"who", "bind", "read"} else []
    assert parse([command, *needed]).command == command


def test_a_filter_named_like_a_command_stands_after_two_dashes():
    assert (parse(["--", "list"]).command, parse(["--", "list"]).filter) == (None, ["list"])


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--nonsense"], "--nonsense"),
        (["--interval", "never"], "never"),
        (["--interval", "0"], "0"),
        (["--interval", "2", "demo"], "tcp46 demo"),
        (["list", "--json", "--csv"], "--csv"),
        (["demo", "extra"], "extra"),
        (["list", "--js"], "--js"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(arguments, named, capsys):
    with pytest.raises(UsageError, match=named):
        parse(arguments)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("tcp46: ")


@pytest.mark.parametrize(
    "arguments", [["--help"], *([command, "--help"] for command in COMMANDS), ["--version"]]
)
def test_help_and_version_fit_80_columns(arguments, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert [line for line in lines if len(line) > 80] == []
