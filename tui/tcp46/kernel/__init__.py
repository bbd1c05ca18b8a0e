"""What this kernel says about its sockets and its network namespace."""
