"""What pasted output of netstat, ss and lsof says; no I/O but the stream that is handed in."""
