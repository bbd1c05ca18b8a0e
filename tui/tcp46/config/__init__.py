"""The config file: where it is, what it says, and every mistake in it by its line."""
