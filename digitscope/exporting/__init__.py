"""Exporting: a run in, something to take along out.

contents    what the page shows of a run
html        a run -> one page that needs no server
"""
