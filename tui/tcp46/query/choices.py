"""The values of the fields that have a fixed set of them, as they are offered."""

from tcp46.model.socket import State
from tcp46.model.verdict import REASONS
from tcp46.query.values import PROTOCOLS, PROTOS

CHOICES: dict[str, tuple[str, ...]] = {
    "state": tuple(state.name.lower() for state in State),
    "proto": tuple(PROTOS),
    "protocol": tuple(PROTOCOLS),
    "family": ("inet", "inet6"),
    "serves": ("v4", "v6", "v4+v6", "mapped", "none", "?"),
    "reason": tuple(reason.value for reason in REASONS),
    "v6only": ("0", "1", "unknown"),
}
"""By field; other spellings of the same are understood, and not among them."""
