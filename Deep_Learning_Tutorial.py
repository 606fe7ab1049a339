# %% [markdown]
# # Deep learning in one page: a network that reads handwritten digits
#
# Run it with `python Deep_Learning_Tutorial.py`, or open it as a notebook: every `# %%` begins a
# cell. It needs Keras, TensorFlow and NumPy, and takes about a minute. `docs/tutorial.md` explains
# every idea in it at length.

# %% [markdown]
# ## 1. The tools
# Keras describes networks and trains them; TensorFlow does the arithmetic underneath. MNIST, the
# data, is 70,000 digits written by American students and census employees.

# %%
import keras
from keras.layers import Conv2D, Dense, Flatten, Input, MaxPooling2D
from keras.utils import to_categorical

from digitscope import mnist

# Chance decides how the network starts and in which order it sees the digits. With a fixed seed it
# decides the same way each time, so that you get the same result twice.
keras.utils.set_random_seed(1)

# %% [markdown]
# ## 2. The data
# Each image is 28 x 28 pixels, from 0 (paper) to 255 (ink); its class is the digit it shows. The
# network learns from the 60,000 training images. The 10,000 test images are for judging it: it must
# never learn from them, or we would not know whether it understands digits or remembers answers.

# %%
(train_dataset, train_classes), (test_dataset, test_classes) = mnist.load_data()

# Keras wants a fourth axis, the colours of a pixel. Grey pictures have one.
train_dataset = train_dataset.reshape(train_dataset.shape[0], 28, 28, 1)
test_dataset = test_dataset.reshape(test_dataset.shape[0], 28, 28, 1)

# Networks learn best from small numbers: 0..255 becomes 0..1. The result has a name of its own:
# kept in train_dataset, it would be divided once more whenever this cell is run again.
train_images = train_dataset.astype("float32") / 255
test_images = test_dataset.astype("float32") / 255

# A class becomes ten numbers, one for each digit: 3 is [0 0 0 1 0 0 0 0 0 0]. The network will
# answer in the same form, with the probability of each digit.
train_labels = to_categorical(train_classes, 10)
test_labels = to_categorical(test_classes, 10)

# %% [markdown]
# ## 3. The network
# Layers in a row; each takes what the one before it gives. This is LeNet, the network that read
# bank cheques in the 1990s, made simpler.

# %%
cnn = keras.Sequential()
cnn.add(Input((28, 28, 1)))

# Convolution: 32 little 3 x 3 patterns slide over the image; each says, at every place, how well
# the place matches it. ReLU keeps the matches and turns everything negative into zero.
cnn.add(Conv2D(32, (3, 3), activation="relu"))

# Pooling: of every 2 x 2 neighbours only the strongest match remains. A quarter of the numbers is
# left, and a digit moved by a pixel looks almost the same from here on.
cnn.add(MaxPooling2D())

# The 32 maps of 13 x 13 become one list of 5,408 numbers ...
cnn.add(Flatten())

# ... which 128 neurons weigh, each in its own way ...
cnn.add(Dense(128, activation="relu"))

# ... and ten neurons, one for each digit, make the decision. Softmax turns their scores into
# probabilities that add up to 1.
cnn.add(Dense(10, activation="softmax"))

cnn.summary()

# %% [markdown]
# ## 4. How it shall learn
# Cross-entropy measures how surprised the network is by the right answers: that is the loss. Adam
# changes the 693,962 weights, step by step, so that it shrinks. Accuracy, the part of the digits
# read right, is for us to watch; the network does not use it.

# %%
cnn.compile(loss="categorical_crossentropy", optimizer="adam", metrics=["accuracy"])

# %% [markdown]
# ## 5. Learning
# The network looks at 128 images at a time (a batch) and improves its weights a little after each.
# Five times through all 60,000 images makes five epochs.
#
# After each epoch Keras tells how the network does on the test images. The classic lesson does it
# that way, and here it is only for watching. A real project holds back some *training* images for
# that and looks at the test images once, at the very end: who chooses the best of many tries on the
# test images learns from them too, and then believes too good a figure. `digitscope train` does so.

# %%
cnn.fit(
    train_images,
    train_labels,
    batch_size=128,
    epochs=5,
    validation_data=(test_images, test_labels),
)

# %% [markdown]
# ## 6. How good is it?

# %%
loss, accuracy = cnn.evaluate(test_images, test_labels, verbose=0)
print(f"Accuracy = {100 * accuracy:.2f}%")
