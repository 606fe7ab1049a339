"""keep_epoch: the network of the epoch to keep, in the forms that need no Keras."""

from digitscope import network
from digitscope.files import write_atomically
from digitscope.layers import NUM_CLASSES, plan
from digitscope.onnx_graph import onnx_model
from digitscope.runs import Run


def keep_epoch(run: Run) -> None:
    """Write weights.bin, network.json and model.onnx of the epoch that the run's `keep` says.

    Raises:
        RunError: no epoch is finished yet, or a file is unreadable.
    """
    layers, epoch = plan(run.config), run.kept_epoch
    content = run.epoch_weights(epoch).read_bytes()
    write_atomically(run.path / "network.json", network.to_json(layers))
    write_atomically(run.path / "weights.bin", content)
    metadata = {"labels": list(range(NUM_CLASSES)), "epoch": epoch}
    model = onnx_model(layers, network.from_bytes(layers, content), metadata)
    write_atomically(run.path / "model.onnx", model)
