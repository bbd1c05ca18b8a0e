"""The entries of ``sockets`` as JSON; TCP connections that are alike share all but their numbers."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import lru_cache

import numpy as np

from tcp46.export.document import Document, endpoint_document, owner_document, socket_document
from tcp46.model.columns import QUEUE_UNKNOWN, Column, endpoint
from tcp46.model.process import Owner
from tcp46.model.socket import Family, Protocol, State
from tcp46.snapshot.moment import Snapshot

Explain = Callable[[int], str | Document]
"""Gives the ``explanation`` of a row: a line, or all of it in parts."""

_PIECE = 2000
"""Rows that are taken out of the columns at once."""

_OWN = frozenset({"id", "local", "remote", "recv_q", "send_q", "inode", "cookie", "owners", "owner_status"})
"""The members that each connection has for itself; in a line of explanation there are no numbers."""

_Kind = tuple[int, ...]
_OwnValues = tuple[int, ...]


class JsonRows:
    """Writes the rows of one snapshot.

    A row becomes a document, and that JSON, once for each kind of connection; the text with places for
    what differs then does for all of the kind.
    """

    def __init__(self, snapshot: Snapshot, explanation: Explain) -> None:
        self._snapshot = snapshot
        self._explanation = explanation
        self._forms: dict[_Kind, str] = {}
        self._owner_forms: dict[int, str] = {}
        self._id = f'"{snapshot.host.namespace_inode}-{Protocol.TCP.name.lower()}-%x"'

    def texts(self, indices: Sequence[int]) -> Iterator[str]:
        """Yield the JSON of the rows `indices`."""
        for start in range(0, len(indices), _PIECE):
            piece = indices[start : start + _PIECE]
            taken = np.array(piece)
            kinds, values = _tuples(self._kind(), taken), _tuples(self._own(), taken)
            held = self._snapshot.links.each(self._snapshot.rows.inode[taken])
            for index, kind, own, owners in zip(piece, kinds, values, held, strict=True):
                form = self._forms.get(kind)
                if form is None:
                    yield self._whole(index, kind)
                else:
                    yield form % self._filling(index, kind, own, owners)

    def _kind(self) -> Sequence[Column]:
        snapshot = self._snapshot
        rows = snapshot.rows
        return (
            rows.protocol, rows.family, rows.state, rows.ifindex, rows.uid, rows.cgroup_id,
            snapshot.serves, snapshot.reason, rows.inode == 0, rows.remote_port == 0,
        )  # fmt: skip

    def _own(self) -> Sequence[Column]:
        rows = self._snapshot.rows
        return (
            self._snapshot.keys, rows.local_high, rows.local_low, rows.local_port,
            rows.remote_high, rows.remote_low, rows.remote_port, rows.recv_q, rows.send_q, rows.inode,
            rows.cookie,
        )  # fmt: skip

    def _whole(self, index: int, kind: _Kind) -> str:
        document = socket_document(self._snapshot, index, self._explanation(index))
        protocol, _, state, *_, lacks_peer = kind
        is_connection = protocol == Protocol.TCP and not State(state).is_endpoint and not lacks_peer
        if is_connection and isinstance(document["explanation"], str):
            self._forms[kind] = _form(document, _OWN)
        return json.dumps(document)

    def _filling(
        self, index: int, kind: _Kind, own: _OwnValues, owners: tuple[Owner, ...]
    ) -> tuple[str | int, ...]:
        """Return what goes into the places of a form, in the order of the document."""
        _, family, *_ = kind
        key, local_high, local_low, local_port, high, low, port, recv_q, send_q, inode, cookie = own
        return (
            self._id % key,
            _address_form(family, local_high, local_low) % local_port,
            _address_form(family, high, low) % port,
            recv_q,
            send_q if send_q != QUEUE_UNKNOWN else "null",
            inode,
            cookie or "null",
            f"[{', '.join(map(self._owner, owners))}]" if owners else "[]",
            '"known"' if owners else f'"{self._snapshot.owner_status(index).value}"',
        )

    def _owner(self, owner: Owner) -> str:
        pid = owner.process.pid
        if pid not in self._owner_forms:
            self._owner_forms[pid] = _form(owner_document(owner), {"fd"})
        return self._owner_forms[pid] % owner.fd


def _tuples(columns: Sequence[Column], taken: Column) -> Iterator[tuple[int, ...]]:
    return zip(*(column[taken].tolist() for column in columns), strict=True)


@lru_cache(maxsize=65536)
def _address_form(family: int, high: int, low: int) -> str:
    return _form(endpoint_document(endpoint(Family(family), high, low, 0)), {"port"})


def _form(document: Mapping[str, object], places: Set[str]) -> str:
    """Return `document` as JSON with ``%s`` for the values of the members `places`."""
    texts = (
        f'"{name}": %s' if name in places else f'"{name}": {json.dumps(value).replace("%", "%%")}'
        for name, value in document.items()
    )
    return f"{{{', '.join(texts)}}}"
