"""The explanation of one socket: complete, true to its facts, and safe to show."""

import random
import re
import string
import tomllib
from dataclasses import replace
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.situations import (
    ETH0,
    ETH0_SIX,
    IPV4,
    IPV6,
    LOOPBACK4,
    LOOPBACK6,
    MAPPED,
    TOLD,
    holders,
    hosts,
    make_host,
    make_owners,
    make_socket,
    sockets,
)
from tcp46.model.address import address_text, unmapped
from tcp46.model.counters import ListenCounters
from tcp46.model.host import IPv6Status
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Protocol, State
from tcp46.model.source import Source
from tcp46.model.tcpinfo import TcpInfo
from tcp46.model.verdict import Reason, Serves, Verdict
from tcp46.verdict import texts
from tcp46.verdict.contest import NO_CONTEST, Contest
from tcp46.verdict.judge import judge
from tcp46.verdict.known import HeldCloseWaits
from tcp46.verdict.listening import queue_text
from tcp46.verdict.programs import program_of
from tcp46.verdict.traffic import _fields
from tcp46.verdict.words import explain, short

HOST = make_host()
WITHOUT_IPV6 = make_host([LOOPBACK4, ETH0], disabled=["lo", "eth0"])
HOSTS = (
    HOST,
    WITHOUT_IPV6,
    replace(WITHOUT_IPV6, ipv6=IPv6Status.ABSENT, bindv6only=None),
    make_host([LOOPBACK6, ETH0_SIX]),
    make_host([], {1: "lo"}),
    make_host(disabled=["eth0"], nonlocal_bind=True),
    make_host(disabled=["a", "b", "c", "d", "e"], bindv6only=True),
)
OWNERS = (
    *(((), status) for status in OwnerStatus),
    (make_owners((1444, "sshd", 3)), OwnerStatus.KNOWN),
    (make_owners((1, "systemd", 40), (1444, "sshd", 3)), OwnerStatus.KNOWN),
    (make_owners((1, "systemd", 40)), OwnerStatus.KNOWN),
    (make_owners((2211, "docker-proxy", 4)), OwnerStatus.KNOWN),
    (make_owners(*((900 + n, f"worker{n % 3}", 6) for n in range(7))), OwnerStatus.KNOWN),
    (make_owners(*((1444, "sshd", 3 + n) for n in range(7))), OwnerStatus.KNOWN),
)
PAIR = (make_socket("0.0.0.0"), make_socket("::", v6only=True))
CROWD = tuple(make_socket(f"10.0.0.{n}") for n in range(20, 27))
TRIPLETS = (make_socket("::", v6only=False),) * 3
NEIGHBOURS = ((), PAIR, CROWD, TRIPLETS, (*TRIPLETS, *CROWD))
CONTESTS = (
    NO_CONTEST,
    Contest({4: (ETH0.address, PAIR[:1])}, (), ()),
    Contest({4: (ETH0.address, TRIPLETS), 6: (ETH0_SIX.address, PAIR[1:])}, (), ()),
    Contest({}, PAIR, ()),
    Contest({}, (), TRIPLETS),
)
CONNECTIONS = (
    None,
    {},
    {(4, State.ESTABLISHED): 12, (4, State.CLOSE_WAIT): 3},
    {(4, State.ESTABLISHED): 1200, (6, State.FIN_WAIT2): 1},
)
CLOSE_WAITS = (
    (),
    (HeldCloseWaits(make_owners((31307, "java", 9))[0].process, 214),),
    (HeldCloseWaits(make_owners((31307, "java", 9))[0].process, 1),),
    (HeldCloseWaits(make_owners((31307, "java", 9))[0].process, 777, is_all=False),),
    tuple(HeldCloseWaits(make_owners((900 + n, "worker", 6))[0].process, 9 - n) for n in range(6)),
)
SLOW = TcpInfo(
    ca_name="cubic", rtt=183_400, rttvar=20_011, min_rtt=150_777, retransmits=0, retrans=3,
    total_retrans=17, bytes_sent=91_234_567, bytes_retrans=24_616, bytes_acked=91_209_951,
    bytes_received=5_301, delivery_rate=1_234_567, delivery_rate_app_limited=False, pacing_rate=2_469_134,
    snd_cwnd=210, snd_ssthresh=180, busy_time=61_000_000, rwnd_limited=2_000, sndbuf_limited=0,
    snd_mss=1448, rcv_mss=536, pmtu=1500,
)  # fmt: skip
TCP_INFOS = (
    None,
    TcpInfo(),
    SLOW,
    SLOW._replace(retransmits=1),
    SLOW._replace(retransmits=5, rtt=None, rttvar=None),
    SLOW._replace(rwnd_limited=55_555_555, total_retrans=1),
    SLOW._replace(sndbuf_limited=44_444_444, total_retrans=0),
    SLOW._replace(delivery_rate_app_limited=True, snd_ssthresh=None, min_rtt=None, bytes_sent=None),
)


def sentences():
    """Every sentence of texts.toml by its name; a list has one entry a sentence."""

    def walk(prefix, table):
        for key, value in table.items():
            if isinstance(value, dict):
                yield from walk(f"{prefix}{key}.", value)
            else:
                for sentence in [value] if isinstance(value, str) else value:
                    yield f"{prefix}{key}", sentence

    return list(walk("", tomllib.loads(files("tcp46.verdict").joinpath("texts.toml").read_text())))


def every_socket():
    for state in State:
        if state.is_endpoint:
            for address in (*IPV4, *IPV6, *MAPPED):
                for v6only in (None, False, True) if address.version == 6 else (None,):
                    for remote in (None, ("::1", 0), ("::ffff:10.0.0.20", 0)):
                        if remote is None or (state is State.UNCONN and address.version == 6):
                            yield make_socket(str(address), state=state, v6only=v6only, remote=remote)
        else:
            for local, remote in (
                ("10.0.0.12", "10.0.0.20"),
                ("::1", "::1"),
                ("::ffff:10.0.0.99", "::ffff:10.0.0.20"),
            ):
                for recv_q in (0, 1, 2):
                    yield make_socket(local, state=state, remote=(remote, 5046), recv_q=recv_q)
                yield make_socket(local, 40046, state=state, remote=(remote, 5046))
                yield make_socket(local, 146, state=state, remote=(remote, 50460))
                yield make_socket(local, state=state, remote=(remote, 5046), uid=None, inode=0, send_q=None)
    for local, remote in (("10.0.0.12", "10.0.0.20"), ("::1", "::1")):
        yield make_socket(local, state=State.ESTABLISHED, protocol=Protocol.UDP, remote=(remote, 53))
    yield make_socket("10.0.0.12", state=State.ESTABLISHED, remote=("10.0.0.20", 5046), inode=0)
    for evidence in TOLD:
        for value in (False, True):
            yield make_socket("::", v6only=value, v6only_evidence=evidence)
            yield make_socket("::1", v6only=value, v6only_evidence=evidence)
    for ifindex in (1, 2, 9):
        for address in ("::", "fe80::77", "0.0.0.0"):
            yield make_socket(address, v6only=False if ":" in address else None, ifindex=ifindex)
    for recv_q, send_q in ((3, 128), (129, 128), (3, None)):
        yield make_socket("0.0.0.0", recv_q=recv_q, send_q=send_q)


def verdicts(socket, host):
    """The verdict on the socket alone, and those that its neighbours may make of it."""
    alone = judge(socket, host)
    yield alone
    if socket.state.is_endpoint and alone.serves not in {Serves.NONE, Serves.UNKNOWN}:
        yield Verdict(Serves.NONE, Reason.SHADOWED)
        yield Verdict(Serves.UNKNOWN, Reason.AMBIGUOUS)
    if alone.serves is Serves.BOTH:
        yield Verdict(Serves.V4_VIA_V6, Reason.SHADOWED)
        yield Verdict(Serves.V6, Reason.SHADOWED)


def every_situation():
    chance = random.Random(46)
    for socket in every_socket():
        for host in HOSTS:
            for verdict in verdicts(socket, host):
                owners, status = chance.choice(OWNERS)
                arguments = {
                    "source": chance.choice(list(Source)),
                    "neighbours": chance.choice(NEIGHBOURS),
                    "user": chance.choice(["root", None]),
                    "unit": chance.choice([None, "a.service"]),
                    "contest": chance.choice(CONTESTS),
                    "connections": chance.choice(CONNECTIONS),
                    "close_waits": chance.choice(CLOSE_WAITS),
                    "counters": chance.choice([None, ListenCounters(311, 322)]),
                    "tcp_info": chance.choice(TCP_INFOS),
                }
                yield socket, verdict, host, owners, status, arguments


class Recorder(dict):
    """The table of texts, remembering which were asked for."""

    def __init__(self, table):
        super().__init__(table)
        self.asked = set()

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)


@pytest.fixture
def recorder(monkeypatch):
    made = Recorder(texts._sentences())
    monkeypatch.setattr(texts, "_sentences", lambda: made)
    return made


def shown(explanation):
    """Every string of an explanation."""
    yield explanation.verdict
    yield from explanation.why
    for fact in explanation.evidence:
        yield from (fact.name, fact.value, fact.source)
    yield from explanation.as_printed_by.values()
    yield from explanation.advice


def numbers(text):
    """The numbers in `text`; those in names like FIN_WAIT2, FIN-WAIT-2 and AF_INET6 are not meant."""
    return set(re.findall(r"(?<![A-Z])(?<![A-Z]-)\d+", text))


def numbers_known(socket, host, owners, arguments):
    """Every number that an explanation of `socket` may mention, the 4 and 6 of names among them."""
    counts = [len(owners), len({owner.process.pid for owner in owners}), len(owners) - 4]
    counts += [len(arguments["neighbours"]) - 4, len(host.ipv6_disabled_on) - 4]
    counts += [len(arguments["close_waits"]) - 4]
    counts += [arguments["neighbours"].count(one) for one in arguments["neighbours"]]
    contest = arguments["contest"]
    counts += [len(contest.group), *map(len, (takers for _, takers in contest.taken.values()))]
    known = [
        *counts,
        socket.recv_q,
        socket.send_q,
        socket.uid,
        socket.inode,
        socket.ifindex,
        host.bindv6only and 1,
    ]
    known += [*host.ip_local_port_range, *(address for address, _ in contest.taken.values())]
    known += [one for takers in (*contest.taken.values(), (0, contest.candidates)) for one in takers[1:]]
    known += known_of_traffic(arguments)
    program = program_of(owners)
    known.append(program and program.page)
    known += [arguments["user"], arguments["unit"], *host.interfaces.values(), *host.ipv6_disabled_on]
    for end in (socket, *arguments["neighbours"]):
        for one in filter(None, (end.local, end.remote)):
            known += [address_text(one.address), unmapped(one.address), one.port]
    for owner in owners:
        known += [owner.process.pid, owner.process.name, owner.process.user, owner.process.command, owner.fd]
    return numbers(" ".join(str(item) for item in known)) | {"0", "4", "6"}


def known_of_traffic(arguments):
    connections, counters, info = (arguments[name] for name in ("connections", "counters", "tcp_info"))
    for version in (4, 6):
        here = [count for (number, _), count in (connections or {}).items() if number == version]
        yield from (f"{count:,}" for count in (*here, sum(here)))
    for held in arguments["close_waits"]:
        yield from (held.process.pid, held.process.name, held.count)
    if counters is not None:
        yield from (counters.overflows, counters.drops)
    if info is not None:
        yield from _fields(info).values()
        for part in (info.rwnd_limited, info.sndbuf_limited):
            yield info.busy_time and round(100 * part / info.busy_time)


def check(socket, verdict, host, owners, status, arguments):
    explanation = explain(socket, verdict, host, owners, status, **arguments)
    one_line = short(socket, verdict, host)
    for text in (*shown(explanation), one_line):
        assert text.strip() == text != ""
        assert text.isprintable()
    for text in (explanation.verdict, *explanation.why, *explanation.advice, one_line):
        assert "  " not in text
        assert "None" not in text
        assert re.search(r"(?<!bind|sten|cept|lose|nect)\(\)", text) is None
    assert 2 <= len(explanation.why) <= 5
    for sentence in (*explanation.why, *explanation.advice, one_line):
        assert sentence.endswith(".")
    assert not explanation.verdict.endswith(".")
    assert len(one_line) <= 105
    return explanation, one_line


class TestComplete:
    def test_every_situation_has_its_words_and_every_word_its_situation(self, recorder):
        for situation in every_situation():
            check(*situation)
            if situation[0].state is State.LISTEN:
                for waiting in (situation[0].recv_q, 1):
                    assert queue_text(situation[0]._replace(recv_q=waiting)).endswith(".")
        assert set(recorder) - recorder.asked == set()

    def test_every_sentence_can_be_filled_and_is_ascii(self):
        for name, sentence in sentences():
            fields = list(string.Formatter().parse(sentence))
            assert all(field is None or field.isidentifier() for _, field, _, _ in fields), name
            assert all(not spec and not conversion for _, _, spec, conversion in fields), name
            assert sentence.isascii(), name

    def test_every_number_comes_from_the_socket(self, recorder):
        for situation in every_situation():
            socket, _, host, owners, _, arguments = situation
            recorder.asked.clear()
            explanation, one_line = check(*situation)
            table = dict.items(recorder)
            written = " ".join(str(value) for name, value in table if name in recorder.asked)
            allowed = numbers_known(socket, host, owners, arguments) | numbers(written)
            for text in (*shown(explanation), one_line):
                assert numbers(text) <= allowed, text


NASTY = st.sampled_from(["{program}", "{0}%s", "a\x1b[31m\n", "[/b]", "\u202eabc", "x\udcff", " ", "a" * 15])


class TestHostile:
    @given(sockets(), hosts(), holders(NASTY), st.sampled_from(Source), NASTY, NASTY)
    def test_any_socket_any_name(self, socket, host, held, source, user, unit):
        owners, status = held
        host = replace(host, interfaces={index: f"{user}{index}" for index in host.interfaces})
        explanation = explain(
            socket, judge(socket, host), host, owners, status, source=source, user=user, unit=unit
        )
        for text in shown(explanation):
            assert text.isprintable()
        assert short(socket, judge(socket, host), host).isprintable()

    def test_braces_in_a_name_stay_what_they_are(self):
        explanation = explain(
            make_socket("0.0.0.0"), judge(make_socket("0.0.0.0"), HOST), HOST,
            make_owners((7, "{port}", 3)), OwnerStatus.KNOWN, source=Source.SOCK_DIAG,
        )  # fmt: skip
        assert "the socket of {port} is" in explanation.why[0]


def told(socket, host=HOST, owners=(), status=OwnerStatus.UNKNOWN, source=Source.SOCK_DIAG, **more):
    """Everything that is said about `socket`, as one text."""
    explanation = explain(socket, judge(socket, host), host, owners, status, source=source, **more)
    return explanation, " ".join(explanation.why + explanation.advice)


def fact(explanation, name):
    (found,) = [item for item in explanation.evidence if item.name == name]
    return found


JAVA = make_owners((31307, "java", 9))


class TestAnswers:
    """What people ask (in a comment) and what the explanation of their socket says to it."""

    def test_tcp6_with_ipv4_addresses(self):
        socket = make_socket("::ffff:10.0.0.12", 4243, State.ESTABLISHED, remote=("::ffff:10.0.0.20", 64702))
        explanation, words = told(socket, owners=JAVA)
        assert explanation.verdict == "carries IPv4, on an AF_INET6 socket"
        assert "netstat says tcp6 because the socket of java is an AF_INET6 one" in words
        assert "holds the peer as ::ffff:10.0.0.20, the IPv4-mapped form of 10.0.0.20" in words
        assert "Its packets are IPv4" in words

    def test_one_tcp6_row_alone(self):
        explanation, words = told(make_socket("::", 80, v6only=False), owners=make_owners((9, "httpd", 4)))
        assert explanation.verdict == "serves IPv4 and IPv6"
        assert "IPV6_V6ONLY is 0 in it (the kernel says so)" in words
        assert "::ffff:a.b.c.d" in words
        assert "0.0.0.0:80 gets EADDRINUSE" in words

    def test_tcp6_row_beside_a_tcp_row(self):
        four, six = make_socket("0.0.0.0", 22), make_socket("::", 22, v6only=True)
        explanation, words = told(six, neighbours=[four])
        assert "IPv4 on port 22 goes to another socket, tcp 0.0.0.0:22 (v4)" in words
        assert "To serve IPv4 too" not in words
        assert fact(explanation, "beside it").value == "tcp 0.0.0.0:22 (v4)"
        _, words = told(four, neighbours=[six])
        assert "IPv6 on port 22 goes to another socket, tcp6 [::]:22 (v6)" in words

    def test_ipv6_goes_to_a_dual_stack_neighbour(self):
        _, words = told(make_socket("0.0.0.0", 80), neighbours=[make_socket("::", 80, v6only=False)])
        assert "IPv6 on port 80 goes to another socket, tcp6 [::]:80 (v4+v6)" in words
        assert "To serve IPv6 too" not in words

    def test_v6only_alone_says_how_to_serve_ipv4(self):
        _, words = told(make_socket("::", 80, v6only=True))
        assert "ss writes [::]:80 for this one and *:80 for that" in words
        assert "To serve IPv4 too" in words

    def test_a_bound_neighbour_or_one_on_an_interface_does_not_serve_the_other_version(self):
        six = make_socket("::", 22, v6only=True)
        for neighbour in (
            make_socket("0.0.0.0", 22, State.BOUND),
            make_socket("0.0.0.0", 22, ifindex=2),
            make_socket("127.0.0.1", 22),
        ):
            assert "To serve IPv4 too" in told(six, neighbours=[neighbour])[1]

    def test_v6only_that_nobody_set(self):
        explanation, words = told(make_socket("2001:db8::12", v6only=True))
        assert "The kernel sets IPV6_V6ONLY to 1 when bind() names one IPv6 address" in words
        assert "bind() to one IPv6 address sets it" in fact(explanation, "IPV6_V6ONLY").source

    def test_v6only_that_was_not_read_is_not_claimed(self):
        socket = make_socket("::1", v6only=None)
        explanation, _ = told(socket, source=Source.PROC)
        assert "IPV6_V6ONLY" not in " ".join(explanation.why)
        assert fact(explanation, "IPV6_V6ONLY").value == "has no say"

    def test_bindv6only_is_only_the_default(self):
        explanation, _ = told(make_socket("::", v6only=False), make_host(bindv6only=True))
        assert fact(explanation, "net.ipv6.bindv6only").value == "1"
        assert "own value counts" in fact(explanation, "net.ipv6.bindv6only").source

    def test_proc_tells_no_v6only(self):
        explanation, words = told(make_socket("::", send_q=None), source=Source.PROC)
        assert explanation.verdict.startswith("not known")
        assert "sock_diag, which this process could not use" in words
        assert fact(explanation, "IPV6_V6ONLY").value == "not known"
        assert fact(explanation, "interface").value == "not known"
        assert "limit not known" in fact(explanation, "accept queue").value
        assert "ss" not in explanation.as_printed_by

    def test_reached_from_this_host_only(self):
        for address, other in (("127.0.0.1", "::1"), ("::1", "127.0.0.1")):
            explanation, words = told(make_socket(address))
            assert "from this host only" in explanation.verdict
            assert f"not by {other}" in words

    def test_address_that_moved_away(self):
        explanation, words = told(make_socket("10.0.0.77"))
        assert explanation.verdict == "serves nothing: no interface here has 10.0.0.77"
        assert "stays listed as LISTEN" in words

    def test_address_that_has_yet_to_come(self):
        host = make_host(nonlocal_bind=True)
        assert "ip_nonlocal_bind is 1 here" in told(make_socket("10.0.0.77"), host)[1]
        assert "ip_nonlocal_bind" not in told(make_socket("2001:db8::77"), host)[1]

    def test_ipv6_was_turned_off(self):
        explanation, words = told(make_socket("::", v6only=False), WITHOUT_IPV6)
        assert explanation.verdict == "serves IPv4 only: no interface here has an IPv6 address"
        assert "net.ipv6.conf.all.disable_ipv6 to 0" in words
        explanation, _ = told(make_socket("::", v6only=True), WITHOUT_IPV6)
        assert explanation.verdict.startswith("serves nothing")

    def test_ipv6_is_off_on_the_interface(self):
        explanation, words = told(make_socket("::", v6only=False, ifindex=2), make_host(disabled=["eth0"]))
        assert explanation.verdict == "serves IPv4 only: IPv6 is turned off on eth0"
        assert "net.ipv6.conf.eth0.disable_ipv6 to 0" in words

    def test_full_accept_queue(self):
        explanation, words = told(make_socket("0.0.0.0", recv_q=129, send_q=128))
        assert fact(explanation, "accept queue").value.startswith("full: 129 waiting for accept(), limit 128")
        assert "calls accept() too slowly" in words
        explanation, words = told(make_socket("0.0.0.0", recv_q=128, send_q=128))
        assert fact(explanation, "accept queue").value == "128 waiting for accept(), limit 128"
        assert "too slowly" not in words

    def test_bound_and_not_listening(self):
        explanation, words = told(make_socket("::", 80, State.BOUND, v6only=False), owners=JAVA)
        assert explanation.verdict.startswith("serves nothing")
        assert "EADDRINUSE" in words
        assert "netstat says" not in words
        assert set(explanation.as_printed_by) == {"ss"}

    def test_close_wait(self):
        socket = make_socket("10.0.0.12", 80, State.CLOSE_WAIT, remote=("10.0.0.20", 9), recv_q=1)
        explanation, words = told(socket, owners=JAVA)
        assert "java has not called close() yet" in words
        assert "a leak, to be mended in the program" in words
        assert fact(explanation, "Recv-Q").value == "1 (the peer's FIN, and no data)"

    def test_time_wait(self):
        socket = make_socket("10.0.0.12", 80, State.TIME_WAIT, remote=("10.0.0.20", 9), inode=0, uid=None)
        explanation, words = told(socket, status=OwnerStatus.CLOSING)
        assert "no process holds it" in words
        assert [item.name for item in explanation.evidence if item.name in {"Recv-Q", "user"}] == []
        assert "lsof" not in explanation.as_printed_by

    def test_syn_sent(self):
        socket = make_socket("10.0.0.12", 4000, State.SYN_SENT, remote=("10.0.0.20", 80), send_q=1)
        explanation, words = told(socket, owners=JAVA)
        assert "a refusal would come at once" in words
        assert fact(explanation, "Send-Q").value == "1 (the request itself, not acknowledged)"

    @pytest.mark.parametrize(
        ("status", "says"),
        [
            (OwnerStatus.NO_PERMISSION, "is hidden"),
            (OwnerStatus.KERNEL, "NFS"),
            (OwnerStatus.NOT_ACCEPTED, "waits for the program's accept()"),
            (OwnerStatus.CLOSING, "No process holds it any more"),
            (OwnerStatus.UNKNOWN, "is not known"),
        ],
    )
    def test_no_owner(self, status, says):
        socket = make_socket("10.0.0.12", 2049, State.ESTABLISHED, remote=("10.0.0.20", 752))
        explanation, words = told(socket, status=status, user="www-data", unit="nginx.service")
        assert says in words
        assert fact(explanation, "user").value == "www-data (uid 33)"
        assert fact(explanation, "unit").value == "nginx.service"
        assert "chooses the names in it" in fact(explanation, "unit").source
        assert fact(explanation, "held by").value in {
            "hidden",
            "none",
            "none yet",
            "none any more",
            "not known",
        }

    def test_several_owners_of_one_socket(self):
        owners = make_owners((1, "nginx", 6), (2, "nginx", 6), (2, "nginx", 7), (3, "nginx", 6))
        explanation, words = told(make_socket("0.0.0.0"), owners=owners)
        assert "3 processes hold this one socket (inode 30431)" in words
        assert fact(explanation, "held by").value == "1 nginx (fd 6), 2 nginx (fd 6, 7), 3 nginx (fd 6)"

    def test_udp_has_no_listen(self):
        explanation, _ = told(make_socket("0.0.0.0", state=State.UNCONN))
        assert "UDP has no LISTEN" in fact(explanation, "state").value

    def test_disconnected_udp(self):
        from_one = make_socket("::", state=State.UNCONN, v6only=False, remote=("2001:db8::7", 0))
        explanation, words = told(from_one)
        assert explanation.verdict == "serves IPv4 and IPv6 (IPv6 from 2001:db8::7 only)"
        assert "IPv4 from everybody" in words
        to_ipv4 = make_socket("::", state=State.UNCONN, v6only=False, remote=("::ffff:10.0.0.3", 0))
        assert "No IPv6 sender can match it" in told(to_ipv4)[1]

    def test_interface(self):
        assert (
            "what this host itself sends to an address of eth0" in told(make_socket("0.0.0.0", ifindex=2))[1]
        )
        assert "its loopback addresses" in told(make_socket("0.0.0.0", ifindex=1))[1]

    def test_connection_on_an_address_that_is_gone(self):
        socket = make_socket("10.0.0.77", 80, State.ESTABLISHED, remote=("10.0.0.20", 9))
        assert "its packets no longer arrive" in told(socket)[1]

    def test_shadowed(self):
        socket = make_socket("::", 80, v6only=False)
        verdict = Verdict(Serves.V6, Reason.SHADOWED)
        explanation = explain(socket, verdict, HOST, (), OwnerStatus.UNKNOWN, source=Source.SOCK_DIAG)
        assert explanation.verdict == "serves IPv6: other sockets on port 80 take IPv4"
        assert "Alone on port 80 it would serve IPv4 and IPv6." in explanation.why

    def test_what_was_not_looked_at_is_always_said(self):
        for situation in (make_socket("::"), make_socket("0.0.0.0", state=State.BOUND)):
            explanation, _ = told(situation)
            assert explanation.evidence[-1].name == "not looked at"
            assert "nftables" in explanation.evidence[-1].value


@pytest.mark.parametrize("name", ["", " "])
def test_a_program_without_a_name_is_said_to_have_none(name):
    _, text = told(make_socket("0.0.0.0"), owners=make_owners((77, name, 3)))
    assert "the socket of (no name) is an AF_INET one" in text


def test_short_form_of_the_three_puzzling_rows():
    assert short(make_socket("::", v6only=False), judge(make_socket("::", v6only=False), HOST), HOST) == (
        "IPv4 and IPv6: bound to ::, and IPV6_V6ONLY is 0."
    )
    client = make_socket("127.0.0.1", state=State.ESTABLISHED, remote=("127.0.0.1", 5555))
    assert short(client, judge(client, HOST), HOST) == "IPv4 packets, on an AF_INET socket."
    child = make_socket("::ffff:127.0.0.1", state=State.ESTABLISHED, remote=("::ffff:127.0.0.1", 5555))
    assert short(child, judge(child, HOST), HOST).startswith("IPv4 packets on an AF_INET6 socket")
