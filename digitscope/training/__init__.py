"""Training: a Config and a data set in, a finished run folder out. To follow it, begin at `train`.

task        what a training is given: settings, data, which images are for what
augment     training images, moved, turned, scaled, sheared, bent at random
batches     training images, batch by batch; fit, on any engine
forward     layers as TensorFlow operations
loop        fit on TensorFlow: a loop of our own
recorder    what is kept after every epoch, and the state that resuming needs
keep        the network of the epoch to keep, in the forms that need no Keras
progress    a training's live bar
train       Config -> run folder; resume
process     a process that is there to train; Ctrl-C ends it
"""
