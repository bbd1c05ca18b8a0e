"""A filter that goes into the kernel's request changes what is read, and nothing of what is printed."""

import io
import json
import socket
import time
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.netns import Namespace, why_no_namespace
from support.opened import disconnect
from tcp46.export.printing import print_json, print_table
from tcp46.kernel.dump import Dump, read_sock_diag
from tcp46.kernel.request import EVERYTHING
from tcp46.model.columns import Columns
from tcp46.model.socket import State
from tcp46.model.source import Source
from tcp46.query import parse
from tcp46.query.bounds import bounds_of
from tcp46.snapshot.order import listeners_first
from tcp46.watch.collector import Collector
from tcp46.watch.explaining import explanation_of, short_explanation
from tcp46.watch.labels import Labeller
from tcp46.watch.options import read_options
from tcp46.watch.pulling import parts_to_explain, parts_to_list

PORTS = [4601, 4602, 4603]
ADDRESSES = ["0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1", "::ffff:127.0.0.1"]
PASSING = [State.SYN_SENT, State.SYN_RECV, State.FIN_WAIT1, State.LAST_ACK, State.CLOSING]
TCP, UDP = socket.SOCK_STREAM, socket.SOCK_DGRAM


@pytest.fixture(autouse=True)
def _needs_namespaces():
    if reason := why_no_namespace():
        pytest.skip(reason)


class Opened:
    """Sockets in the calling thread's namespace; what the kernel refuses is left out."""

    def __init__(self):
        self._stack = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    def bind(self, kind, address, port, share, v6only):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        made = self._stack.enter_context(socket.socket(family, kind))
        made.settimeout(3)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, v6only and address == "::")
        if share is not None:
            made.setsockopt(socket.SOL_SOCKET, share, 1)
        made.bind((address, port))
        return made

    def waiting(self, kind, address, port, share, v6only, listens):
        made = self.bind(kind, address, port, share, v6only)
        if kind == TCP and listens:
            made.listen(8)

    def datagrams(self, address, port, share, peer, leaves):
        made = self.bind(UDP, address, port, share, False)
        made.connect(("127.0.0.1" if ":" not in address else "::1", peer))
        if leaves:
            disconnect(made)

    def connection(self, address, port, near, ending, leaves):
        """A connection to `port` from the port `near`, ended so; its listener is there or not."""
        listener = self.bind(TCP, address, port, socket.SO_REUSEADDR, False)
        listener.listen(8)
        client = self._stack.enter_context(socket.socket(listener.family, TCP))
        client.settimeout(3)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if near:
            client.bind(("", near))
        to = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)
        client.connect((to, port))
        if "accepted" in ending:
            server = self._stack.enter_context(listener.accept()[0])
            if "half closed" in ending:
                client.shutdown(socket.SHUT_WR)
            if "closed by both" in ending:
                client.close()
                server.close()
        if leaves:
            listener.close()


ADDRESS, PORT = st.sampled_from(ADDRESSES), st.sampled_from(PORTS)
SHARE = st.sampled_from([None, socket.SO_REUSEADDR, socket.SO_REUSEPORT])
ENDINGS = ["", "accepted", "accepted, half closed", "accepted, closed by both"]
SCENES = st.lists(
    st.one_of(
        st.tuples(
            st.just("waiting"),
            st.sampled_from([TCP, UDP]),
            ADDRESS,
            PORT,
            SHARE,
            st.booleans(),
            st.sampled_from([True, True, False]),
        ),
        st.tuples(st.just("datagrams"), ADDRESS, PORT, SHARE, PORT, st.booleans()),
        st.tuples(
            st.just("connection"),
            ADDRESS,
            PORT,
            st.sampled_from([0, *PORTS]),
            st.sampled_from(ENDINGS),
            st.booleans(),
        ),
    ),
    min_size=1,
    max_size=10,
)
PORT_VALUES = st.one_of(PORT.map(str), st.sampled_from(["4600-4601", "4602-4700", "1-65535", "9"]))
TERMS = st.one_of(
    st.tuples(st.sampled_from(["port", "lport", "rport"]), PORT_VALUES),
    st.tuples(
        st.just("state"),
        st.sampled_from(["listen", "unconn", "bound", "estab", "time_wait", "close_wait", "fin_wait2"]),
    ),
    st.tuples(st.just("protocol"), st.sampled_from(["tcp", "udp"])),
    st.tuples(st.just("proto"), st.sampled_from(["tcp", "tcp6", "udp", "udp6"])),
    st.tuples(st.just("serves"), st.sampled_from(["v4", "v6", "none", "mapped", "?"])),
    st.tuples(st.just("family"), st.sampled_from(["inet", "inet6"])),
)
WORDS = st.tuples(
    st.sampled_from(["", "", "", "!"]), st.lists(TERMS.map(":".join), min_size=1, max_size=3).map("|".join)
).map("".join)
FILTERS = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


def listed(snapshot, chosen):
    """What ``tcp46 list`` prints of the sockets, as JSON and as a table."""
    order = listeners_first(snapshot.rows)
    indices = order[chosen.mask(snapshot)[order]].tolist()
    document, table = io.StringIO(), io.StringIO()
    print_json(document, snapshot, indices, lambda index: short_explanation(snapshot, index))
    print_table(table, snapshot, indices)
    return json.loads(document.getvalue())["sockets"], table.getvalue()


def explained(snapshot, chosen):
    order = listeners_first(snapshot.rows)
    return [explanation_of(snapshot, index) for index in order[chosen.mask(snapshot)[order]].tolist()]


@contextmanager
def opened_in_a_namespace(scene):
    """The sockets of `scene` in a namespace that ends with them, and what is in TIME_WAIT with it."""
    with closing(Namespace()) as namespace, namespace.inside(), Opened() as opened:
        for kind, *arguments in scene:
            with suppress(OSError):
                getattr(opened, kind)(*arguments)
        yield


def settled():
    """The snapshot of everything, once no connection is on its way into another state."""
    for _ in range(100):
        whole = Collector().collect()
        if not np.isin(whole.rows.state, PASSING).any():
            break
        time.sleep(0.02)
    return whole


def narrowed(whole, parts):
    """The snapshot of `parts` at the moment of `whole`, whose owners and host it shares."""
    dump = read_sock_diag(parts=parts)
    assert dump.partial == ()
    read = partial(read_options, table=whole.owners)
    serves, reason = Labeller().label(dump.rows, whole.host, read)
    return replace(whole, rows=dump.rows, serves=serves, reason=reason)


USUAL = [
    "state:listen",
    "state:unconn",
    "state:bound",
    "state:close_wait",
    "state:estab|time_wait",
    "state:listen|close_wait port:4602",
    "lport:4601",
    "lport:4601|4603 state:listen",
    "port:4602",
    "rport:4603",
]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(scene=SCENES, texts=st.lists(FILTERS, min_size=3, max_size=3))
def test_list_and_explain_say_the_same_of_a_part(scene, texts):
    with opened_in_a_namespace(scene):
        whole = settled()
        for text in [*USUAL, *texts]:
            chosen = parse(text)
            bounds = bounds_of(chosen)
            part = narrowed(whole, parts_to_list(bounds))
            assert listed(part, chosen) == listed(whole, chosen), text
            part = narrowed(whole, parts_to_explain(bounds))
            assert explained(part, chosen) == explained(whole, chosen), text


def test_what_is_read_is_what_may_match_and_its_neighbours():
    scene = [
        ("waiting", TCP, "0.0.0.0", 4601, None, False, True),
        ("waiting", TCP, "::", 4601, None, True, True),
        ("waiting", TCP, "::", 4602, None, False, True),
        ("waiting", TCP, "127.0.0.1", 4603, None, False, False),
        ("waiting", UDP, "::", 4603, None, False, False),
        ("datagrams", "127.0.0.1", 4602, None, 4603, False),
    ]
    with opened_in_a_namespace(scene):
        for text, rows in (
            ("lport:4601 protocol:tcp state:listen", [(10, 4601), (10, 4601), (13, 4603)]),
            ("state:listen", [(10, 4601), (10, 4601), (10, 4602), (13, 4603)]),
            ("state:unconn", [(1, 4602), (7, 4603)]),
            ("port:4602|4603 protocol:udp", [(1, 4602), (7, 4603)]),
            ("rport:4603 protocol:udp", [(1, 4602)]),
            ("state:listen protocol:udp", []),
        ):
            found = Collector(parts=parts_to_list(bounds_of(parse(text)))).collect().rows
            assert sorted(zip(found.state.tolist(), found.local_port.tolist(), strict=True)) == rows, text


def test_a_kernel_that_refuses_a_part_is_asked_for_everything(monkeypatch):
    asked = []

    def refusing(parts=EVERYTHING, with_info=False):
        asked.append(parts)
        sentences = () if parts == EVERYTHING else ("TCP sockets: the kernel ended the list with an error.",)
        return Dump(Columns.empty(), Source.SOCK_DIAG, sentences)

    monkeypatch.setattr("tcp46.watch.collector.read_sock_diag", refusing)
    parts = parts_to_list(bounds_of(parse("lport:80-90 protocol:tcp")))
    assert Collector(parts=parts).collect().partial == ()
    assert asked == [parts, EVERYTHING]
