"""Builds what is handed out, installs it as a user does, and starts it: ``python -m supply``."""
