"""The specimens that ``tcp46 demo`` opens: every case, each held by a process whose name tells it."""
