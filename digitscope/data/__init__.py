"""The digits to train and judge on: a file, a folder or the bundled MNIST in, uint8 arrays out.

check       what is wrong with a data set, and how to mend it
dataset     load_dataset(): the bundled MNIST, or another set of the same kind

The file mnist.npz here is what `digitscope.mnist` reads.
"""
