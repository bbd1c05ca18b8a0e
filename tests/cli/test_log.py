"""What --log writes, and where it refuses to."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from support.snapshots import process, row, snapshot
from support.terminal import Change, Terminal
from tcp46.cli import main as entry
from tcp46.cli.collecting import CollectionLog
from tcp46.cli.log import LINES_MAX, Log, open_log
from tcp46.cli.parser import UsageError
from tcp46.model.source import Source
from tcp46.watch.watcher import Failure, Update

SECRET = "hunter2"
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 \S.*|    .*")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "log"


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "tcp46", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


def lines_of(path):
    lines = path.read_text().splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    return lines


@pytest.mark.parametrize(
    "arguments",
    [
        ("list", f"process:{SECRET}"),
        ("explain", "--json", f"process:{SECRET}"),
        ("who", "127.0.0.1:9"),
        ("bind", "127.0.0.1:9"),
        ("read", os.devnull),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_appends_how_it_went(path, arguments):
    command, *rest = arguments
    for _ in range(2):
        status = run(command, "--log", str(path), *rest).returncode
    lines = lines_of(path)
    assert path.stat().st_mode & 0o7777 == 0o600
    assert len([line for line in lines if f" {command} begins, Python " in line]) == 2
    assert lines[-1].endswith(f"ended with status {status}")
    assert any("sockets in" in line for line in lines) == (command != "read")
    assert SECRET not in path.read_text()


def test_the_monitor_logs_and_its_end_by_a_signal(path):
    with Terminal([sys.executable, "-m", "tcp46", "--log", str(path)]) as terminal:
        terminal.wait_for("Proto")
        terminal.signal(15)
        assert terminal.wait_change() == Change("exited", 143)
    lines = lines_of(path)
    assert "monitor begins" in lines[0]
    assert "sock_diag" in lines[1]
    assert lines[-1].endswith("ended with status 143")


CRASHING = """
import sys
from tcp46.cli.main import main
from tcp46.ui.monitor import MonitorScreen

def fail(self):
    password = "hunter2"
    raise ValueError(password)

MonitorScreen.tick = fail
sys.exit(main(sys.argv[1:]))
"""


def test_a_crash_of_the_monitor_is_a_report_without_values(path):
    with Terminal([sys.executable, "-c", CRASHING, "--log", str(path)]) as terminal:
        assert terminal.wait_change() == Change("exited", 1)
        terminal.assert_restored()
        said = terminal.output.rpartition(b"\x1b[?25h")[2].decode()
    assert said.startswith("tcp46: stopped by an error of its own: ValueError")
    assert said.count("\n") == 1
    text = path.read_text()
    assert "in fail" in text
    assert "    ValueError\n" in text
    assert lines_of(path)[-1].endswith("ended with status 1")
    assert SECRET not in text + said


def test_a_crash_of_a_command_is_one_line_and_a_report(path, monkeypatch, capsys):
    def fail(_parsed):
        password = SECRET
        raise KeyError(password)

    monkeypatch.setitem(entry._COMMANDS, "list", fail)
    assert entry.main(["list", "--log", str(path)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("tcp46: stopped by an error of its own: KeyError at test_log.py:")
    assert err.count("\n") == 1
    assert "in fail" in path.read_text()
    assert SECRET not in path.read_text() + err


def test_without_the_option_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("list").returncode in {0, 1}
    assert list(tmp_path.iterdir()) == []


class TestWhere:
    def refusal(self, path):
        with pytest.raises(UsageError) as told:
            open_log(str(path))
        done = run("list", "--log", str(path))
        assert (done.returncode, done.stdout, done.stderr) == (2, "", f"tcp46: {told.value}\n")
        return str(told.value)

    def test_not_through_a_link(self, path):
        target = path.with_name("target")
        path.symlink_to(target)
        assert "it is a link" in self.refusal(path)
        assert not target.exists()

    def test_not_into_a_file_with_a_second_name(self, path):
        path.touch(mode=0o600)
        path.with_name("second").hardlink_to(path)
        assert "another name" in self.refusal(path)

    def test_not_where_others_read(self, path):
        path.touch()
        path.chmod(0o640)
        assert "chmod 600" in self.refusal(path)
        assert path.read_bytes() == b""

    def test_not_into_a_pipe_or_a_device(self, path):
        os.mkfifo(path, 0o600)
        self.refusal(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        assert "no ordinary file" in self.refusal(path)
        os.close(reader)
        assert "no ordinary file" in self.refusal("/dev/null")

    def test_not_into_a_folder_or_nowhere(self, path):
        assert "Is a directory" in self.refusal(path.parent)
        assert "No such file" in self.refusal(path / "x")

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make another user's file")
    def test_not_into_another_users_file(self, path):
        path.touch(mode=0o600)
        os.chown(path, 65534, 65534)
        assert "another user" in self.refusal(path)


class TestWhat:
    def notes(self, path, *news):
        log = open_log(str(path))
        collections = CollectionLog(log)
        for item in news:
            collections.take(item)
        log.end(0)
        return [line.partition("+00:00 ")[2] or line.strip() for line in lines_of(path)][:-1]

    made = snapshot(row(("::", 80), v6only=0, owners=[process(7, SECRET, command=SECRET)]))

    def test_what_stays_is_noted_once(self, path):
        hidden = snapshot(row(("::", 80), v6only=0), hidden=3)
        more = snapshot(row(("::", 80), v6only=0), hidden=4)
        cut = replace(more, source=Source.PROC, partial=("UDP is missing.",))
        said = self.notes(path, Update(hidden, 0.01), *[Update(more, 0.02)] * 50, *[Update(cut, 0.03)] * 50)
        assert [line for line in said if "sockets in" in line] == [
            "sock_diag, whole: 1 sockets in 0.010 s",
            "proc, partial: 1 sockets in 0.030 s",
        ]
        assert "UDP is missing." in said
        assert any(line.startswith("3 processes hidden") for line in said)

    def test_failures_and_their_end(self, path):
        failure = Failure(f"ValueError: {SECRET}", 1.0, "x.py:1 in f\n    f()\nValueError\n")
        said = self.notes(path, failure, failure, failure, Update(self.made, 0.01))
        assert said[:4] == ["collecting failed", "x.py:1 in f", "f()", "ValueError"]
        assert said[4] == "collecting works again; it had failed 3 times"
        assert SECRET not in path.read_text()

    def test_slow_and_quick_again(self, path):
        said = self.notes(path, *(Update(self.made, took) for took in (0.1, 2.5, 3.5, 0.1)))
        assert said[1:] == ["collecting is slow: 2.5 s", "collecting is quick again: 0.1 s"]

    def test_without_a_log_no_refresh_does_anything_for_it(self):
        published = []
        assert CollectionLog(Log()).following(published.append) == published.append

    def test_hostile_text_is_made_harmless(self, path):
        self.notes(path, Failure("x", 1.0, "a\x1b[31m\u202eb"))
        assert all(line.isprintable() for line in path.read_text().splitlines())

    def test_it_does_not_grow_without_end(self, path):
        log = open_log(str(path))
        for number in range(LINES_MAX + 100):
            log.note(str(number))
        log.end(0)
        assert len(lines_of(path)) == LINES_MAX + 1

    def test_a_full_disk_is_said_at_the_end(self, capsys):
        log = Log(os.open("/dev/full", os.O_WRONLY))
        log.note("x")
        log.end(0)
        assert (
            capsys.readouterr().err
            == "tcp46: part of the log could not be written: No space left on device\n"
        )
