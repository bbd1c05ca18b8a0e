import csv
import io
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from support.snapshots import process, row, snapshot
from tcp46.cli.main import main
from tcp46.export.printing import print_csv, print_json, print_table

TCP46 = [sys.executable, "-m", "tcp46"]
LIMIT = 60
CAPTURES = Path(__file__).parents[1] / "data/captures"


def run(*arguments, **options):
    settings = {"capture_output": True, "text": True, "timeout": LIMIT, **options}
    return subprocess.run([*TCP46, *arguments], check=False, **settings)


@pytest.fixture(scope="module")
def three_rows():
    """A dual-stack listener with an IPv4 client on loopback: its port, and the client's."""
    listener = socket.socket(socket.AF_INET6)
    listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind(("::ffff:127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    client = socket.create_connection(("127.0.0.1", port), timeout=5)
    accepted, _ = listener.accept()
    yield port, client.getsockname()[1]
    for opened in (listener, client, accepted):
        opened.close()


def schema():
    return json.loads(run("schema").stdout)


class TestList:
    def test_json_is_one_ascii_document_of_the_schema(self, three_rows):
        port, client_port = three_rows
        done = run("list", f":{port}", "--json", env={**os.environ, "LC_ALL": "C"})
        assert done.returncode == 0
        assert done.stdout.isascii()
        document = json.loads(done.stdout)
        jsonschema.validate(document, schema())
        rows = {
            (item["proto"], item["serves_label"], item["state"], item["reason"])
            for item in document["sockets"]
        }
        assert rows == {
            ("tcp6", "v4 via v6", "LISTEN", "mapped-address"),
            ("tcp6", "v4 via v6", "ESTABLISHED", "mapped-connection"),
            ("tcp", "v4", "ESTABLISHED", "inet"),
        }
        listener, client = (
            next(item for item in document["sockets"] if item["local"]["port"] == number and match(item))
            for number, match in ((port, lambda item: item["state"] == "LISTEN"), (client_port, bool))
        )
        assert listener["local"]["address"] == "::ffff:127.0.0.1"
        assert (listener["v6only"], listener["v6only_evidence"]) == (False, "kernel")
        assert (client["v6only"], client["v6only_evidence"]) == (None, "not-applicable")
        assert (listener["owners"][0]["pid"], listener["owner_status"]) == (os.getpid(), "known")

    def test_text_has_netstats_spelling(self, three_rows):
        port, client_port = three_rows
        done = run("list", f"lport:{port}", "state:estab")
        titles, line = done.stdout.splitlines()
        assert titles.split() == [
            "Proto",
            "Serves",
            "State",
            "Recv-Q",
            "Send-Q",
            "Local",
            "Remote",
            "Process",
        ]
        assert f"127.0.0.1:{port}  127.0.0.1:{client_port}" in line
        assert line.startswith("tcp6   v4 via v6  ESTAB")

    def test_csv_is_read_back(self, three_rows):
        port, _ = three_rows
        rows = list(csv.DictReader(io.StringIO(run("list", "--csv", f"lport:{port}", "state:listen").stdout)))
        assert [(item["serves"], item["v6only"], item["local_address"]) for item in rows] == [
            ("v4 via v6", "0", "::ffff:127.0.0.1")
        ]

    def test_nothing_that_matches_is_status_1_and_said(self):
        done = run("list", "process:no-process-has-this-name")
        assert (done.returncode, done.stdout) == (1, "")
        assert "No socket matches the filter 'process:no-process-has-this-name'." in done.stderr

    @pytest.mark.parametrize("command", ["list", "explain"])
    def test_a_mistaken_filter_is_one_line_that_names_the_place(self, command):
        done = run(command, "port:80", "prot:tcp")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "character 9" in done.stderr


class TestComparisons:
    def test_tcp_info_is_read_for_a_filter_by_it(self, three_rows):
        port, client_port = three_rows
        done = run("list", "--json", f":{port} rtt:>0 rtt:<10s retrans:>=0")
        found = {item["local"]["port"] for item in json.loads(done.stdout)["sockets"]}
        assert found == {port, client_port}
        assert {item["state"] for item in json.loads(done.stdout)["sockets"]} == {"ESTABLISHED"}

    def test_what_one_moment_cannot_tell_is_said(self, three_rows):
        done = run("list", "--csv", f":{three_rows[0]} in:>=0|age:<1h")
        assert done.returncode == 1
        assert "One moment does not tell age or in; no comparison with it holds here.\n" in done.stderr
        negated = run("list", "--json", f":{three_rows[0]} !age:<1h")
        assert len(json.loads(negated.stdout)["sockets"]) == 3

    def test_a_redirection_that_the_shell_took_is_explained(self, tmp_path):
        command = " ".join([*TCP46, "list", "rtt:>100ms"])
        done = subprocess.run(
            command, shell=True, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=LIMIT
        )
        assert done.returncode == 2
        assert "rtt: needs a value; in a shell > and < stand in quotes" in done.stderr


class TestExplain:
    def test_parts_in_json(self, three_rows):
        port, _ = three_rows
        document = json.loads(run("explain", "--json", f"lport:{port}").stdout)
        jsonschema.validate(document, schema())
        assert {tuple(item["explanation"]) for item in document["sockets"]} == {
            ("verdict", "why", "evidence", "as_printed_by", "advice")
        }

    def test_text_keeps_to_the_width(self, three_rows):
        port, _ = three_rows
        done = run("explain", f"lport:{port}", "state:listen", env={**os.environ, "COLUMNS": "60"})
        prose = [
            line for line in done.stdout.splitlines() if not line.startswith(("  netstat", "  ss", "  lsof"))
        ]
        assert "IPV6_V6ONLY" in done.stdout
        assert [line for line in prose if len(line) > 60] == []


class TestSurroundings:
    def test_one_shot_commands_start_without_textual(self):
        code = (
            "import sys; from tcp46.cli.main import main; "
            "main(['list', '--json']); main(['explain', '--json']); main(['schema']);"
            "sys.exit(any(name.split('.')[0] in {'textual', 'rich', 'pyroute2'} for name in sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            timeout=LIMIT,
            check=False,
            cwd=Path(__file__).parent,
        )
        assert done.returncode == 0, done.stderr

    def test_a_reader_that_has_gone_is_141_and_silence(self):
        read, write = os.pipe()
        os.close(read)
        done = run("list", "--csv", capture_output=False, stdout=write, stderr=subprocess.PIPE)
        os.close(write)
        assert (done.returncode, done.stderr) == (141, "")

    def test_a_full_device_is_one_line(self):
        with Path("/dev/full").open("w") as full:
            done = run("schema", capture_output=False, stdout=full, stderr=subprocess.PIPE)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)

    def test_standard_output_closed(self):
        done = subprocess.run(
            ["/bin/sh", "-c", 'exec "$@" >&-', "sh", *TCP46, "list"],
            stderr=subprocess.PIPE, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stderr) == (2, "tcp46: standard output is closed\n")

    @pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
    def test_standard_error_that_takes_nothing_is_left_alone(self, redirection):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *TCP46, "list", "--csv", "!port:1-65535"],
            stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert done.stdout.startswith("proto,")
        assert done.stdout.count("\n") == 1

    @pytest.mark.parametrize("redirection", ["<&-", "</dev/null", "</dev/zero", "<&- 2>&-"])
    def test_standard_input_is_not_asked_for(self, redirection):
        done = subprocess.run(
            ["/bin/sh", "-c", f'exec "$@" {redirection}', "sh", *TCP46, "list", "--csv", "!port:1-65535"],
            stdout=subprocess.PIPE, text=True, timeout=LIMIT, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout.count("\n")) == (1, 1)

    @pytest.mark.parametrize("command", ["list", "explain"])
    def test_a_terminal_that_is_dumb_or_not_named_is_no_trouble(self, three_rows, command):
        port, _ = three_rows
        plain = run(command, f":{port}", "state:listen")
        without = {name: value for name, value in os.environ.items() if name != "TERM"}
        for environ in (without, {**without, "TERM": ""}, {**without, "TERM": "dumb"}):
            done = run(command, f":{port}", "state:listen", env=environ)
            assert (done.returncode, done.stdout) == (0, plain.stdout)

    @pytest.mark.parametrize("command", [[], ["demo"]])
    def test_the_monitor_needs_a_terminal(self, command):
        done = run(*command, stdin=subprocess.DEVNULL)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)

    def test_a_locale_without_utf_8_is_no_trouble(self):
        done = run(
            "list", env={**os.environ, "LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        )
        assert done.returncode in {0, 1}
        assert "Traceback" not in done.stderr


class TestGlossary:
    def test_it_is_printed_at_the_terminals_width(self):
        done = run("explain", "--glossary", env={**os.environ, "COLUMNS": "50"})
        assert done.returncode == 0
        assert "IPV6_V6ONLY\n" in done.stdout
        assert "RFC 3493 section 5.3" in " ".join(done.stdout.split())
        assert max(map(len, done.stdout.splitlines())) <= 50

    @pytest.mark.parametrize("further", [":80", "--json"])
    def test_it_is_about_no_sockets(self, further):
        done = run("explain", "--glossary", further)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


HOSTILE = "a)\x1b[31m\n[/x]\u202e\udcff=cmd"


class TestHostileText:
    made = snapshot(
        row(("::", 80), v6only=False, owners=[process(7, HOSTILE, user=HOSTILE)], uid=5, cgroup_id=9),
        users={5: HOSTILE},
        units={9: "=1+1"},
    )

    def test_text_and_csv_are_sanitised(self):
        for printer in (print_table, print_csv):
            out = io.StringIO()
            printer(out, self.made, [0])
            lines = out.getvalue().splitlines()
            assert len(lines) == 2
            assert all(line.isprintable() for line in lines)

    def test_csv_holds_no_formula(self):
        out = io.StringIO()
        print_csv(out, self.made, [0])
        (line,) = csv.DictReader(io.StringIO(out.getvalue()))
        assert line["unit"] == "'=1+1"
        assert not line["owners"].startswith(("=", "+", "-", "@"))

    def test_json_gives_the_bytes_escaped(self):
        out = io.StringIO()
        print_json(out, self.made, [0], lambda index: "short")
        text = out.getvalue()
        assert text.isascii()
        assert json.loads(text)["sockets"][0]["owners"][0]["name"] == HOSTILE
        assert "\x1b" not in text


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("list", ["list", "--json"]),
        ("list", ["explain", "--json"]),
        ("who", ["who", "--json", "localhost:9", ":9"]),
        ("bind", ["bind", "--json", "127.0.0.1:9", ":9"]),
        *(("read", ["read", "--json", str(path)]) for path in sorted(CAPTURES.iterdir())),
    ],
)
def test_every_document_is_of_the_schema(kind, arguments):
    whole = schema()
    part = {"$ref": f"#/$defs/{kind}", "$defs": whole["$defs"]}
    document = json.loads(run(*arguments).stdout)
    jsonschema.validate(document, whole)
    jsonschema.validate(document, part)


def test_the_schema_is_a_schema(capsys):
    assert main(["schema"]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))
