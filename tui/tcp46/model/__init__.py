"""The plain words that every floor shares; no I/O."""
