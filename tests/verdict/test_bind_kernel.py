"""The errors that a bind gets whatever else is on the port, as this kernel gives them."""

import errno
import os
import socket
from contextlib import suppress
from ipaddress import ip_address

import pytest

from support.netns import Namespace, why_no_namespace
from support.processes import NOBODY, why_not_nobody
from tcp46.kernel.hostfacts import read_host
from tcp46.model.socket import Protocol
from tcp46.verdict.bind import may_bind
from tcp46.verdict.request import BindRequest

ADDRESSES = (
    "0.0.0.0",
    "127.0.0.1",
    "127.9.9.9",
    "10.9.0.1",
    "10.9.0.255",
    "10.9.0.77",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "2001:db8:9::1",
    "2001:db8:9::77",
    "fe80::9",
    "fe80::77",
    "ff02::1",
    "ff05::1",
    "ff0e::1",
    "::ffff:0.0.0.0",
    "::ffff:10.9.0.1",
    "::ffff:10.9.0.77",
    "::ffff:224.0.0.1",
)
DEVICES = (None, "lo", "eth0")


@pytest.fixture(scope="module")
def there():
    reason = why_no_namespace()
    if reason is not None:
        pytest.skip(reason)
    namespace = Namespace()
    namespace.set("net.ipv6.conf.default.addr_gen_mode", 1)
    namespace.add_interface("eth0")
    namespace.add_address("eth0", "10.9.0.1/24", "2001:db8:9::1/64", "fe80::9/64")
    yield namespace
    namespace.close()


def really(protocol, address, port, v6only, device):
    """The name of the error that bind or listen gives, None for none."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if protocol is Protocol.TCP else socket.SOCK_DGRAM
    with socket.socket(family, kind) as made:
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(v6only))
        try:
            if device is not None:
                made.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
            made.bind((address, port))
            if protocol is Protocol.TCP:
                made.listen()
        except OSError as error:
            return errno.errorcode[error.errno]
    return None


def said(host, protocol, address, port, v6only, device, *, privileged):
    ifindex = {name: index for index, name in host.interfaces.items()}
    request = BindRequest(
        protocol,
        ip_address(address),
        port,
        v6only=v6only,
        ifindex=ifindex[device] if device else 0,
        privileged=privileged,
    )
    answer = may_bind([], request, host)
    assert answer.allowed is (answer.errno is None)
    return answer.errno


@pytest.mark.parametrize("protocol", [Protocol.TCP, Protocol.UDP])
@pytest.mark.parametrize("has_ipv6", [True, False])
def test_as_root(there, protocol, has_ipv6):
    if not has_ipv6:
        there.set("net.ipv6.conf.all.disable_ipv6", 1)
    try:
        with there.inside():
            host = read_host()
            for number, (address, v6only, device) in enumerate(cases(), start=5000):
                asked = (protocol, address, number, v6only, device)
                assert said(host, *asked, privileged=True) == really(*asked), asked
    finally:
        if not has_ipv6:
            there.set("net.ipv6.conf.all.disable_ipv6", 0)
            there.add_address("eth0", "2001:db8:9::1/64", "fe80::9/64")


def cases():
    return [
        (address, v6only, device)
        for address in ADDRESSES
        for v6only in ((False, True) if ":" in address else (False,))
        for device in DEVICES
    ]


@pytest.mark.skipif(
    os.getuid() != 0 or why_not_nobody() is not None, reason="needs root, and another user to become"
)
def test_low_ports_without_privilege(there):
    with there.inside():
        host = read_host()
    asked = [(Protocol.TCP, address, 80, False, None) for address in ADDRESSES]
    expected = [said(host, *item, privileged=False) for item in asked]
    assert "EACCES" in expected
    told_read, told_write = os.pipe()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException), there.inside():
            os.setresuid(NOBODY, NOBODY, NOBODY)
            os.write(told_write, "\n".join(str(really(*item)) for item in asked).encode())
        os._exit(0)
    os.close(told_write)
    os.waitpid(pid, 0)
    with os.fdopen(told_read) as told:
        assert told.read().split("\n") == [str(item) for item in expected]
