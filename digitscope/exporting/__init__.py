"""Exporting: a run in, something to take along out.

contents    what the page shows of a run
places      texts without the folders in them
inline      a page of web/ and all that it loads -> one text
html        a run -> one page that needs no server
report      a run -> one self-contained report.html
"""
