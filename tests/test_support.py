import socket


def test_namespace_has_loopback_and_own_sysctls(netns):
    netns.set("net.ipv6.bindv6only", 1)
    netns.add_interface("eth0")
    netns.add_address("eth0", "10.9.0.1/24", "2001:db8::1/64")
    with netns.inside():
        server = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(server.getsockname())
        six = socket.create_server(("2001:db8::1", 0), family=socket.AF_INET6)
        assert netns.sysctl("net.ipv6.bindv6only", None) == "1"
    for opened in (server, client, six):
        opened.close()


def test_two_namespaces_are_joined(netns):
    from support.netns import Namespace

    other = Namespace()
    netns.connect_to(other)
    netns.add_address("eth0", "10.9.0.1/24")
    other.add_address("eth0", "10.9.0.2/24")
    with netns.inside():
        server = socket.create_server(("10.9.0.1", 0))
    with other.inside():
        client = socket.create_connection(server.getsockname(), timeout=3)
    assert client.getsockname()[0] == "10.9.0.2"
    client.close()
    server.close()
    other.close()
