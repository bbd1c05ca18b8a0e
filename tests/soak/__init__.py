"""The monitor for as long as asked, on a host where everything comes and goes: ``python -m soak``."""
