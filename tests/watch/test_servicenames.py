from tcp46.listings.services import names_by_port
from tcp46.model.socket import Protocol
from tcp46.watch.servicenames import listed_in, service_names

SERVICES = """
# comment
http            80/tcp          www     # WorldWideWeb HTTP
www-other       80/tcp
domain          53/udp
sctpthing       99/sctp
broken          x/tcp
broken          99999999/tcp
broken          ٣/tcp
lonely
"""


def test_names_are_by_protocol_and_the_first_one_counts():
    assert listed_in(SERVICES.splitlines()) == {(Protocol.TCP, 80): "http", (Protocol.UDP, 53): "domain"}


def test_the_host_s_own_file_counts(tmp_path):
    file = tmp_path / "services"
    file.write_bytes(b"caf\xe9 4711/tcp\n")
    assert service_names(file) == {(Protocol.TCP, 4711): "caf\udce9"}


def test_without_a_file_the_table_of_the_package_stands_in(tmp_path):
    assert service_names(tmp_path / "missing") == names_by_port()
    assert names_by_port()[Protocol.TCP, 22] == "ssh"
    assert names_by_port()[Protocol.UDP, 53] == "domain"
