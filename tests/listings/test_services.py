"""Names in place of ports."""

import re
from importlib.resources import files

import pytest

from tcp46.listings.services import port_of
from tcp46.model.socket import Protocol

TCP, UDP = Protocol.TCP, Protocol.UDP


@pytest.mark.parametrize(
    ("name", "protocol", "port"),
    [
        ("http", TCP, 80),
        ("https", UDP, 443),
        ("ssh", TCP, 22),
        ("ssh", UDP, 22),  # Listed for TCP; UDP has the same number, or none.
        ("domain", UDP, 53),
        ("exec", TCP, 512),
        ("biff", UDP, 512),
        ("syslog", TCP, 514),
        ("mdns", UDP, 5353),
        ("microsoft-ds", None, 445),
        ("http-alt", TCP, None),  # 591, 8008 and 8080, by who prints it.
        ("EtherNet/IP-1", TCP, 2222),
        ("no-such-service", TCP, None),
        ("", TCP, None),
        ("80", TCP, None),
    ],
)
def test_ports_of_names(name, protocol, port):
    assert port_of(name, protocol) == port


def test_every_line_of_the_table_is_a_name_a_port_and_protocols():
    lines = [
        line
        for line in files("tcp46.listings").joinpath("services.tsv").read_text("utf-8").splitlines()
        if not line.startswith("#")
    ]
    assert len(lines) > 300
    for line in lines:
        assert re.fullmatch(r"[!-~]{1,32}\t[1-9][0-9]{0,4}\t(tcp|udp|tcp,udp)", line), line
        assert int(line.split("\t")[1]) <= 0xFFFF
    assert len(set(lines)) == len(lines)
