"""The JSON documents: plain dictionaries in the shape that ``tcp46 schema`` prints.

Strings are the host's own, undecodable bytes as lone surrogates, which JSON escapes.
"""

from datetime import UTC, datetime
from typing import Any

from tcp46 import __version__
from tcp46.model.address import Endpoint, address_text
from tcp46.model.process import Owner
from tcp46.model.verdict import Explanation
from tcp46.snapshot.moment import Snapshot
from tcp46.snapshot.notices import notices

Document = dict[str, Any]


def header(snapshot: Snapshot) -> Document:
    """Return all of the document but its ``sockets``."""
    host = snapshot.host
    return {
        "tcp46": __version__,
        "taken_at": datetime.fromtimestamp(snapshot.taken_at, UTC).isoformat(timespec="milliseconds"),
        "host": host.name,
        "source": snapshot.source.value,
        "partial": bool(snapshot.partial),
        "stale": snapshot.stale,
        "unsupported": [protocol.name.lower() for protocol in snapshot.unsupported],
        "hidden_processes": snapshot.owners.hidden_processes,
        "hidepid": snapshot.owners.hidepid,
        "notices": list(notices(snapshot)),
        "namespace": {
            "inode": host.namespace_inode,
            "name": host.namespace_name,
            "bindv6only": None if host.bindv6only is None else int(host.bindv6only),
            "ipv6": host.ipv6.value,
            "addresses": [
                {"address": address_text(item.address), "interface": item.interface}
                for item in host.addresses
            ],
        },
    }


def socket_document(snapshot: Snapshot, index: int, explanation: str | Document) -> Document:
    """Return one entry of ``sockets`` with the given ``explanation``."""
    socket = snapshot.socket(index)
    verdict = snapshot.verdict(index)
    return {
        "id": snapshot.identity(index),
        "protocol": socket.protocol.name.lower(),
        "family": socket.family.name,
        "proto": socket.proto,
        "state": socket.state.name,
        "local": endpoint_document(socket.local),
        "remote": None if socket.remote is None else endpoint_document(socket.remote),
        "interface": snapshot.interface(index),
        "v6only": socket.v6only,
        "v6only_evidence": socket.v6only_evidence.value,
        "serves": list(verdict.serves.versions),
        "serves_label": verdict.serves.label,
        "reason": verdict.reason.value,
        "explanation": explanation,
        "recv_q": socket.recv_q,
        "send_q": socket.send_q,
        "uid": socket.uid,
        "user": snapshot.user(index),
        "inode": socket.inode,
        "cookie": socket.cookie,
        "unit": snapshot.unit(index),
        "owners": [owner_document(owner) for owner in snapshot.owners_of(index)],
        "owner_status": snapshot.owner_status(index).value,
    }


def explanation_document(explanation: Explanation) -> Document:
    """Return the parts of a whole explanation."""
    return {
        "verdict": explanation.verdict,
        "why": list(explanation.why),
        "evidence": [
            {"name": fact.name, "value": fact.value, "source": fact.source} for fact in explanation.evidence
        ],
        "as_printed_by": dict(explanation.as_printed_by),
        "advice": list(explanation.advice),
    }


def endpoint_document(endpoint: Endpoint) -> Document:
    """Return ``local`` or ``remote``."""
    return {"address": address_text(endpoint.address), "port": endpoint.port}


def owner_document(owner: Owner) -> Document:
    """Return one entry of ``owners``."""
    process = owner.process
    return {"pid": process.pid, "fd": owner.fd, "name": process.name, "user": process.user}
