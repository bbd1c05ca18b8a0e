"""What sockets mean: pure rules and the words for them, no I/O."""
