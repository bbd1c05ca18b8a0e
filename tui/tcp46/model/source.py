"""Where a snapshot's rows come from."""

from enum import StrEnum


class Source(StrEnum):
    """Part of the JSON contract."""

    SOCK_DIAG = "sock_diag"
    PROC = "proc"
    """/proc/net, where sock_diag cannot be had: no V6ONLY, no accept queue limit, no BOUND sockets."""
