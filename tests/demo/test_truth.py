"""What ``tcp46 list --json`` says of each specimen, against what the kernel delivers to it.

The versions, the value of IPV6_V6ONLY, the family and the owner are measured; nothing but the reason's
name is written down here.
"""

import pytest

from tcp46.kernel.release import kernel_version
from tcp46.model.kernels import BOUND_INACTIVE_SINCE

REASONS = {
    "dual-listener": {"AF_INET6": "dual-stack"},
    "sshd-like": {"AF_INET": "inet", "AF_INET6": "v6only"},
    "httpd-like": {"AF_INET6": "dual-stack"},
    "v6only-listener": {"AF_INET6": "v6only"},
    "mapped-any": {"AF_INET6": "mapped-address"},
    "mapped-loopback": {"AF_INET6": "mapped-address"},
    "v6-loopback": {"AF_INET6": "v6-address"},
    "inet-listener": {"AF_INET": "inet"},
    "bound-only": {"AF_INET": "bound-inactive"},
    "reuseport-1": {"AF_INET6": "dual-stack"},
    "reuseport-2": {"AF_INET6": "dual-stack"},
    "reuseport-3": {"AF_INET6": "dual-stack"},
    "full-queue": {"AF_INET6": "dual-stack"},
    "close-wait": {"AF_INET6": "dual-stack"},
    "time-wait": {"AF_INET6": "dual-stack"},
    "udp-inet": {"AF_INET": "inet"},
    "udp-dual": {"AF_INET6": "dual-stack"},
    "udp-v6only": {"AF_INET6": "v6only"},
    "udp-parted-v4": {"AF_INET6": "mapped-connection"},
    "udp-parted-v6": {"AF_INET6": "dual-stack"},
}
"""Of what waits for anybody, by the process that holds it and the family."""

CLIENTS = {
    "dual-client-v4",
    "dual-client-v6",
    "v6-client",
    "java-like",
    "queue-clients",
    "half-closed",
    "udp-mapped",
    "udp-v6",
}
"""They hold connections only."""


def connection_reason(family, versions):
    if family == "AF_INET":
        return "inet"
    return {(4,): "mapped-connection", (6,): "v6-connection"}[versions]


def label(family, versions):
    if versions == (4,):
        return "v4" if family == "AF_INET" else "v4 via v6"
    return {(): "none", (6,): "v6", (4, 6): "v4+v6"}[versions]


def expected(found):
    """Return what must be said of a socket that was measured."""
    versions = tuple(found["got"])
    family = found["family"]
    said = {
        "family": family,
        "serves": [f"ipv{version}" for version in versions],
        "serves_label": label(family, versions),
        "owners": [(found["pid"], found["name"])],
        "owner_status": "known",
    }
    if found["connected"]:
        evidence = "not-applicable" if family == "AF_INET" else "address"
        reason = connection_reason(family, versions)
        return said | {"v6only": None, "v6only_evidence": evidence, "reason": reason}
    evidence = "not-applicable" if family == "AF_INET" else "kernel"
    reason = REASONS[found["name"]][family]
    return said | {"v6only": found["v6only"], "v6only_evidence": evidence, "reason": reason}


@pytest.fixture
def listing(demo):
    """What tcp46 says, by cookie; taken before anything is probed."""
    document = demo.ask("list")
    if document["source"] != "sock_diag":
        pytest.skip("this kernel does not offer sock_diag")
    assert document["partial"] is False
    return {row["cookie"]: row for row in document["sockets"]}


@pytest.fixture
def measured(demo, listing):
    found = demo.ask("measure")
    if "impossible" in found:
        pytest.skip(found["impossible"])
    return found


def test_every_specimen_is_told_as_the_kernel_bears_out(demo, listing, measured):
    assert {case["name"] for case in demo.cases} == REASONS.keys() | CLIENTS
    for found in measured["sockets"]:
        if found["name"] == "bound-only" and kernel_version() < BOUND_INACTIVE_SINCE:
            continue  # It blocks its port unseen there.
        row = listing[found["cookie"]]
        owners = [(owner["pid"], owner["name"]) for owner in row["owners"]]
        wanted = expected(found)
        assert {key: (row | {"owners": owners})[key] for key in wanted} == wanted, found["name"]


def test_what_no_process_holds_is_told_as_the_kernel_bears_out(demo, listing, measured):
    held = {found["cookie"] for found in measured["sockets"]}
    (full,) = demo.named("full-queue")["ports"]
    (last,) = demo.named("time-wait")["ports"]
    rest = [row for cookie, row in listing.items() if cookie not in held]
    assert sorted((row["local"]["port"], row["state"], row["owner_status"]) for row in rest) == [
        *[(full, "ESTABLISHED", "not-accepted")] * 3,
        (last, "TIME_WAIT", "closing"),
    ]
    for row in rest:
        assert (row["owners"], row["v6only"], row["v6only_evidence"]) == ([], None, "address")
        if row["state"] == "ESTABLISHED":
            ends = [row["remote"]["port"], row["local"]["port"]]
            versions = tuple(version for version, *ports in measured["packets"] if ports == ends)
            assert row["serves"] == [f"ipv{version}" for version in versions]
            assert row["serves_label"] == label(row["family"], versions)
            assert row["reason"] == connection_reason(row["family"], versions)


def test_the_full_queue_is_told(demo, listing):
    (port,) = demo.named("full-queue")["ports"]
    (listener,) = [
        row for row in listing.values() if row["local"]["port"] == port and row["state"] == "LISTEN"
    ]
    assert listener["recv_q"] > listener["send_q"]


def test_the_three_rows_that_puzzle_everybody_read_well(demo, listing):
    (client,) = demo.named("dual-client-v4")["ports"]
    (port,) = demo.named("dual-listener")["ports"]
    rows = [
        (row["proto"], row["serves_label"], row["state"])
        for row in listing.values()
        if row["local"]["port"] in {client, port}
        and (row["remote"] or {"port": client})["port"] in {client, port}
    ]
    assert sorted(rows) == [
        ("tcp", "v4", "ESTABLISHED"),
        ("tcp6", "v4 via v6", "ESTABLISHED"),
        ("tcp6", "v4+v6", "LISTEN"),
    ]
