"""``python -m tcp46``."""

from tcp46.cli.main import run

run()
