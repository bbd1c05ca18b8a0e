"""Advice for known programs: a complete table, matched exactly, and given only where it applies."""

import re
import string
import tomllib
from importlib.resources import files
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.situations import hosts, make_host, make_socket, sockets
from tcp46.model.process import Owner, Process
from tcp46.model.socket import Protocol, State
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.verdict.judge import judge
from tcp46.verdict.programs import SITUATIONS, advice, program_of, programs

HOST = make_host()
TABLE = tomllib.loads(files("tcp46.verdict").joinpath("programs.toml").read_text())
KEYS = {"names", "words", "ports", "opens", "page", *SITUATIONS}
NAMES = sorted({name for program in programs().values() for name in program.names})
SENTENCES = [
    (key, part, table[part])
    for key, table in TABLE.items()
    for part in ("opens", *SITUATIONS)
    if part in table
]
INTERPRETERS = {"java": "java", "python": None, "beam.smp": None, "master": None}
"""Names that say too little, and what stands for them when no word is known."""


def process(name, command=None, pid=900):
    return Process(pid, 1, name, 33, "www-data", f"/usr/sbin/{name}" if command is None else command)


def owned_by(name, command=None):
    return (Owner(process(name, command), 6),)


def owners_of(program):
    """A process that runs `program`."""
    name = min(program.names)
    word = min(program.words, default="-f")
    return owned_by(name[:15], f"/usr/bin/{name} {word} --quietly")


def known(*owners):
    """The key of the program that the owners run, or None."""
    found = program_of(owners)
    return next((key for key, program in programs().items() if program is found), None)


def situation(name, program):
    """A socket in that situation which `program` may hold, and its neighbours."""
    port = next((port for port in sorted(program.ports) if "/" in port), "tcp/8046")
    protocol = Protocol[port.partition("/")[0].upper()]
    facts = {
        "port": int(port.partition("/")[2]),
        "protocol": protocol,
        "state": State.LISTEN if protocol is Protocol.TCP else State.UNCONN,
    }
    inet = make_socket("0.0.0.0", **facts)
    v6only = make_socket("::", v6only=True, **facts)
    return {
        "dual-stack": (make_socket("::", v6only=False, **facts), ()),
        "v6only": (v6only, ()),
        "inet": (inet, ()),
        "pair": (inet, (v6only,)),
        "loopback": (make_socket("127.0.0.1", **facts), (make_socket("::1", v6only=True, **facts),)),
    }[name]


def told(owners, socket, neighbours=(), verdict=None):
    return advice(owners, socket, verdict or judge(socket, HOST), neighbours)


# --- The table ----------------------------------------------------------------------------------------


def test_there_are_many_programs():
    assert len(programs()) >= 25


@pytest.mark.parametrize("key", TABLE)
def test_each_program_has_a_match_its_texts_and_a_page(key):
    table = TABLE[key]
    assert set(table) <= KEYS
    assert table["names"]
    assert table["opens"]
    assert re.search(r"https?://|\(\d\)", table["page"])
    assert any(situation in table for situation in SITUATIONS)
    for port in table.get("ports", ()):
        assert re.fullmatch(r"(tcp|udp)(/\d+)?", port)


@pytest.mark.parametrize(
    ("part", "sentence"), [item[1:] for item in SENTENCES], ids=[f"{k}-{p}" for k, p, _ in SENTENCES]
)
def test_each_sentence_can_be_shown(part, sentence):
    assert sentence.isascii()
    assert sentence.isprintable()
    assert sentence.endswith(".") is (part == "opens")
    assert not sentence.removesuffix("()").endswith(")")
    assert "  " not in sentence
    assert sentence[0].isupper() or part == "opens"
    numbers = re.findall(r"\d+", sentence.replace("{port}", ""))
    assert set(numbers) <= {"0", "1", "4", "6"}
    if part == "opens":
        assert "{port}" not in sentence


def test_a_program_known_by_a_word_stands_before_the_one_known_by_that_name_alone():
    by_name = set()
    for key, program in programs().items():
        if not program.words:
            assert by_name.isdisjoint(program.names), key
            by_name |= program.names
        else:
            assert by_name.isdisjoint(program.names), key


# --- Which program ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "name", "command"),
    [
        ("sshd", "sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"),
        ("sshd", "sshd-session", "sshd-session: root@pts/0"),
        ("nginx", "nginx", "nginx: worker process"),
        ("nginx", "nginx", "nginx: master process /usr/sbin/nginx -g daemon on;"),
        ("httpd", "httpd", "/usr/sbin/httpd -DFOREGROUND"),
        ("httpd", "apache2", "/usr/sbin/apache2 -k start"),
        ("php-fpm", "php-fpm8.2", "php-fpm: pool www"),
        ("php-fpm", "php-fpm", "php-fpm: master process (/etc/php-fpm.conf)"),
        ("postgres", "postgres", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"),
        ("redis", "redis-server", "/usr/bin/redis-server 127.0.0.1:6379"),
        ("node", "node", "node server.js"),
        ("node", "MainThread", "/usr/bin/node server.js"),
        ("exim", "exim4", "/usr/sbin/exim4 -bd -q30m"),
        ("varnish", "cache-main", "/usr/sbin/varnishd -a :6081"),
        ("nsd", "nsd: server 1", "/usr/sbin/nsd -d"),
        ("node-exporter", "prometheus-node", "/usr/bin/prometheus-node-exporter"),
        ("node-exporter", "prometheus-node", ""),
        ("prometheus", "prometheus", "/usr/bin/prometheus"),
        ("systemd-resolved", "systemd-resolve", "/lib/systemd/systemd-resolved"),
        ("systemd", "systemd", "/sbin/init splash"),
        ("tomcat", "java", "/usr/bin/java -classpath a.jar org.apache.catalina.startup.Bootstrap start"),
        ("jenkins", "java", "/usr/bin/java -jar /usr/share/java/jenkins.war --httpPort=8080"),
        (
            "elasticsearch",
            "java",
            "java -m org.elasticsearch.server/org.elasticsearch.bootstrap.Elasticsearch",
        ),
        ("java", "java", "java -jar app.jar"),
        ("http-server", "python3", "python3 -m http.server 8000"),
        ("http-server", "python3.11", "/usr/bin/python3.11 -m http.server"),
        ("gunicorn", "gunicorn", "/usr/bin/python3 /usr/bin/gunicorn app:app"),
        ("gunicorn", "gunicorn: maste", "gunicorn: master [app:app]"),
        ("uvicorn", "python3", "python3 -m uvicorn app:app"),
        ("uvicorn", "uvicorn", "/usr/bin/python3 /usr/bin/uvicorn app:app"),
        ("postfix", "master", "/usr/lib/postfix/sbin/master -w"),
        ("rabbitmq", "beam.smp", "/usr/lib/erlang/erts-13.1.5/bin/beam.smp -W w -- -noinput -s rabbit boot"),
        (None, "master", "/opt/game/master"),
        (None, "beam.smp", "/usr/bin/beam.smp -s couch"),
        (None, "python3", "python3 nginx.py"),
        (None, "sh", "sh /usr/sbin/nginx"),
        (None, "vim", "vim nginx.conf"),
        (None, "nginx-exporter", "/usr/bin/nginx-exporter"),
        (None, "", ""),
    ],
)
def test_programs_as_they_really_look(expected, name, command):
    assert known(Owner(process(name, command), 6)) == expected


def test_the_one_that_holds_the_socket_for_others_goes_first():
    service = Owner(process("sshd", pid=1444), 3)
    assert known(service, Owner(process("systemd", "/sbin/init", pid=1), 40)) == "systemd"
    assert known(Owner(process("cat", pid=7), 3), service) == "sshd"
    assert known() is None


WORD = st.text(st.characters(exclude_characters=" /", exclude_categories=()), max_size=15)


@given(WORD, WORD)
def test_no_name_fits_by_accident(name, executable):
    for one in (name, executable):
        assume(one.removesuffix(":").rstrip("0123456789.") not in NAMES)
        assume(one.removesuffix(":") not in NAMES)
    assert known(Owner(process(name, f"/usr/bin/{executable} -f"), 6)) is None


@given(st.sampled_from(NAMES), st.sampled_from(string.ascii_letters + "-_"))
def test_a_longer_name_is_another_name(name, letter):
    for other in (name + letter, letter + name):
        assume(other not in NAMES)
        assert known(Owner(process(other[:15] if other[:15] not in NAMES else other, other), 6)) is None


@given(st.sampled_from(sorted(INTERPRETERS)), st.lists(WORD, max_size=4))
def test_other_words_of_a_command_line_say_nothing(name, arguments):
    words = {word for program in programs().values() for word in program.words}
    assume(words.isdisjoint(argument.removesuffix(":") for argument in arguments))
    assert known(Owner(process(name, " ".join([name, *arguments])), 6)) == INTERPRETERS[name]


@given(st.text())
def test_nothing_of_a_command_line_is_shown(rest):
    socket = make_socket("::", v6only=False)
    shown = told(owned_by("nginx", f"nginx: {rest}"), socket)
    assert shown == told(owned_by("nginx"), socket) != ()


# --- Which sentence -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("key", "name"), [(k, p) for k, p, _ in SENTENCES if p != "opens"])
def test_every_sentence_is_given_in_its_situation(key, name):
    program = programs()[key]
    socket, neighbours = situation(name, program)
    sentence = TABLE[key][name].replace("{port}", str(socket.local.port))
    expected = (TABLE[key]["opens"], f"{sentence} (see {TABLE[key]['page']}).")
    assert told(owners_of(program), socket, neighbours) == expected


@pytest.mark.parametrize(
    ("key", "name"), [(k, s) for k, s in product(TABLE, SITUATIONS) if s not in TABLE[k]]
)
def test_a_situation_without_a_sentence_gets_none(key, name):
    program = programs()[key]
    socket, neighbours = situation(name, program)
    assert told(owners_of(program), socket, neighbours) == ()


def test_the_advice_for_nginx_reads_well():
    assert told(owned_by("nginx"), make_socket("::", v6only=True, port=80)) == (
        "nginx opens a socket for each address in listen, with ipv6only=on unless the line says otherwise.",
        "To serve IPv4 too: add listen 80, or write listen [::]:80 ipv6only=off, which takes a restart, not a"
        " reload (see https://nginx.org/en/docs/http/ngx_http_core_module.html#listen).",
    )


@pytest.mark.parametrize("names", [("0.0.0.0", "::"), ("::", "0.0.0.0")])
def test_a_pair_lacks_nothing(names):
    one, other = (make_socket(name, v6only=True if name == "::" else None) for name in names)
    (_, sentence) = told(owned_by("sshd"), one, (other,))
    assert sentence.startswith("Nothing is needed")


@pytest.mark.parametrize(
    "neighbour",
    [
        make_socket("::", v6only=True, state=State.BOUND),
        make_socket("2001:db8::1"),
        make_socket("::", v6only=True, ifindex=2),
        make_socket("0.0.0.0"),
    ],
    ids=["not-listening", "one-address", "one-interface", "same-version"],
)
def test_a_neighbour_that_does_not_serve_the_other_version_makes_no_pair(neighbour):
    (_, sentence) = told(owned_by("sshd"), make_socket("0.0.0.0"), (neighbour,))
    assert sentence.startswith("To serve IPv6 too")


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.53", "::1", "::ffff:127.0.0.1"])
def test_loopback_is_only_told_of_when_nothing_else_is_served(address):
    socket = make_socket(address)
    (_, sentence) = told(owned_by("redis-server"), socket, (make_socket("127.0.0.2"),))
    assert sentence.startswith("To serve other hosts")
    for beside in ("0.0.0.0", "10.0.0.12"):
        assert told(owned_by("redis-server"), socket, (make_socket("::1"), make_socket(beside))) == ()


@pytest.mark.parametrize(
    ("socket", "applies"),
    [
        (make_socket("0.0.0.0", 53, State.UNCONN), True),
        (make_socket("0.0.0.0", 53), True),
        (make_socket("0.0.0.0", 41403, State.UNCONN), False),
        (make_socket("0.0.0.0", 8953), False),
    ],
    ids=["udp-53", "tcp-53", "its-own-query", "another-port"],
)
def test_only_the_ports_that_the_setting_is_about(socket, applies):
    assert (told(owned_by("unbound"), socket) != ()) is applies


def test_sockets_that_no_setting_of_the_program_made():
    for socket in (
        make_socket("0.0.0.0", 41403, State.UNCONN),
        make_socket("10.0.0.12"),
        make_socket("2001:db8::1"),
        make_socket("::"),
        make_socket("0.0.0.0", state=State.BOUND),
        make_socket("10.0.0.12", state=State.ESTABLISHED, remote=("10.0.0.20", 5046)),
        make_socket("0.0.0.0", state=State.ESTABLISHED, remote=("10.0.0.20", 5046)),
    ):
        assert told(owned_by("nginx"), socket) == ()
    assert told((), make_socket("0.0.0.0")) == ()
    assert told(owned_by("cat"), make_socket("0.0.0.0")) == ()


@pytest.mark.parametrize("reason", sorted(set(Reason) - {Reason.INET, Reason.V6ONLY, Reason.DUAL_STACK}))
def test_another_verdict_on_a_wildcard_socket_gets_none(reason):
    verdict = Verdict(Serves.NONE, reason)
    for socket in (make_socket("::", v6only=True), make_socket("0.0.0.0")):
        assert told(owned_by("nginx"), socket, verdict=verdict) == ()


@given(st.sampled_from(sorted(programs())), sockets(), hosts(), st.lists(sockets(), max_size=3))
def test_advice_agrees_with_the_verdict(key, socket, host, neighbours):
    program, verdict = programs()[key], judge(socket, host)
    given_advice = advice(owners_of(program), socket, verdict, neighbours)
    if not given_advice:
        return
    opens, sentence = given_advice
    assert opens == program.opens
    assert socket.state in {State.LISTEN, State.UNCONN}
    assert verdict.serves.versions
    if "To serve IPv4 too" in sentence:
        assert verdict.serves is Serves.V6
    if "To serve IPv6 too" in sentence:
        assert verdict.serves is Serves.V4
    if "only:" in sentence and "Nothing is needed" not in sentence:
        assert verdict.serves is Serves.BOTH
