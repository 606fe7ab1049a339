"""Reading: pictures of one digit, or photos of pages, in; digits, rows and tables out. No Keras.

reader       a model file + pictures -> Predictions
finder       a photo -> where symbols stand, and where lines run
cells        places that lines close off, and their neighbours
lattice      where lines run -> tables: rows and columns of cells, bent or not
glyphs       a place in a photo -> a digit, a sign, something else, nothing
second_look  what another network sees in a picture of one digit
symbols      what was found -> symbols that are read, the right way up
lines        symbols -> lines of numbers, without words
regions      symbols and tables -> tables and rows of numbers, in reading order
read         a photo of many digits -> regions of rows of numbers with boxes
drawing      what was read, as a picture: the way to 28x28, boxes in a photo
"""
