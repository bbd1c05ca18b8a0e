"""What is made of the kernel's answers: answers made by hand, so that every failure can be had."""

import errno
import sys

import pytest

from support.inet_diag import BOTH, TCPDIAG_GETSOCK, FakeKernel, Row, attribute, done, error, message, noop
from tcp46.kernel import dump as dump_module
from tcp46.kernel.dump import SockDiagUnavailableError, read_sock_diag
from tcp46.model.socket import Family, Protocol, State
from tcp46.model.source import Source

TCP, UDP = 6, 17
INET, INET6 = 2, 10


def answering(special=None, **attempts):
    """A kernel with one socket a request, but for the (protocol, family) in `special`."""
    special = special or {}
    tries = {}

    def answer(protocol, family):
        number = tries[protocol, family] = tries.get((protocol, family), 0) + 1
        found = special.get((protocol, family))
        if callable(found):
            return found(number)
        if found is not None:
            return found
        return [row(protocol, family), done()]

    return FakeKernel(answer)


def row(protocol, family, *, kind=20, **changes):
    cookie = changes.pop("cookie", protocol * 100 + family)
    state = 10 if protocol == TCP else 7
    address = "0.0.0.0" if family == INET else "::"
    return Row(family=family, state=state, local=address, remote=address, cookie=cookie, **changes).message(
        kind
    )


def read(special=None):
    kernel = answering(special)
    result = read_sock_diag(kernel.open)
    assert kernel.is_open == 0
    return result


def test_tcp_and_udp_of_both_families():
    kernel = answering()
    result = read_sock_diag(kernel.open)
    assert kernel.asked == [(TCP, BOTH), (TCP, INET), (TCP, INET6), (UDP, INET), (UDP, INET6)]
    assert list(result.rows.cookie) == [602, 610, 1702, 1710]
    assert list(result.rows.protocol) == [TCP, TCP, UDP, UDP]
    assert (result.source, result.partial, result.unsupported) == (Source.SOCK_DIAG, (), ())


def test_several_datagrams_with_interruptions_of_the_calls():
    pieces = [
        InterruptedError(errno.EINTR, "interrupted"),
        row(TCP, INET, cookie=1),
        BlockingIOError(errno.EAGAIN, "not yet"),
        noop() + row(TCP, INET, cookie=2),
        done(),
    ]
    result = read({(TCP, INET): pieces})
    assert list(result.rows.cookie)[:2] == [1, 2]
    assert result.partial == ()


def test_what_another_process_sends_is_not_read():
    forged = (row(TCP, INET, cookie=66) + done(), 0, 4242)
    result = read({(TCP, INET): [forged, row(TCP, INET, cookie=1), done()]})
    assert result.rows.cookie[0] == 1
    assert 66 not in result.rows.cookie


@pytest.mark.parametrize("ending", [done(errno.ENOENT), error(errno.ENOENT)], ids=["done", "error"])
def test_a_protocol_that_the_kernel_lacks_is_named(ending):
    result = read({(UDP, INET): [ending], (UDP, INET6): [ending]})
    assert result.unsupported == (Protocol.UDP,)
    assert list(result.rows.protocol) == [TCP, TCP]
    assert len(result.partial) == 2
    assert all("UDP" in sentence and "not supported" in sentence for sentence in result.partial)


def test_a_family_that_the_kernel_lacks_takes_nothing_from_the_other():
    result = read({(TCP, INET6): [error(errno.ENOENT)], (UDP, INET6): [error(errno.ENOENT)]})
    assert result.unsupported == ()
    assert list(result.rows.family) == [INET, INET]
    assert len(result.partial) == 2


def test_rows_before_an_error_stay_and_the_error_is_told():
    result = read({(TCP, INET6): [row(TCP, INET6), done(errno.EIO)]})
    assert len(result.rows) == 4
    (sentence,) = result.partial
    assert "TCP sockets of family AF_INET6" in sentence
    assert "Input/output error" in sentence


def test_no_end_is_partial():
    result = read({(TCP, INET): [row(TCP, INET)]})
    assert len(result.rows) == 4
    (sentence,) = result.partial
    assert "cut short" in sentence


@pytest.mark.parametrize("junk", [b"junk", message(20, b"too short"), message(20, b"", length=0)])
def test_bytes_that_make_no_sense_are_partial(junk):
    result = read({(UDP, INET): [row(UDP, INET), junk, done()]})
    assert len(result.rows) == 4
    (sentence,) = result.partial
    assert "UDP sockets of family AF_INET:" in sentence


def test_a_datagram_that_did_not_fit_is_partial():
    result = read({(UDP, INET): [row(UDP, INET), (row(UDP, INET, cookie=9), 0x20, 0), done()]})
    assert list(result.rows.cookie) == [602, 610, 1702, 1710]
    (sentence,) = result.partial
    assert "longer than the buffer" in sentence


def test_lost_receive_buffer_is_partial():
    result = read({(UDP, INET): [OSError(errno.ENOBUFS, "No buffer space available")]})
    assert len(result.rows) == 3
    assert len(result.partial) == 1


def test_an_endless_answer_is_given_up(monkeypatch):
    clock = iter(range(1000))
    monkeypatch.setattr(dump_module, "monotonic", lambda: next(clock))
    result = read({(TCP, INET): [noop()] * 1000})
    (sentence,) = result.partial
    assert "cut short" in sentence


def test_rows_without_a_name_are_told():
    result = read({(TCP, INET): [Row(state=99).message() + Row(family=1).message() + done()]})
    (sentence,) = result.partial
    assert "2 in a state or family" in sentence


class TestInterruptedDump:
    def interrupted(self, cookie):
        return [Row(family=2, local="0.0.0.0", remote="0.0.0.0", cookie=cookie).message(flags=0x12), done()]

    @pytest.mark.parametrize("times", [1, 2, 3])
    def test_it_is_made_again(self, times):
        def answer(number):
            whole = [row(TCP, INET, cookie=99), done()]
            return self.interrupted(number) if number <= times else whole

        result = read({(TCP, INET): answer})
        assert result.rows.cookie[0] == 99
        assert len(result.rows) == 4
        assert result.partial == ()
        assert not result.stale

    def test_after_three_more_times_it_is_told(self):
        kernel = answering({(TCP, INET): self.interrupted})
        result = read_sock_diag(kernel.open)
        assert kernel.asked.count((TCP, INET)) == 4
        assert result.rows.cookie[0] == 4
        (sentence,) = result.partial
        assert "stale: it changed while it was read" in sentence
        assert result.stale


class TestBothFamiliesInOne:
    """Of TCP, where the kernel gives them so: it walks through all its sockets for each request."""

    def kernel(self, *both):
        def answer(protocol, family):
            return list(both) if family == BOTH else [row(protocol, family), done()]

        return FakeKernel(answer, knows_both=True)

    def of_both(self, family, **changes):
        return row(TCP, family, kind=TCPDIAG_GETSOCK, **changes)

    @pytest.mark.parametrize("is_mixed", [True, False])
    def test_neither_family_is_asked_for_by_itself(self, is_mixed):
        rows = [self.of_both(INET, cookie=1), self.of_both(INET6, cookie=2)]
        kernel = self.kernel(*([b"".join(rows)] if is_mixed else rows), done())
        result = read_sock_diag(kernel.open)
        assert kernel.asked == [(TCP, BOTH), (UDP, INET), (UDP, INET6)]
        assert list(result.rows.cookie) == [1, 2, 1702, 1710]
        assert list(result.rows.family) == [INET, INET6, INET, INET6]
        assert (result.partial, result.unsupported, result.complete) == ((), (), True)

    def test_with_tcp_info(self):
        kernel = self.kernel(done())
        read_sock_diag(kernel.open, with_info=True)
        assert kernel.extensions == [2, 0, 0]

    @pytest.mark.parametrize(
        "both",
        [
            [error(errno.EPERM)],
            [done(errno.ENOENT)],
            [],
            [b"junk"],
            [row(TCP, INET, kind=TCPDIAG_GETSOCK), done(errno.EIO)],
            [row(TCP, INET, kind=TCPDIAG_GETSOCK)],
            [Row(state=99).message(TCPDIAG_GETSOCK), done()],
            [row(TCP, INET, kind=TCPDIAG_GETSOCK), message(TCPDIAG_GETSOCK, b"", flags=0x12), done()],
        ],
        ids=[
            "refused",
            "unknown",
            "silent",
            "garbled",
            "ended early",
            "cut short",
            "unknown state",
            "changed",
        ],
    )
    def test_each_is_asked_for_where_that_leaves_anything_out(self, both):
        kernel = self.kernel(*both)
        result = read_sock_diag(kernel.open)
        assert kernel.asked[-4:] == [(TCP, INET), (TCP, INET6), (UDP, INET), (UDP, INET6)]
        assert list(result.rows.cookie) == [602, 610, 1702, 1710]
        assert (result.partial, result.stale, result.complete) == ((), False, True)


class TestDoubles:
    def test_the_first_of_equal_cookies_is_kept(self):
        doubled = b"".join(
            row(TCP, INET, cookie=cookie, inode=inode) for inode, cookie in enumerate([5, 3, 5, 4, 3, 5], 1)
        )
        result = read({(TCP, INET): [doubled, done()]})
        assert list(result.rows.inode)[:3] == [1, 2, 4]
        assert list(result.rows.cookie)[:3] == [5, 3, 4]
        assert len(result.rows) == 6

    def test_rows_without_a_cookie_are_no_doubles(self):
        result = read({(TCP, INET): [row(TCP, INET, cookie=0) * 2 + row(TCP, INET, cookie=602) * 2, done()]})
        assert list(result.rows.cookie) == [0, 0, 602, 610, 1702, 1710]


class TestRefusal:
    @pytest.mark.parametrize(
        "number", [errno.EPERM, errno.EACCES, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT, errno.ENOSYS]
    )
    def test_of_the_socket(self, number):
        def refuse(_protocol):
            raise OSError(number, "refused")

        with pytest.raises(SockDiagUnavailableError) as caught:
            read_sock_diag(refuse)
        assert caught.value.errno == number

    @pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE, errno.ENOMEM])
    def test_a_shortage_is_no_refusal(self, number):
        def fail(_protocol):
            raise OSError(number, "short")

        with pytest.raises(OSError, match="short") as caught:
            read_sock_diag(fail)
        assert caught.value.errno == number

    @pytest.mark.parametrize(
        ("answer", "number"),
        [
            ([error(errno.EPERM)], errno.EPERM),
            ([done(errno.ENOENT)], errno.ENOENT),
            ([OSError(errno.ECONNREFUSED, "refused")], errno.ECONNREFUSED),
            ([b"junk"], errno.EBADMSG),
            ([], errno.ETIMEDOUT),
        ],
    )
    def test_of_every_request(self, answer, number):
        kernel = FakeKernel(lambda protocol, family: answer)
        with pytest.raises(SockDiagUnavailableError) as caught:
            read_sock_diag(kernel.open)
        assert caught.value.errno == number
        assert kernel.is_open == 0

    def test_of_all_but_one_is_partial(self):
        refused = [error(errno.EPERM)]
        result = read({(TCP, INET): refused, (TCP, INET6): refused, (UDP, INET): refused})
        assert len(result.rows) == 1
        assert len(result.partial) == 3

    def test_a_kernel_without_sockets_is_no_refusal(self):
        kernel = FakeKernel(lambda protocol, family: [done()])
        result = read_sock_diag(kernel.open)
        assert len(result.rows) == 0
        assert result.partial == ()


class TestTcpInfo:
    info = bytes(68) + (1500).to_bytes(4, sys.byteorder) + bytes(136)

    def connection(self, cookie):
        return Row(family=INET, state=1, local="10.0.0.1", remote="10.0.0.2", remote_port=7, cookie=cookie,
                   attributes=(attribute(2, self.info),)).message()  # fmt: skip

    def test_it_is_asked_for_only_when_it_is_wanted(self):
        for wanted, extensions in ((False, [0, 0, 0, 0, 0]), (True, [2, 2, 2, 0, 0])):
            kernel = answering()
            result = read_sock_diag(kernel.open, with_info=wanted)
            assert kernel.extensions == extensions
            assert (result.counters is not None) == wanted

    def test_each_row_has_its_own(self):
        doubled = [
            self.connection(5),
            row(TCP, INET, cookie=6),
            self.connection(7),
            self.connection(5),
            done(),
        ]
        kernel = answering({(TCP, INET): doubled, (TCP, INET6): [error(errno.EPERM)]})
        result = read_sock_diag(kernel.open, with_info=True)
        assert list(result.rows.cookie) == [5, 6, 7, 1702, 1710]
        assert [value if value < 2**32 - 1 else None for value in result.counters.rtt.tolist()] == [
            1500, None, 1500, None, None,
        ]  # fmt: skip

    def test_none_at_all(self):
        kernel = FakeKernel(lambda protocol, family: [done()])
        assert len(read_sock_diag(kernel.open, with_info=True).counters) == 0


class TestCompleteness:
    def test_a_protocol_that_the_kernel_lacks_is_not_missed(self):
        assert read().complete
        lacking = [done(errno.ENOENT)]
        assert read({(UDP, INET): lacking, (UDP, INET6): lacking}).complete

    @pytest.mark.parametrize(
        "answer",
        [[error(errno.EPERM)], [done(errno.ENOBUFS)], [noop()], [noop(), b"junk"]],
        ids=["refused", "ended early", "silent", "garbled"],
    )
    def test_what_is_cut_short_is(self, answer):
        assert not read({(TCP, INET6): answer}).complete


def test_a_bound_socket_that_does_not_listen_has_a_state_of_its_own():
    result = read({(TCP, INET6): [Row(state=7, cookie=1).message(), done()]})
    assert (State.BOUND, Family.AF_INET6) in zip(result.rows.state, result.rows.family, strict=True)
