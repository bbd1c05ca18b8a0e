"""tcp46: which IP versions really reach each socket of a Linux host, why, and how it knows."""

__version__ = "0.1.0"
