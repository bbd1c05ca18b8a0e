"""What tcp46 and today's tools cost with many sockets: ``python -m benchmarks``, with PYTHONPATH=tests."""
