"""Sockets of one moment written down: JSON, CSV and plain text, for the command line and the monitor."""
