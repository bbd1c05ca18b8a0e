"""Collecting: one snapshot, or one after the other."""
