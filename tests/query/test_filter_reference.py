"""The masks against the same language written down plainly, one row at a time."""

import math
import operator
import random
import re
from dataclasses import replace
from fractions import Fraction
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from support.snapshots import HOST, ages, process, row, snapshot
from tcp46.model.address import address_text, is_any, unmapped
from tcp46.model.columns import QUEUE_UNKNOWN, Columns
from tcp46.model.metrics import Metrics
from tcp46.model.owners import Owners, OwnerTable
from tcp46.model.process import Owner
from tcp46.model.socket import Family, State, V6OnlyEvidence
from tcp46.model.verdict import REASONS, Serves
from tcp46.query import parse

USERS = {0: "root", 33: "www-data", 1000: "Ann"}
UNITS = {7: "nginx.service", 8: "docker:a b"}
INTERFACES = {1: "lo", 2: "eth0"}
PROCESSES = [
    process(80, "nginx", uid=33, user="www-data"),
    process(443, "Nginx: w", uid=33, user="www-data"),
    process(5000, "fe", uid=0),
    process(5001, "a\udcff|!*", uid=1000, user="Ann"),
]
ADDRESSES = [
    ("0.0.0.0", "10.0.0.1", "10.0.0.12", "127.0.0.1", "192.168.10.0"),
    (
        "::",
        "::1",
        "fe80::1",
        "2001:db8::a:12",
        "::ffff:0.0.0.0",
        "::ffff:10.0.0.1",
        "::ffff:192.168.10.0",
        "1:0:0:2::3",
    ),
]
PORTS = [22, 80, 443, 5000, 65535]
QUEUED = [0, 1, 3, 250, 1500, 3_000_000]
FIGURES = [*map(float, QUEUED), 0.5, 999.999, np.nan]


def fits(pattern, name, *, whole=False):
    pattern, name = pattern.casefold(), name.casefold()
    if "*" in pattern or "?" in pattern:
        expression = "".join({"*": ".*", "?": "."}.get(each, re.escape(each)) for each in pattern)
        return re.fullmatch(expression, name, re.DOTALL) is not None
    return pattern == name if whole else pattern in name


def ends(moment, index):
    socket = moment.socket(index)
    remote = socket.remote
    if remote is not None and remote.port == 0 and is_any(remote.address):
        remote = None
    return [socket.local] if remote is None else [socket.local, remote]


def process_matches(value, moment, index):
    return any(fits(value, owner.process.name) for owner in moment.owners_of(index))


def pid_matches(value, moment, index):
    return any(owner.process.pid == int(value) for owner in moment.owners_of(index))


def user_matches(value, moment, index):
    if value.isdigit():
        return moment.socket(index).uid == int(value)
    user = moment.user(index)
    return user is not None and fits(value, user)


def unit_matches(value, moment, index):
    unit = moment.unit(index)
    return unit is not None and fits(value, unit)


def interface_matches(value, moment, index):
    name = moment.interface(index)
    return name is not None and (fits(value, name, whole=True) or value == str(moment.socket(index).ifindex))


def port_matches(value, moment, index):
    first, _, last = value.partition("-")
    return any(int(first) <= end.port <= int(last or first) for end in ends(moment, index))


def address_matches(value, moment, index):
    network = value.strip("[]")
    zone = ""
    if "%" in network:
        network, _, rest = network.partition("%")
        zone, slash, length = rest.partition("/")
        network += slash + length
    block = ip_network(network, strict=False)
    if zone and not interface_matches(zone, moment, index):
        return False
    return any(_in(block, end.address) for end in ends(moment, index))


def _in(block, address):
    if block.version == 4:
        return unmapped(address).version == 4 and unmapped(address) in block
    if isinstance(address, IPv4Address):
        return block.prefixlen >= 96 and IPv6Address(f"::ffff:{address}") in block
    return address in block


def v6only_matches(value, moment, index):
    socket = moment.socket(index)
    if value == "unknown":
        return socket.v6only is None and socket.v6only_evidence is V6OnlyEvidence.UNKNOWN
    return socket.v6only is (value == "1")


def serves_matches(value, moment, index):
    serves = moment.verdict(index).serves
    if value in {"v4", "v6"}:
        return {"v4": "ipv4", "v6": "ipv6"}[value] in serves.versions
    return serves.label == {"mapped": "v4 via v6", "unknown": "?"}.get(value, value)


def bare_matches(value, moment, index):
    if value.isdigit():
        is_port = int(value) <= 65535 and any(end.port == int(value) for end in ends(moment, index))
        return is_port or pid_matches(value, moment, index)
    named = process_matches(value, moment, index)
    user = moment.user(index)
    named = named or (user is not None and fits(value, user))
    if "*" in value or "?" in value:
        return named
    addresses = [end.address for end in ends(moment, index)]
    texts = [address_text(address) for address in addresses] + [
        str(unmapped(address)) for address in addresses
    ]
    try:
        in_block = address_matches(value, moment, index)
    except ValueError:
        in_block = False
    return named or in_block or any(value.casefold() in text for text in texts)


def socket_says(attribute, value, moment, index):
    found = getattr(moment.socket(index), attribute)
    return str(getattr(found, "name", found)).casefold() == value.casefold()


def local_port_matches(value, moment, index):
    return moment.socket(index).local.port == int(value)


def remote_port_matches(value, moment, index):
    remote = moment.socket(index).remote
    return remote is not None and remote.port == int(value)


def reason_matches(value, moment, index):
    return moment.verdict(index).reason == value


def pieces_of(names):
    names = sorted(names)
    parts = [name[i:j] for name in names for i in range(len(name)) for j in range(i + 1, len(name) + 1)]
    return st.sampled_from([part for part in parts if not part.isdigit()])


NAMES = [held_by.name for held_by in PROCESSES]
patterns = st.text("nginxea*?: ", min_size=1, max_size=6)
addresses = st.sampled_from([address for family in ADDRESSES for address in family])
texts_of_addresses = pieces_of(address for family in ADDRESSES for address in family)
numbers = st.sampled_from(["22", "80", "443", "5000", "5001", "1000", "4194304"])


@st.composite
def prefixes(draw):
    text = draw(addresses)
    length = draw(st.none() | st.integers(0, ip_address(text).max_prefixlen))
    zone = draw(st.sampled_from(["", "", "", "%eth0", "%2", "%if9"]))
    if length is None:
        return draw(st.sampled_from([f"{text}{zone}", f"[{text}{zone}]"]))
    return f"{text}{zone}/{length}"


OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq}
TIMES = {"us": 1, "ms": 1000, "s": 10**6, "m": 60 * 10**6, "h": 3600 * 10**6}
SIZES = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}


def figure_matches(of, units, value, moment, index):
    """`of` gives a row's figure, or None; for ages two limits, of which the far one must fit, too."""
    sign = value.rstrip("0123456789.usmhkMG") or "="
    number = value.lstrip("<>=")
    unit = number.lstrip("0123456789.")
    wanted = Fraction(number.removesuffix(unit)) * units[unit]
    found = of(moment, index)
    figures = found if isinstance(found, tuple) else (found,)
    return all(figure is not None and OPERATORS[sign](Fraction(figure), wanted) for figure in figures)


def queue_of(name, moment, index):
    return getattr(moment.socket(index), name)


def metric_of(name, moment, index):
    figure = float(getattr(moment.metrics, name)[index])
    return None if math.isnan(figure) else figure


def age_of(moment, index):
    known = dict(zip(moment.ages.keys.tolist(), range(len(moment.ages.keys)), strict=True))
    if int(moment.keys[index]) not in known:
        return None
    place = known[int(moment.keys[index])]
    limits = moment.ages.opened_before[place], moment.ages.opened_after[place]
    # 60 digits are as good as for ever.
    return tuple(min(10**60, (moment.monotonic - limit) * 10**6) for limit in limits)


def comparisons(units, numbers, signs=("", *OPERATORS)):
    return st.builds(
        "{}{}{}".format, st.sampled_from(signs), st.sampled_from(numbers), st.sampled_from(sorted(units))
    )


COUNTS = ["0", "1", "1.5", "3", "250", "1000"]
VALUES = {
    "": (
        pieces_of([*NAMES, *USERS.values()]) | patterns | texts_of_addresses | numbers | prefixes(),
        bare_matches,
    ),
    "process": (pieces_of(NAMES) | patterns | st.just("80"), process_matches),
    "pid": (numbers, pid_matches),
    "user": (pieces_of(USERS.values()) | patterns | st.sampled_from(["0", "33", "1000", "7"]), user_matches),
    "unit": (pieces_of(UNITS.values()) | patterns, unit_matches),
    "interface": (
        st.sampled_from(["lo", "ETH0", "eth", "e*", "?o", "2", "9", "if9", "*"]),
        interface_matches,
    ),
    "port": (st.sampled_from(["22", "80", "443", "1-100", "65535", "5000-5000"]), port_matches),
    "lport": (st.sampled_from(["22", "80", "443"]), local_port_matches),
    "rport": (st.sampled_from(["22", "80", "443"]), remote_port_matches),
    "addr": (prefixes(), address_matches),
    "state": (st.sampled_from([state.name for state in State]), partial(socket_says, "state")),
    "proto": (st.sampled_from(["tcp", "TCP6", "udp", "udp6"]), partial(socket_says, "proto")),
    "protocol": (st.sampled_from(["tcp", "UDP"]), partial(socket_says, "protocol")),
    "family": (st.sampled_from(["af_inet", "AF_INET6"]), partial(socket_says, "family")),
    "serves": (
        st.sampled_from(["v4", "v6", "v4+v6", "v4 via v6", "mapped", "none", "?", "unknown"]),
        serves_matches,
    ),
    "reason": (st.sampled_from([str(reason) for reason in REASONS]), reason_matches),
    "v6only": (st.sampled_from(["0", "1", "unknown"]), v6only_matches),
    "inode": (st.sampled_from(["0", "5001", "5002"]), partial(socket_says, "inode")),
    "recvq": (comparisons(SIZES, COUNTS), partial(figure_matches, partial(queue_of, "recv_q"), SIZES)),
    "sendq": (comparisons(SIZES, COUNTS), partial(figure_matches, partial(queue_of, "send_q"), SIZES)),
    "in": (comparisons(SIZES, COUNTS), partial(figure_matches, partial(metric_of, "rate_in"), SIZES)),
    "out": (comparisons(SIZES, COUNTS), partial(figure_matches, partial(metric_of, "rate_out"), SIZES)),
    "rtt": (comparisons(TIMES, COUNTS), partial(figure_matches, partial(metric_of, "rtt"), TIMES)),
    "retrans": (comparisons(SIZES, COUNTS), partial(figure_matches, partial(metric_of, "retrans"), SIZES)),
    "age": (comparisons(TIMES, COUNTS, ("<", "<=", ">", ">=")), partial(figure_matches, age_of, TIMES)),
}


def quote(value):
    mark = "'" if '"' in value else '"'
    return f"{mark}{value}{mark}"


@st.composite
def terms(draw, fields=tuple(VALUES)):
    """One alternative: as it is written, and what it means; the value is in quotes, so that it ends there."""
    field = draw(st.sampled_from(fields))
    values, matches = VALUES[field]
    value = draw(values)
    return (f"{field}:" if field else "") + quote(value), partial(matches, value)


@st.composite
def words(draw):
    """A word: bare alternatives first, as a field holds for what follows it."""
    bare = draw(st.lists(terms(("",)), max_size=2))
    named = draw(st.lists(terms(tuple(VALUES)[1:]), min_size=not bare, max_size=3))
    alternatives = bare + named
    negated = draw(st.booleans())
    text = "!" * negated + "|".join(text for text, _ in alternatives)
    meanings = [meaning for _, meaning in alternatives]
    return text, lambda moment, index: negated != any(meaning(moment, index) for meaning in meanings)


@st.composite
def rows(draw):
    local, remote = (draw(st.sampled_from(family)) for family in [draw(st.sampled_from(ADDRESSES))] * 2)
    far = draw(st.none() | st.just((remote, draw(st.sampled_from([0, *PORTS])))))
    return row(
        (local, draw(st.sampled_from(PORTS))),
        far,
        state=draw(st.sampled_from(State)),
        protocol=draw(st.sampled_from(["tcp", "udp"])),
        v6only=draw(st.sampled_from([None, False, True])),
        owners=draw(st.lists(st.sampled_from(PROCESSES), max_size=3)),
        uid=draw(st.sampled_from([0, 33, 1000, 1001])),
        ifindex=draw(st.sampled_from([0, 0, 1, 2, 9])),
        cgroup_id=draw(st.sampled_from([0, 7, 8, 9])),
        recv_q=draw(st.sampled_from(QUEUED)),
        send_q=draw(st.sampled_from([*QUEUED, QUEUE_UNKNOWN])),
    )


@st.composite
def moments(draw):
    made = snapshot(
        *draw(st.lists(rows(), max_size=6)),
        users=USERS,
        units=UNITS,
        host=replace(HOST, interfaces=INTERFACES),
    )
    codes = st.lists(st.sampled_from(Serves), min_size=len(made), max_size=len(made))
    places = st.lists(st.integers(0, len(REASONS) - 1), min_size=len(made), max_size=len(made))
    absent = draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made)))
    made.rows.v6only[np.array(absent, bool)] = -1
    fileless = np.array(draw(st.lists(st.booleans(), min_size=len(made), max_size=len(made))), bool)
    made.rows.inode[fileless & ~np.isin(made.rows.inode, made.links.inode)] = 0
    figures = draw(
        st.lists(st.tuples(*[st.sampled_from(FIGURES)] * 4), min_size=len(made), max_size=len(made))
    )
    rtt, retrans, rate_in, rate_out = np.array(figures).reshape(-1, 4).T
    limits = st.sampled_from([(0, 1), (1, 1), (1.5, 3), (3, np.inf), (250, 900), None])
    known = {index: found for index in range(len(made)) if (found := draw(limits)) is not None}
    return replace(
        made,
        serves=np.array(draw(codes), "u1"),
        reason=np.array(draw(places), "u1"),
        metrics=Metrics(rtt, retrans, rate_in, rate_out, np.full(len(made), 2, "u1")),
        ages=ages(made, known),
    )


@settings(deadline=None)
@given(moments(), st.lists(words(), max_size=3))
def test_masks_are_what_the_language_says(moment, filter_words):
    text = " ".join(text for text, _ in filter_words)
    expected = [all(meaning(moment, index) for _, meaning in filter_words) for index in range(len(moment))]
    assert parse(text).mask(moment).tolist() == expected


def many_rows(count, name="worker{}"):
    """A moment of `count` connections, addresses of both versions and both spellings, from a fixed seed."""
    generator = np.random.default_rng(46)
    columns = Columns.empty(count)
    six = generator.random(count) < 0.6
    mapped = ~six | (generator.random(count) < 0.3)
    columns.family[:] = np.where(six, Family.AF_INET6, Family.AF_INET)
    columns.protocol[:] = 6
    columns.state[:] = State.ESTABLISHED
    for side in ("local", "remote"):
        low = generator.integers(0, 2**32, count, "u8")
        sparse = low & generator.choice(np.array([0xFF, 0xFFFF, 0xFFFFFFFF], "u8"), count)
        getattr(columns, f"{side}_high")[:] = np.where(mapped, 0, 0x20010DB8 << 32 | (sparse >> np.uint64(8)))
        getattr(columns, f"{side}_low")[:] = np.where(mapped, np.uint64(0xFFFF << 32) | low, sparse)
        getattr(columns, f"{side}_port")[:] = generator.integers(1, 65536, count)
    columns.inode[:] = generator.permutation(np.arange(1, count * 3, dtype="u8"))[:count]
    columns.uid[:] = generator.choice(np.array([0, 33, 1000, 1001]), count)
    columns.cgroup_id[:] = generator.choice(np.array([0, 7, 8, 9]), count)
    held = [process(pid, name.format(pid % 40)) for pid in range(1, 401)]
    owners = {int(inode): (Owner(held[int(inode) % 400], 3),) for inode in columns.inode[: count // 2]}
    return replace(
        snapshot(users=USERS, units=UNITS),
        rows=columns,
        serves=generator.integers(0, 6, count).astype("u1"),
        reason=generator.integers(0, len(REASONS), count).astype("u1"),
        owners=OwnerTable(Owners.of(owners), 0, 1),
    )


def test_a_hundred_thousand_rows():
    """Every row is counted; the plain version judges a sample of them."""
    moment = many_rows(100_000)
    sample = random.Random(46).sample(range(len(moment)), 300)
    cases = {
        "worker7": partial(bare_matches, "worker7"),
        "10.1": partial(bare_matches, "10.1"),
        "db8::": partial(bare_matches, "db8::"),
        "a": partial(bare_matches, "a"),
        "addr:::ffff:0:0/97": partial(address_matches, "::ffff:0:0/97"),
        "process:worker?": partial(process_matches, "worker?"),
        "user:www": partial(user_matches, "www"),
        ":1-30000": partial(port_matches, "1-30000"),
        "serves:v4": partial(serves_matches, "v4"),
    }
    for text, matches in cases.items():
        mask = parse(text).mask(moment)
        inverse = parse(f"!{text}").mask(moment)
        assert 0 < np.count_nonzero(mask) < len(moment)
        assert np.array_equal(inverse, ~mask)
        assert [bool(mask[index]) for index in sample] == [matches(moment, index) for index in sample]


def test_a_filter_that_a_regular_expression_would_hang_on():
    """It is plain text here: 100,000 rows of names that begin like it, and none that fits."""
    moment = many_rows(100_000, name="a" * 15)
    for text in ("(a+)+!", "*a*a*a*a*a*a*a*a*!*", "process:" + "*a" * 240 + "b"):
        assert not parse(text).mask(moment).any()
