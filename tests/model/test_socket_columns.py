from ipaddress import IPv4Address, IPv6Address

from support.snapshots import row, snapshot
from tcp46.model.columns import QUEUE_UNKNOWN, V6ONLY_ABSENT, Columns
from tcp46.model.socket import Family, State, V6OnlyEvidence


def test_rows_become_sockets():
    made = snapshot(
        row(("0.0.0.0", 22)),
        row(("::", 80), v6only=False),
        row(("::ffff:10.0.0.12", 80), ("::ffff:10.0.0.20", 64702)),
        row(("10.0.0.12", 5), ("10.0.0.20", 6), protocol="udp"),
    )
    inet, dual, mapped, udp = (made.socket(index) for index in range(4))
    assert (inet.family, inet.local.address, inet.remote) == (Family.AF_INET, IPv4Address("0.0.0.0"), None)
    assert (inet.v6only, inet.v6only_evidence) == (None, V6OnlyEvidence.NOT_APPLICABLE)
    assert (dual.proto, dual.v6only, dual.v6only_evidence) == ("tcp6", False, V6OnlyEvidence.KERNEL)
    assert mapped.local.address == IPv6Address("::ffff:10.0.0.12")
    assert (mapped.is_mapped, mapped.is_connection, mapped.v6only_evidence) == (
        True,
        True,
        V6OnlyEvidence.ADDRESS,
    )
    assert str(mapped.remote) == "[::ffff:10.0.0.20]:64702"
    assert (udp.proto, udp.state) == ("udp", State.ESTABLISHED)


def test_what_the_source_lacks_is_none():
    rows = snapshot(row(("::", 80)), row(("::1", 80), inode=0), row(("::1", 80))).rows
    rows.v6only[:] = V6ONLY_ABSENT
    rows.send_q[0] = QUEUE_UNKNOWN
    rows.cookie[0] = 0
    wildcard, orphan, specific = (rows.socket(index) for index in range(3))
    assert (wildcard.v6only, wildcard.v6only_evidence) == (None, V6OnlyEvidence.UNKNOWN)
    assert (specific.v6only, specific.v6only_evidence) == (None, V6OnlyEvidence.ADDRESS)
    assert (wildcard.send_q, wildcard.cookie) == (None, None)
    assert orphan.uid is None, "a socket without a file is nobody's, not root's"
    assert specific.uid == 0


def test_mapped_zeros_are_an_ipv4_address_and_no_peer():
    """Whether ``::ffff:0.0.0.0`` is unspecified to ipaddress hangs on the version of Python."""
    rows = snapshot(row(("::ffff:0.0.0.0", 80), ("::ffff:0.0.0.0", 0), state=State.LISTEN)).rows
    rows.v6only[:] = V6ONLY_ABSENT
    listener = rows.socket(0)
    assert (listener.remote, listener.v6only_evidence) == (None, V6OnlyEvidence.ADDRESS)


def test_concatenate_keeps_the_order():
    first, second = snapshot(row(("::1", 1)), row(("::1", 2))).rows, snapshot(row(("::1", 3))).rows
    assert Columns.concatenate([first, second]).local_port.tolist() == [1, 2, 3]
    assert len(Columns.concatenate([])) == 0
    assert first.take(first.local_port == 2).local_port.tolist() == [2]


def test_columns_are_shared_where_nothing_changed():
    def made(**changing):
        return snapshot(row(("::1", 1)), row(("::1", 2), **changing)).rows

    before = made()
    assert made().sharing(before) is before
    busier = made(recv_q=7).sharing(before)
    assert busier.recv_q.tolist() == [0, 7]
    assert busier.local_port is before.local_port
    assert busier.send_q is before.send_q
    more = Columns.concatenate([made(), made()])
    assert more.sharing(before) is more
