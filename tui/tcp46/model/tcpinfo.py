"""How one TCP connection fares, by the kernel's own account of it."""

from typing import NamedTuple


class TcpInfo(NamedTuple):
    """What struct tcp_info (``include/uapi/linux/tcp.h``) says of a connection at one moment.

    Names are the kernel's without ``tcpi_``; `ca_name` is its congestion control, raw. Times are in
    microseconds, rates in bytes a second, windows in segments. None is what this kernel does not tell,
    or what it has not measured. `retransmits` counts timeouts in a row without an answer, `retrans`
    segments sent again that are not acknowledged yet, `total_retrans` all of them. `bytes_sent` counts
    what was sent again too; `bytes_acked` and `bytes_received` may count one for a SYN or a FIN.
    `rwnd_limited` and `sndbuf_limited` are parts of `busy_time`, in which there was something to send.
    """

    ca_name: str | None = None
    rtt: int | None = None
    rttvar: int | None = None
    min_rtt: int | None = None
    retransmits: int | None = None
    retrans: int | None = None
    total_retrans: int | None = None
    bytes_sent: int | None = None
    bytes_retrans: int | None = None
    bytes_acked: int | None = None
    bytes_received: int | None = None
    delivery_rate: int | None = None
    delivery_rate_app_limited: bool | None = None
    pacing_rate: int | None = None
    snd_cwnd: int | None = None
    snd_ssthresh: int | None = None
    busy_time: int | None = None
    rwnd_limited: int | None = None
    sndbuf_limited: int | None = None
    snd_mss: int | None = None
    rcv_mss: int | None = None
    pmtu: int | None = None
