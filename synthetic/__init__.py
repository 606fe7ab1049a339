"""Pictures made here, for training the reader and for benchmarks; not part of the package.

samples     digits, bent, printed and photographed
drawn       digits in rare styles, and what is no digit, drawn
sheets      photos of sheets of paper, composed
"""
