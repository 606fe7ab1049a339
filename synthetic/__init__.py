"""Pictures made here, for training the reader and for benchmarks; not part of the package.

samples     digits, bent, printed and photographed
drawn       digits in rare styles, and what is no digit, drawn
sheets      photos of sheets of paper, composed: for benchmarks
canvas      a page that is being made, and what stands where on it
glyphs      digits, signs and letters in any hand or type
pens        ways of writing
layouts     tables, puzzles, forms, rows of numbers, text
devices     seven-segment displays, the wheels of meters
scenes      photos of such pages, and what is where on them: for training
"""
