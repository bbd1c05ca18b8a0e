"""Random sockets on one port, and the verdicts on them held against what the kernel does."""
