"""netstat's many spellings, line by line."""

from ipaddress import ip_address

import pytest

from support.pasted import concluded, one, read
from tcp46.model.listed import ListedOwner, Tool
from tcp46.model.process import OwnerStatus
from tcp46.model.socket import Family, Protocol, State

LISTEN = "tcp6       0      0 :::80                   :::*                    {}      19837/httpd         "


@pytest.mark.parametrize(
    ("rest", "owners", "uid", "user", "inode"),
    [
        ("LISTEN", (), None, None, None),
        ("LISTEN      -                   ", (), None, None, None),
        ("LISTEN      1444/sshd           ", (ListedOwner(1444, "sshd"),), None, None, None),
        ("LISTEN      1444/sshd: /usr/sbin", (ListedOwner(1444, "sshd: /usr/sbin"),), None, None, None),
        ("LISTEN      1400/nginx: worker 2", (ListedOwner(1400, "nginx: worker 2"),), None, None, None),
        (
            "LISTEN      0          32712527   31465/python3   ",
            (ListedOwner(31465, "python3"),),
            0,
            None,
            32712527,
        ),
        ("LISTEN      root       27512      1084/sshd  ", (ListedOwner(1084, "sshd"),), None, "root", 27512),
        ("LISTEN      33         27512", (), 33, None, 27512),
        ("LISTEN      off (0.00/0/0)", (), None, None, None),
        ("LISTEN  0  27512  1084/sshd   off (0.00/0/0)", (ListedOwner(1084, "sshd"),), 0, None, 27512),
        ("LISTEN  1084/sshd   keepalive (3.55/0/0)", (ListedOwner(1084, "sshd"),), None, None, None),
        ("LISTEN  1084/sshd   eikäi ((0.00/0/0)", (ListedOwner(1084, "sshd"),), None, None, None),
        ("LISTEN  1084/sshd   ligado 3 (1.00/0)", (ListedOwner(1084, "sshd"),), None, None, None),
        ("LISTEN  1084/sshd  system_u:system_r:sshd_t:s0", (ListedOwner(1084, "sshd"),), None, None, None),
        ("LISTEN  1084/٣(1/2", (ListedOwner(1084, "٣(1/2"),), None, None, None),
    ],
)
def test_what_stands_after_the_state(rest, owners, uid, user, inode):
    row = one(f"tcp        0    128 0.0.0.0:22          0.0.0.0:*          {rest}")
    assert (row.state, row.recv_q, row.send_q) == (State.LISTEN, 0, 128)
    assert (row.owners, row.uid, row.user, row.inode) == (owners, uid, user, inode)
    retyped = one(" ".join(row.text.split()))
    if "system_u" not in rest:  # Its column is told by two spaces.
        assert (retyped.owners, retyped.uid, retyped.user, retyped.inode) == (owners, uid, user, inode)


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("HÖREN", State.LISTEN),
        ("HÖRT", State.LISTEN),
        ("NASLOUCHÁ", State.LISTEN),
        ("OUÇA", State.LISTEN),
        ("ESCUCHAR", State.LISTEN),
        ("ÉCOUTE", State.LISTEN),
        ("LISTENING", State.LISTEN),
        ("listen", State.LISTEN),
        ("ZAVŘEN", State.BOUND),
    ],
)
def test_states_of_a_listener_in_other_languages(word, state):
    row = one(LISTEN.format(word))
    assert (row.state, row.owners) == (state, (ListedOwner(19837, "httpd"),))


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("VERBUNDEN", State.ESTABLISHED),
        ("SPOJENO", State.ESTABLISHED),
        ("ESTABELECIDA", State.ESTABLISHED),
        ("POSLEDNÍ ACK", State.LAST_ACK),
        ("ÚLTIMO_ACK", State.LAST_ACK),
        ("ESPERANDO_FECHAR", State.CLOSE_WAIT),
        ("ESPERA_FIN2", State.FIN_WAIT2),
        ("ZAVÍRÁ", State.CLOSING),
        ("SYN_RCVD", State.SYN_RECV),
        ("FIN_WAIT_1", State.FIN_WAIT1),
        ("WAXING", None),
    ],
)
def test_states_of_a_connection_in_other_languages(word, state):
    row = one(f"tcp6  0  0 10.0.0.12:4243   10.0.0.20:64702   {word} 31307/java")
    assert (row.state, row.owners) == (state, (ListedOwner(31307, "java"),))
    assert concluded(row.text) == {1: ("v4 via v6", "certain")}


def test_a_state_in_the_bytes_of_a_terminal_without_utf_8():
    row = one("tcp6 0 0 :::80 :::* HÖRT 1/x".encode("iso-8859-1"))
    assert row.state is State.LISTEN
    assert "\udcd6" in row.text


def test_every_header_and_remark_of_net_tools_translations_is_passed_over():
    text = """\
Aktive Internetverbindungen (Nur Server)
Proto Recv-Q Send-Q Local Address           Foreign Address         State       PID/Program name
Aktivní Internetová spojení (servery a navázaná spojení)
Proto Přích-F Odch-F Místní Adresa          Vzdálená Adresa         Stav
Aktiivsed internetiühendused (ilma serveriteta)
Proto  VvJrk SaatJrk Kohalik aadress        Väline aadress          Olek
Connexions Internet actives (serveurs et établies)
Proto Recv-Q Send-Q Adresse locale          Adresse distante        Etat
稼働中のインターネット接続 (サーバのみ)
Proto 受信-Q 送信-Q 内部アドレス            外部アドレス            状態
Conexões Internet Ativas (sem os servidores)
ProtoRecv-QSend-QLocal AddressForeign AddressState
(Not all processes could be identified, non-owned process info
 will not be shown, you would have to be root to see it all.)
Active UNIX domain sockets (only servers)
Proto RefCnt Flags       Type       State         I-Node   Path
"""
    assert read(text).unread == ()
    assert read(text).rows == ()


def test_an_unknown_state_is_a_listener_only_probably():
    assert concluded("tcp 0 0 0.0.0.0:80 0.0.0.0:* WAXING 1/x") == {1: ("v4", "probable")}
    assert concluded("tcp 0 0 0.0.0.0:80 0.0.0.0:*") == {1: ("v4", "probable")}


def test_udp_has_no_state_unless_it_is_connected():
    assert one("udp        0      0 0.0.0.0:68     0.0.0.0:*      712/dhclient").state is State.UNCONN
    assert one("udp6       0      0 :::5353        :::*           712/avahi").state is State.UNCONN
    row = one("udp6       0      0 127.0.0.1:6000  127.0.0.1:443  ESTABLISHED 3/x")
    assert (row.protocol, row.state) == (Protocol.UDP, State.ESTABLISHED)
    assert one("udp6 0 0 127.0.0.1:6000  127.0.0.1:443  WAXING 3/x").state is State.ESTABLISHED
    row = one("udp        0      0 0.0.0.0:68     0.0.0.0:*      root   1234   712/dhclient")
    assert (row.user, row.inode, row.owners) == ("root", 1234, (ListedOwner(712, "dhclient"),))


@pytest.mark.parametrize(
    ("end", "address", "is_cut", "label"),
    [
        ("2001:db8:1111:222:7009", None, True, "v6"),
        ("2001:db8:1111:2222:80", None, True, "v6"),
        ("fe80::1234:5678:9:54321", None, True, "v6"),  # A whole address, but perhaps not the whole of it.
        ("::1:80", "::1", False, "v6"),
    ],
)
def test_addresses_that_netstat_cuts(end, address, is_cut, label):
    row = one(f"tcp6       0      0 {end} :::* LISTEN")
    assert row.local.address == (None if address is None else ip_address(address))
    assert row.local.is_cut is is_cut
    assert concluded(row.text) == {1: (label, "certain")}


def test_an_old_netstat_keeps_the_mapped_prefix_even_where_it_cuts():
    text = "tcp 0 0 ::ffff:192.168.100.12:80 ::ffff:192.168.100:54321 ESTABLISHED"
    row = one(text)
    assert (row.family, row.local.is_ipv6, row.remote.is_cut) == (Family.AF_INET6, False, True)
    assert concluded(text) == {1: ("v4 via v6", "certain")}
    # ::ffff:192.168.1.5:microsoft-ds, cut to 22 characters and a colon, is a whole address by chance.
    assert concluded("tcp 0 0 ::ffff:192:microsoft-ds ::ffff:192.168.1:50123 ESTABLISHED") == {
        1: ("v4 via v6", "certain")
    }
    assert concluded("tcp 0 0 ::ffff:192:microsoft-ds db1:50123 ESTABLISHED") == {1: ("?", "unknown")}
    assert concluded("tcp 0 0 ::ffff:1:443 :::* LISTEN") == {1: ("v6", "certain")}


def test_names_leave_the_family_to_the_proto_where_the_proto_tells_it():
    star = "tcp 0 0 *:ssh *:* LISTEN\n"
    name = "tcp 0 0 web1:ssh db1:4242 ESTABLISHED\n"
    assert concluded(star + name) == {1: ("v4", "probable"), 2: ("v4", "probable")}
    six = "tcp6 0 0 [::]:http [::]:* LISTEN\n"
    assert concluded(star + name + six) == {1: ("v4", "certain"), 2: ("v4", "certain"), 3: ("?", "unknown")}
    old = "tcp 0 0 ::1:25 :::* LISTEN\n"
    assert concluded(star + name + old) == {1: ("?", "unknown"), 2: ("?", "unknown"), 3: ("v6", "certain")}
    assert concluded("tcp6 0 0 web1:ssh db1:4242 ESTABLISHED") == {1: ("?", "unknown")}


MACOS = """\
Active Internet connections (including servers)
Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)
tcp4       0      0  192.168.1.5.52000      1.2.3.4.443            ESTABLISHED
tcp46      0      0  *.8809                 *.*                    LISTEN
tcp6       0      0  *.49177                *.*                    LISTEN
tcp4       0      0  *.22                   *.*                    LISTEN
tcp6       0      0  ::1.631                *.*                    LISTEN
tcp6       0      0  fe80::1%lo0.1023       fe80::1%lo0.1022       ESTABLISHED
tcp6       0      0  fe80::aede:48ff:.49152 fe80::aede:48ff:.49153 FIN_WAIT_2
udp46      0      0  *.500                  *.*
udp4       0      0  *.mdns                 *.*
tcp4       0      0  localhost.http-alt     *.*                    LISTEN
tcp4       0      0  *.*                    *.*                    CLOSED
"""


def test_macos():
    listing = read(MACOS)
    assert (listing.format, listing.unread) == ("bsd-netstat", ())
    assert concluded(MACOS) == {
        3: ("v4", "certain"),
        4: ("v4+v6", "certain"),
        5: ("v6", "certain"),
        6: ("v4", "certain"),
        7: ("v6", "certain"),
        8: ("v6", "certain"),
        9: ("v6", "certain"),
        10: ("v4+v6", "certain"),
        11: ("v4", "certain"),
        12: ("v4", "certain"),
        13: ("none", "certain"),
    }
    rows = {row.line: row for row in listing.rows}
    assert {row.tool for row in listing.rows} == {Tool.BSD_NETSTAT}
    assert (rows[3].local.text, rows[3].local.port, rows[3].peer.port) == ("192.168.1.5", 52000, 443)
    assert (rows[4].family, rows[4].v6only, rows[5].v6only) == (Family.AF_INET6, False, True)
    assert rows[3].family is None  # It counts the packets' version.
    assert (rows[8].interface, rows[8].local.port) == ("lo0", 1023)
    assert (rows[9].local.is_cut, rows[9].local.address, rows[9].state) == (True, None, State.FIN_WAIT2)
    assert (rows[11].local.port, rows[11].state) == (5353, State.UNCONN)


@pytest.mark.parametrize(
    "rest",
    [
        "131072  131072  screensharingd:912   00100 00000006",
        "0  0  131072  131072  screensharingd:912   00100",
    ],
)
def test_macos_with_processes(rest):
    row = one(f"tcp46      0      0  *.5900                 *.*                    LISTEN   {rest}")
    assert row.owners == (ListedOwner(912, "screensharingd"),)
    assert row.owner_status is OwnerStatus.KNOWN


def test_macos_with_a_column_of_pids_that_no_header_names():
    row = one("tcp4  0  0  *.3000  *.* LISTEN      131072 131072  46834      0 0x0100 0x00000106")
    assert (row.state, row.owners, row.owner_status) == (State.LISTEN, (), None)


def test_the_other_bsds_tell_less():
    openbsd = "tcp 0 0 *.22 *.* LISTEN\ntcp6 0 0 *.22 *.* LISTEN\n"
    assert concluded(openbsd) == {1: ("v4", "certain"), 2: ("v6", "probable")}
    assert concluded("tcp6 0 0 *.22 *.* LISTEN\n") == {1: ("v6", "probable")}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("tcp6 0 0 :::80", "columns are missing"),
        ("tcp6 0 :::80 :::* LISTEN", "not numbers"),
        ("tcp6 ٣ 0 :::80 :::* LISTEN", "not numbers"),
        ("tcp6 0 8_0 :::80 :::* LISTEN", "not numbers"),
        ("TCP    0.0.0.0:135   0.0.0.0:0   LISTENING   4", "not numbers"),
        ("tcp6 0 0 :::80 :::", "is not an address with a port"),
        ("tcp6 0 0 :::8_0 :::* LISTEN", "is not an address with a port"),
        ("tcp6 0 0 :::٨٠ :::* LISTEN", "is not an address with a port"),
        ("tcp6 0 0 :::65536 :::* LISTEN", "is not a port"),
        ("tcp6 0 0 :::+80 :::* LISTEN", "is not an address with a port"),
        ("tcp 0 0 10.0.0:80 0.0.0.0:* LISTEN", "is not an address with a port"),
        ("tcp 0 0 256.1.1.1:80 0.0.0.0:* LISTEN", "is not an address with a port"),
        ("tcp 0 0 010.1.1.1:80 0.0.0.0:* LISTEN", "is not an address with a port"),
        ("tcp6 0 0 10.0.0.1:80 ::1:80 ESTABLISHED", "an IPv4 end and an IPv6 end"),
        ("tcp6 0 0 10.0.0.12:4243 10.0.0.20 ESTABLISHED", "is not an address with a port"),
        ("unix  2      [ ACC ]     STREAM     LISTENING     16590    /run/x", "not a TCP or UDP socket"),
        ("raw6       0      0 :::58                   :::*                    7", "not a TCP or UDP socket"),
    ],
)
def test_lines_that_cannot_be_read_are_reported(text, why):
    listing = read(f"{LISTEN.format('LISTEN')}\n{text}\n{LISTEN.format('LISTEN')}\n")
    assert [row.line for row in listing.rows] == [1, 3]
    ((line, shown, reason),) = [(item.line, item.text, item.why) for item in listing.unread]
    assert (line, shown) == (2, text)
    assert why in reason
