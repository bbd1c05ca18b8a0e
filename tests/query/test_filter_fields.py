from dataclasses import replace

import numpy as np
import pytest

from support.snapshots import HOST, ages, metrics, process, row, snapshot
from tcp46.model.columns import QUEUE_UNKNOWN
from tcp46.model.socket import State
from tcp46.model.verdict import REASONS, Reason, Serves
from tcp46.query import FIELDS, FilterError, parse

NGINX = process(1444, "nginx", user="www-data", uid=33)
JAVA = process(443, "Java VM", user="app", uid=1000)
HOSTILE = process(666, "a\udcff[/]\x1b", user="app", uid=1000)

ROWS = {
    "web": row(("::", 80), v6only=False, owners=[NGINX, JAVA], cgroup_id=71, recv_q=5, send_q=511),
    "web4": row(("0.0.0.0", 443), owners=[NGINX], cgroup_id=71),
    "six": row(("::", 22), v6only=True, uid=0),
    "link": row(("fe80::1", 5353), protocol="udp", ifindex=2, uid=33),
    "lost": row(("2001:db8::9", 53), protocol="udp", ifindex=9, owners=[HOSTILE], uid=1000),
    "old": row(("10.0.0.12", 68), protocol="udp", uid=1000, cgroup_id=72, send_q=QUEUE_UNKNOWN),
    "client": row(
        ("::ffff:10.0.0.12", 4243), ("::ffff:10.0.0.20", 64702), owners=[JAVA], uid=1000, send_q=2500
    ),
    "far": row(("2001:db8::12", 40000), ("2001:db8::20", 443), owners=[JAVA], uid=1000),
    "wait": row(("10.0.0.12", 443), ("10.1.2.3", 40001), state=State.TIME_WAIT, inode=0),
    "held": row(("127.0.0.1", 8080), state=State.BOUND, uid=1001),
}
NAMES = list(ROWS)


@pytest.fixture(scope="module")
def moment():
    """The rows above; what they serve is set here, so that every label and reason occurs."""
    made = snapshot(
        *ROWS.values(),
        host=replace(HOST, interfaces={1: "lo", 2: "eth0", 3: "br-lan"}),
        users={0: "root", 33: "www-data", 1000: "App"},
        units={71: "nginx.service", 72: "docker:dhcp client"},
    )
    rows = made.rows
    rows.v6only[NAMES.index("lost")] = -1
    labels = {
        "web": (Serves.BOTH, Reason.DUAL_STACK),
        "web4": (Serves.V4, Reason.INET),
        "six": (Serves.V6, Reason.V6ONLY),
        "link": (Serves.V6, Reason.V6_ADDRESS),
        "lost": (Serves.NONE, Reason.ADDRESS_ABSENT),
        "old": (Serves.V4, Reason.INET),
        "client": (Serves.V4_VIA_V6, Reason.MAPPED_CONNECTION),
        "far": (Serves.V6, Reason.V6_CONNECTION),
        "wait": (Serves.V4, Reason.INET),
        "held": (Serves.UNKNOWN, Reason.BOUND_INACTIVE),
    }
    client, far, wait = (NAMES.index(name) for name in ("client", "far", "wait"))
    return replace(
        made,
        serves=np.array([labels[name][0] for name in NAMES], "u1"),
        reason=np.array([REASONS.index(labels[name][1]) for name in NAMES], "u1"),
        metrics=metrics(
            len(made),
            rtt={client: 250_000, far: 40},
            retrans={client: 0, far: 12},
            rate_in={client: 1_500_000.5, far: 0},
            rate_out={client: 999},
        ),
        ages=ages(made, {client: (9.5, 10.5), far: (30, np.inf), wait: (0, 1)}),
    )


def found(text, moment):
    mask = parse(text).mask(moment)
    assert (mask.dtype, len(mask)) == (np.bool_, len(moment))
    return " ".join(name for name, matches in zip(NAMES, mask.tolist(), strict=True) if matches)


ALL = " ".join(NAMES)
MATCHES = [
    ("", ALL),
    ("   ", ALL),
    # bare words
    ("NGIN", "web web4"),
    ("java", "web client far"),
    ('"java vm"', "web client far"),
    ("n*x", "web web4"),
    ("*gin*", "web web4"),
    ("www", "link"),
    ("www-dat?", "link"),
    ("app", "lost old client far"),
    ("\udcff[/]", "lost"),
    ("10.0.0.12", "old client wait"),
    ("0.0.1", "old client wait held"),
    ("ffff:10.", "client"),
    ("::ffff:10.0.0.12", "old client wait"),
    ("10.0.0.0/8", "old client wait"),
    ("DB8", "lost far"),
    ("2001:0db8::0020", "far"),
    ("2001:db8::/32", "lost far"),
    ("[2001:db8::20]", "far"),
    ("fe80::1%eth0", "link"),
    ("fe80::1%lo", ""),
    ("::", "web six link lost client far"),
    ("443", "web web4 client far wait"),
    ("1444", "web web4"),
    ("0443", "web web4 client far wait"),
    ("4194304", ""),
    (":443", "web4 far wait"),
    ("12", ""),
    # words together
    ("nginx :80", "web"),
    ("nginx|:22", "web web4 six"),
    ("!nginx", "six link lost old client far wait held"),
    ("!nginx|java", "six link lost old wait held"),
    ("!nginx !java :22|5353", "six link"),
    ("port:80|443|state:bound", "web web4 far wait held"),
    # names of processes, users, units, interfaces
    ("process:nginx", "web web4"),
    ("process:443", ""),
    ("process:jav", "web client far"),
    ("process:jav*", "web client far"),
    ("process:jav?", ""),
    ("process:*", "web web4 lost client far"),
    ("process:\x1b", "lost"),
    ("pid:443", "web client far"),
    ("pid:443|666", "web lost client far"),
    ("user:root", "web web4 six"),
    ("user:0", "web web4 six"),
    ("user:APP|root", "web web4 six lost old client far"),
    ("user:1001", "held"),
    ("user:1", ""),
    ("user:*", "web web4 six link lost old client far"),
    ("unit:nginx", "web web4"),
    ("unit:'dhcp client'", "old"),
    ("unit:nginx*", "web web4"),
    ("unit:nginx?", ""),
    ("unit:*", "web web4 old"),
    ("interface:ETH0", "link"),
    ("interface:eth", ""),
    ("interface:eth*", "link"),
    ("interface:2", "link"),
    ("interface:if9", "lost"),
    ("interface:9", "lost"),
    ("interface:br-lan", ""),
    ("interface:*", "link lost"),
    # ports
    ("port:443", "web4 far wait"),
    ("lport:443", "web4 wait"),
    ("rport:443", "far"),
    ("port:40000-40001", "far wait"),
    ("lport:1-100", "web six lost old"),
    ("rport:1-65535", "client far wait"),
    # addresses
    ("addr:::", "web six"),
    ("addr:0.0.0.0", "web4"),
    ("addr:10.0.0.12", "old client wait"),
    ("addr:::ffff:10.0.0.12", "old client wait"),
    ("addr:10.0.0.1", ""),
    ("addr:10.0.0.20", "client"),
    ("addr:10.0.0.0/8", "old client wait"),
    ("addr:10.9.9.9/8", "old client wait"),
    ("addr:::ffff:10.0.0.0/104", "old client wait"),
    ("addr:10.1.0.0/16", "wait"),
    ("addr:0.0.0.0/0", "web4 old client wait held"),
    ("addr:::ffff:0:0/96", "web4 old client wait held"),
    ("addr:::/0", "web six link lost client far"),
    ("addr:2001:db8::/64", "lost far"),
    ("addr:2001:db8::10/124", "far"),
    ("addr:fe80::1", "link"),
    ("addr:FE80::1%eth0", "link"),
    ("addr:fe80::1%2", "link"),
    ("addr:fe80::%eth*/10", "link"),
    ("addr:fe80::1%lo", ""),
    ("addr:[fe80::1%eth0]", "link"),
    ("addr:::|0.0.0.0", "web web4 six"),
    # the words of the kernel and of tcp46
    ("state:listen", "web web4 six"),
    ("state:LISTENING", "web web4 six"),
    ("state:estab", "client far"),
    ("state:Established", "client far"),
    ("state:TCP_ESTABLISHED", "client far"),
    ("state:time-wait", "wait"),
    ("state:TIME_WAIT", "wait"),
    ("state:unconn", "link lost old"),
    ("state:close", "link lost old"),
    ("state:bound", "held"),
    ("state:bound_inactive", "held"),
    ("state:syn-recv|fin-wait-1|fin_wait2|syn_sent|close_wait|last-ack|closing", ""),
    ("proto:tcp", "web4 wait held"),
    ("proto:tcp6", "web six client far"),
    ("proto:UDP", "old"),
    ("proto:udp6", "link lost"),
    ("protocol:tcp", "web web4 six client far wait held"),
    ("protocol:udp", "link lost old"),
    ("family:inet", "web4 old wait held"),
    ("family:AF_INET6", "web six link lost client far"),
    ("family:4", "web4 old wait held"),
    ("family:6", "web six link lost client far"),
    ("serves:v4", "web web4 old client wait"),
    ("serves:v6", "web six link far"),
    ("serves:v4+v6", "web"),
    ('serves:"v4 via v6"', "client"),
    ("serves:mapped", "client"),
    ("serves:none", "lost"),
    ("serves:?", "held"),
    ("serves:unknown|none", "lost held"),
    ("reason:dual-stack", "web"),
    ("reason:V6ONLY|inet", "web4 six old wait"),
    ("v6only:0", "web"),
    ("v6only:off", "web"),
    ("v6only:1", "six link"),
    ("v6only:true", "six link"),
    ("v6only:unknown", ""),
    ("inode:5003", "six"),
    ("inode:0", "wait"),
    # comparisons
    ("recvq:5", "web"),
    ("recvq:=5", "web"),
    ("recvq:>0", "web"),
    ("recvq:>=5", "web"),
    ("recvq:>5", ""),
    ("recvq:<5 state:listen", "web4 six"),
    ("sendq:>=0.511k", "web client"),
    ("sendq:511|2.5k", "web client"),
    ("sendq:>0", "web client"),
    ("sendq:<1", "web4 six link lost far wait held"),
    ("!sendq:>=0", "old"),
    ("rtt:>100ms", "client"),
    ("rtt:>0", "client far"),
    ("rtt:<0.1ms", "far"),
    ("rtt:40us|0.25s", "client far"),
    ("RTT:<=0.25S", "client far"),
    ("rtt:=40µs", "far"),
    ("rtt:<1h", "client far"),
    ("!rtt:>100ms", "web web4 six link lost old far wait held"),
    ("retrans:>0", "far"),
    ("retrans:0|12", "client far"),
    ("in:>1M", "client"),
    ("in:>1.5mb", "client"),
    ("in:<=1500.0005k", "client far"),
    ("in:<1500.0005k", "far"),
    ("in:0", "far"),
    ("out:<1k", "client"),
    ("in:>1G|out:>900", "client"),
    ("age:<10s", "wait"),
    ("age:<=10.5s", "client wait"),
    ("age:<1h", "client wait"),
    ("age:>9s", "client far"),
    ("age:>=0.5m", "far"),
    ("age:>10s", "far"),
    ("'age:> 10 s'|state:bound", "held"),
    ("age:'> 10 s'", "far"),
]


@pytest.mark.parametrize(("text", "expected"), MATCHES)
def test_matches(text, expected, moment):
    assert found(text, moment) == expected


def test_every_field_is_among_the_examples():
    assert {name for name, _ in FIELDS if not any(f"{name}:" in text for text, _ in MATCHES)} == set()


@pytest.mark.parametrize("state", State)
def test_every_state_by_its_name(state):
    row_in_state = snapshot(row(("10.0.0.1", 1), ("10.0.0.2", 2), state=state))
    for name in (state.name, state.name.lower().replace("_", "-")):
        assert parse(f"state:{name}").mask(row_in_state).tolist() == [True]
    others = "|".join(other.name for other in State if other is not state)
    assert parse(f"state:{others}").mask(row_in_state).tolist() == [False]


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_by_its_code(reason):
    made = snapshot(row(("10.0.0.1", 1)), row(("10.0.0.1", 2)))
    code = REASONS.index(reason)
    made = replace(made, reason=np.array([code, (code + 1) % len(REASONS)], "u1"))
    assert parse(f"reason:{reason}").mask(made).tolist() == [True, False]


def test_v6only_is_unknown_where_it_would_decide_and_was_not_told():
    made = snapshot(row(("::", 80)), row(("::1", 80)), row(("0.0.0.0", 80)), row(("::1", 1), ("::1", 2)))
    made.rows.v6only[:] = -1
    assert parse("v6only:unknown").mask(made).tolist() == [True, False, False, False]
    assert parse("v6only:0|1").mask(made).tolist() == [False] * 4


def test_a_socket_without_a_file_has_no_user():
    made = snapshot(
        row(("10.0.0.1", 1), ("10.0.0.2", 2), state=State.TIME_WAIT, inode=0), row(("10.0.0.1", 2))
    )
    for text in ("user:0", "user:root", "root"):
        assert parse(text).mask(made).tolist() == [False, True]
    assert parse("!user:root").mask(made).tolist() == [True, False]


def test_a_disconnected_socket_keeps_its_old_peer():
    made = snapshot(
        row(("::", 5353), ("fe80::7", 0), protocol="udp", state=State.UNCONN),
        row(("::", 5353), protocol="udp"),
    )
    assert parse("addr:fe80::7").mask(made).tolist() == [True, False]
    assert parse("fe80").mask(made).tolist() == [True, False]
    assert parse("rport:1-65535").mask(made).tolist() == [False, False]


@pytest.mark.parametrize("text", ["rtt:>0", "rtt:<1h", "retrans:0", "in:0", "out:<1", "age:>=0s", "age:<1h"])
def test_what_was_not_asked_for_matches_no_comparison(text):
    made = snapshot(row(("10.0.0.1", 1), ("10.0.0.2", 2)))
    assert parse(text).mask(made).tolist() == [False]
    assert parse(f"!{text}").mask(made).tolist() == [True]


def test_which_filters_need_more_than_every_moment_has():
    for text in ("rtt:>1ms", "nginx !retrans:0", ":80|in:>1k", "OUT:0"):
        assert parse(text).needs_traffic
    for text in ("", "nginx", "recvq:>0", "age:<1s", "'rtt:>1ms'"):
        assert not parse(text).needs_traffic
    assert parse("a !Age:<1s|in:>5|>7").fields == {"age", "in"}


@pytest.mark.parametrize("text", ["", "nginx", "10.0", "::1", "80", "interface:eth0", "!user:root", "unit:*"])
def test_a_moment_without_rows(text):
    mask = parse(text).mask(snapshot())
    assert (mask.dtype, mask.tolist()) == (np.bool_, [])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("port", value) for value in ("0", "99999", "x", "80-", "-80", "90-80", "80-99999")),
        *(("port", value) for value in ("٣", "8_0", "+80", "http")),
        ("lport", "70000"),
        ("rport", "0"),
        *(("pid", value) for value in ("x", "0", "4194305", "9" * 5000, "1*")),
        ("user", "4294967296"),
        *(
            ("addr", value)
            for value in (
                "1.2.3", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/255.0.0.0", "10.0.0.0/٨", "fe80::1%",
                "[::1", "::1]", "localhost", "10.*", "10.0.0.1:80", "010.0.0.1", ":::",
            )
        ),
        *(("state", value) for value in ("foo", "est", "tcp", "-", "*")),
        *(("proto", value) for value in ("tcp46", "tcp4", "sctp")),
        ("protocol", "tcp6"),
        ("family", "unix"),
        *(("serves", value) for value in ("v5", "v4+", "both", "*")),
        *(("reason", value) for value in ("because", "dual")),
        *(("v6only", value) for value in ("2", "maybe")),
        *(("inode", value) for value in ("-1", "x", "18446744073709551616")),
        *(("recvq", value) for value in (">", "=>5", ">>5", "<>5", "-1", ">5x", ">5ms", "1e3", ".5", ">٣")),
        *(("sendq", value) for value in ("9" * 16, "9" * 400, ">0x10", "nan", ">inf", "*")),
        *(("rtt", value) for value in ("100", ">100", ">5k", ">ms", "-1ms")),
        *(("in", value) for value in (">1MB/s", ">1mib", "fast")),
        ("out", ">1s"),
        ("retrans", "some"),
        *(("age", value) for value in ("10s", "=10s", "=0", ">10", "new", "=" + "1" * 15 + "s")),
    ],
)  # fmt: skip
def test_a_value_that_matches_nothing_is_a_mistake(field, value):
    value = value[:400]
    text = f"sshd !{field}:{value}"
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert text[caught.value.start : caught.value.end] == value
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("text", ["0", "4194305", "99999999999", "9" * 500])
def test_a_number_that_is_neither_port_nor_pid_is_a_mistake(text):
    with pytest.raises(FilterError, match="neither a port nor a PID"):
        parse(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("state:est", "no state 'est'; did you mean established?"),
        ("reason:mapped", "no reason 'mapped'; did you mean mapped-address, mapped-connection?"),
        ("proto:tcp46", "'tcp46' is none of tcp, tcp6, udp, udp6"),
        ("serves:v5", "'v5' is none of v4, v6, v4+v6, mapped, none, ?"),
        ("pid:x", "'x' is not a PID, a number from 1 to 4194304"),
        ("recvq:>x", "'>x' is not a number, as in >0, >=1.5M or 7 (k, M, G: thousands, millions …)"),
        ("rtt:>100", "'>100' needs a unit: us, ms, s, m or h"),
        ("rtt:>1d", "'>1d' is not a time, as in >100ms or <10s (us, ms, s, m, h)"),
        ("age:10s", "'10s': no age is known exactly, only <, <=, > and >= can match"),
        ("rtime:>1s", "no field 'rtime'; quotes keep a colon"),
        ("retran:>1", "no field 'retran'; did you mean retrans?"),
        ("addr:1.2.3", "'1.2.3' is not an address or a prefix, like 10.0.0.1, ::1 or 10.0.0.0/8"),
    ],
)
def test_a_mistake_says_what_there_is(text, said):
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert str(caught.value) == said


def test_whether_the_figures_are_only_under_way(moment):
    bare = replace(moment, metrics=None)
    once = replace(moment, metrics=moment.metrics._replace(samples=moment.metrics.samples // 2))
    for text, expected in (
        ("nginx age:<1s recvq:>0", [False, False, False]),
        ("rtt:>1s", [True, False, False]),
        ("in:>1|rtt:>1s", [True, True, False]),
    ):
        assert [parse(text).waits_for(made) for made in (bare, once, moment)] == expected
