import socket
from pathlib import Path

import pytest

from tcp46.model.owners import NOBODY, Owners, OwnerTable
from tcp46.model.ownership import owner_status
from tcp46.model.process import Owner, OwnerStatus, Process
from tcp46.model.socket import State

OWNER = Owner(Process(20, 1, "sshd", 0, "root", "sshd"), 3)
NOTHING_HELD = OwnerTable(NOBODY, 0, 1)


@pytest.mark.parametrize("state", State)
def test_a_held_socket_is_known_even_where_processes_are_hidden(state):
    table = OwnerTable(Owners.of({7: (OWNER,)}), 5, 1, hidepid=True, complete=False, whole_host=False)
    assert owner_status(state, 7, table) is OwnerStatus.KNOWN


@pytest.mark.parametrize(
    ("table", "status"),
    [
        (NOTHING_HELD, OwnerStatus.KERNEL),
        (OwnerTable(NOBODY, 1, 1), OwnerStatus.NO_PERMISSION),
        (OwnerTable(NOBODY, 0, 1, hidepid=True), OwnerStatus.NO_PERMISSION),
        (OwnerTable(NOBODY, 0, 1, complete=False), OwnerStatus.UNKNOWN),
        (OwnerTable(NOBODY, 0, 1, unsearched=frozenset({7})), OwnerStatus.UNKNOWN),
        (OwnerTable(NOBODY, 0, 1, unsearched=frozenset({8})), OwnerStatus.KERNEL),
        (OwnerTable(NOBODY, 0, 1, whole_host=False), OwnerStatus.UNKNOWN),
    ],
)
def test_a_socket_that_nobody_is_known_to_hold(table, status):
    assert owner_status(State.LISTEN, 7, table) is status


@pytest.mark.parametrize("state", State)
def test_a_socket_without_a_file_is_not_searched_for(state):
    hidden = OwnerTable(NOBODY, 9, 1, complete=False, whole_host=False)
    assert owner_status(state, 0, hidden) is owner_status(state, 0, NOTHING_HELD)
    assert owner_status(state, 0, hidden) in {
        OwnerStatus.CLOSING,
        OwnerStatus.NOT_ACCEPTED,
        OwnerStatus.UNKNOWN,
    }


def states_without_file(port):
    """The states of the sockets with `port` at the near end and inode 0."""
    rows = [line.split() for line in Path("/proc/thread-self/net/tcp").read_text().splitlines()[1:]]
    return [State(int(row[3], 16)) for row in rows if row[1].endswith(f":{port:04X}") and row[9] == "0"]


def test_real_connections_without_a_file_get_the_true_reason(netns):
    with netns.inside(), socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

        def statuses(near):
            return {state: owner_status(state, 0, NOTHING_HELD) for state in states_without_file(near)}

        client = socket.create_connection(("127.0.0.1", port))
        assert statuses(port) == {State.ESTABLISHED: OwnerStatus.NOT_ACCEPTED}
        client_port = client.getsockname()[1]
        client.close()
        assert statuses(port) == {State.CLOSE_WAIT: OwnerStatus.NOT_ACCEPTED}
        closing = statuses(client_port)
        assert set(closing.values()) == {OwnerStatus.CLOSING}
        assert closing.keys() <= {State.FIN_WAIT1, State.FIN_WAIT2}
        accepted, _ = listener.accept()
        assert statuses(port) == {}
        accepted.close()
        assert statuses(client_port) == {State.TIME_WAIT: OwnerStatus.CLOSING}
