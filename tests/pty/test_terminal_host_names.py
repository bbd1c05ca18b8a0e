"""Host names that whoever holds a reverse zone may choose, and the bytes that come to the terminal."""

import re
import shutil
import socket
import sys
import threading

import pytest

from support.hostile import TEXTS, assert_harmless_output
from support.netns import Namespace, why_no_namespace
from support.screen import Screen
from support.terminal import Change, Terminal

pytestmark = pytest.mark.skipif(
    why_no_namespace() is not None or shutil.which("unshare") is None,
    reason="needs root (CAP_SYS_ADMIN) and unshare for a name server of its own",
)

PORT = 7100
LABEL_BYTES = 63
"""RFC 1035, section 2.3.4."""

_HONEST = {10: b"honest.example"}
_HOSTILE = {
    20 + place: text.encode("utf-8", "surrogateescape")[:LABEL_BYTES] + b".example"
    for place, (name, text) in enumerate(TEXTS.items())
    if name not in {"empty", "long"}
}
BY_DNS = {f"192.0.2.{number}": name for number, name in {**_HONEST, **_HOSTILE}.items()}
"""What the name server says of each address."""
BY_FILE = {
    f"192.0.3.{number}": name
    for number, name in {10: b"listed.example", **_HOSTILE}.items()
    if not re.search(rb"[\s#\0]", name)
}
"""What stands in /etc/hosts, which the C library does not look through for strange bytes."""


def serve(server, asked):
    """Answer each question for a PTR record (RFC 1035, section 4) with the name in BY_DNS."""
    while True:
        query, peer = server.recvfrom(512)
        number = query[13 : 13 + query[12]]
        address = f"192.0.2.{int(number)}"
        asked.add(address)
        end = query.index(b"\0", 12) + 5
        labels = BY_DNS[address].rsplit(b".", 1)
        name = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
        head = query[:2] + b"\x81\x80\0\1\0\1\0\0\0\0"
        record = b"\xc0\x0c\0\x0c\0\1\0\0\0\x3c" + len(name).to_bytes(2, "big") + name
        server.sendto(head + query[12:end] + record, peer)


@pytest.fixture
def asked(tmp_path):
    """The addresses that the name server of this namespace was asked about; each has a connection."""
    namespace = Namespace()
    far = [*BY_DNS, *BY_FILE]
    namespace.add_address("lo", *(f"{address}/32" for address in ["192.0.2.1", *far]))
    found, opened = set(), []
    with namespace.inside():
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        threading.Thread(target=serve, args=(server, found), daemon=True).start()
        listener = socket.create_server(("192.0.2.1", PORT), backlog=len(far))
        for address in far:
            opened.append(socket.create_connection(("192.0.2.1", PORT), source_address=(address, 0)))
            opened.append(listener.accept()[0])
        yield found
    for each in (*opened, listener):
        each.close()
    namespace.close()


def with_names_of(folder):
    """Return the command that starts tcp46 where 127.0.0.1 is the name server, and BY_FILE in /etc/hosts."""
    (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n")
    lines = [address.encode() + b" " + name + b"\n" for address, name in BY_FILE.items()]
    (folder / "hosts").write_bytes(b"".join(lines))
    mount = (
        'for each in resolv.conf nsswitch.conf hosts; do mount --bind "$0/$each" "/etc/$each" || exit; done'
    )
    inside = f'{mount}; exec "$@"'
    filters = f"lport:{PORT} state:estab"
    return ["unshare", "-m", "sh", "-c", inside, str(folder), sys.executable, "-m", "tcp46", *filters.split()]


def test_the_name_server_lies(asked, tmp_path):
    far = [*BY_DNS, *BY_FILE]
    columns, rows = 160, len(far) + 8
    screen = Screen(columns, rows)
    with Terminal(with_names_of(tmp_path), columns=columns, rows=rows) as terminal:
        terminal.wait_for(f":{PORT}")
        terminal.send("n")
        terminal.wait_for("honest.example")
        terminal.wait_for("listed.example")
        terminal.wait_until(lambda: asked == set(BY_DNS), "question about each address")
        terminal.read(0.6)
        screen.feed(terminal.output)
        terminal.send("\r")
        terminal.read(0.5)
        assert_harmless_output(terminal.output)
        assert screen.unknown == set()
        terminal.send("q")
        assert terminal.wait_change() == Change("exited", 0)
        terminal.assert_restored()
    ends = [re.match(r" tcp .*? 192\.0\.2\.1:7100 +(\S+):\d+ ", line) for line in screen.lines]
    shown = [end[1] for end in ends if end is not None]
    assert len(shown) == len(far), "a line for each"
    honest = {"192.0.2.10": "honest.example", "192.0.3.10": "listed.example"}
    assert set(shown) == {honest.get(address, address) for address in far}
