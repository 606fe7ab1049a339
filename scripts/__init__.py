"""What makes the package's models, digits and figures: each module is one command."""

import os

# TensorFlow leaves oneDNN off on processors without AVX-512; it makes a step a third shorter there.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
