"""Measurements: each module is one command (`python -m benchmarks.speed`) and writes one JSON."""
