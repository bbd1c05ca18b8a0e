"""Since which kernel it does what differs from one to the next, as (major, minor).

Distributions carry changes back, so below these versions both behaviours must be reckoned with.
"""

BOUND_DEVICE_PREFERRED_SINCE = (5, 15)
"""Among sockets on one address the one bound to the interface wins over the unbound one
(``compute_score`` in ``net/ipv4/udp.c`` and ``net/ipv4/inet_hashtables.c``, commit 8d6c414cd2fb)."""

BOUND_INACTIVE_SINCE = (6, 8)
"""sock_diag tells TCP sockets that hold a port and do not listen (TCP_BOUND_INACTIVE)."""

UDP_CONNECTED_HASH_SINCE = (6, 13)
"""Connected UDP sockets are looked up first, by both ends (``udp4_lib_lookup4``)."""

UDP_WILDCARD_BIND_SINCE = (7, 0)
"""bind() of UDP to a wildcard address finds conflicts with every socket of the port, however many
there are; before, with more than 10 it saw only those on a wildcard (commit e537dd15d0d4)."""
