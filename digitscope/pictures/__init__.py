"""From any picture to a digit as MNIST's are: files, bytes, arrays in, uint8 (28, 28) out.

formats     PDF and HEIC files, by the extra `pages`
picture     whatever a picture comes as -> RGB pixels
ink         a picture -> its ink, without paper and shadow
lines       marks on ruled paper -> without its lines
preprocess  any picture of one digit -> an image like MNIST's
"""
