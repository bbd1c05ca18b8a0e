"""One moment of a network namespace."""
