"""Measurements: each module is one command (`python -m benchmarks.seeds`) and writes one JSON."""
