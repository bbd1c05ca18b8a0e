from hypothesis import given
from hypothesis import strategies as st

from tcp46.kernel.holdings import Holdings, Record, Table
from tcp46.model.process import Owner, Process

PIDS = st.integers(10, 13)
SOCKETS = range(7000, 7005)
TABLES = st.dictionaries(st.integers(0, 6), st.sampled_from(SOCKETS), max_size=4)
REGISTERED = st.frozensets(st.tuples(st.just(9), st.sampled_from(SOCKETS)), max_size=2)
"""What is held through an io_uring, which is descriptor 9."""
STEPS = st.lists(
    st.tuples(PIDS, TABLES, st.none() | TABLES, REGISTERED, st.sampled_from(["a", "b"]), st.booleans()),
    max_size=12,
)


def process(pid, name):
    return Process(pid, 1, name, 0, None, "")


def links_of(record):
    return {*record.registered, *(link for table in record.tables.values() for link in table.sockets.items())}


def sockets_of(record):
    return {inode for _, inode in links_of(record)}


def owners_in(holdings):
    return dict(holdings.columns(set(SOCKETS)).items())


@given(STEPS)
def test_the_owners_are_always_those_that_the_records_give(steps):
    holdings = Holdings()
    for pid, first, private, registered, name, ends in steps:
        record = holdings.records.setdefault(pid, Record(pid))
        before = owners_in(holdings)
        earlier = sockets_of(record)
        holdings.touched.clear()
        holdings.gained.clear()
        if ends:
            holdings.forget(record)
        else:
            tables = {pid: Table(None, first)}
            if private is not None:
                tables[pid + 1000] = Table(None, private)
            described = process(pid, name) if first or private or registered else None
            holdings.replace(record, tables, described, registered)

        links = {
            (inode, each.pid, fd): each.process
            for each in holdings.records.values()
            for fd, inode in links_of(each)
        }
        expected = {}
        for (inode, _, fd), holder in sorted(links.items(), key=lambda item: item[0]):
            expected.setdefault(inode, []).append(Owner(holder, fd))
        now = {inode: tuple(owners) for inode, owners in expected.items()}
        assert owners_in(holdings) == now
        assert [holdings.owners(inode) for inode in SOCKETS] == [now.get(inode, ()) for inode in SOCKETS]
        assert holdings.without_holder(set(SOCKETS)) == set(SOCKETS) - now.keys()
        assert all(len(holdings.holders(inode)) == len(now.get(inode, ())) for inode in SOCKETS)
        assert holdings.shared.keys() == {inode for inode, owners in now.items() if len(owners) > 1}
        changed = {inode for inode in before | now if before.get(inode) != now.get(inode)}
        assert changed <= holdings.touched
        if pid in holdings.records:
            new = sockets_of(holdings.records[pid]) - earlier
            assert holdings.gained == {inode for inode in new if inode in before}


def test_only_a_living_socket_with_one_holder_is_settled():
    holdings = Holdings()
    table = Table(None, {3: 7001, 4: 7002, 5: 7003, 6: 7004, 7: 7004})
    for pid, sockets in ((10, table.sockets), (11, {3: 7002})):
        record = holdings.records.setdefault(pid, Record(pid))
        holdings.replace(record, {pid: Table(None, sockets)}, process(pid, "a"))
    assert holdings.settled(table, {7001, 7002, 7004}) == {3: 7001}


def test_what_nobody_holds_is_told_without_a_walk_over_all_that_is_held():
    class NeverWalked(dict):
        def __iter__(self):
            raise AssertionError("every socket was looked at")

    holdings = Holdings()
    holdings.sole, holdings.shared = NeverWalked({7001: 1}), NeverWalked({7002: (1, 2)})
    assert holdings.without_holder({7001, 7002, 7003}) == {7003}
