"""keep_epoch: the network of the epoch to keep, in the forms that need no Keras."""

from dataclasses import asdict

from digitscope.network.certainty import Certainty, calibrate
from digitscope.network.inference import Model
from digitscope.network.onnx_file import onnx_model
from digitscope.network.weights import layers_to_json, weights_from_bytes
from digitscope.pictures import preprocess
from digitscope.runs.files import write_atomically
from digitscope.runs.run import Run
from digitscope.settings.layers import NUM_CLASSES
from digitscope.training.task import Task


def keep_epoch(run: Run, task: Task) -> None:
    """Write weights.bin, network.json and model.onnx of the epoch that the run's `keep` says.

    model.onnx also says how sure the network may be, set on the task's validation images;
    without any, every image is taken for a digit.

    Raises:
        RunError: no epoch is finished yet, or a file is unreadable.
    """
    layers, epoch, chosen = task.config.layers, run.kept_epoch, task.validation
    content = run.weights(epoch)
    write_atomically(run.path / "network.json", layers_to_json(layers))
    write_atomically(run.path / "weights.bin", content)
    weights, certainty = weights_from_bytes(layers, content), Certainty()
    if len(chosen):
        logits = Model(onnx_model(layers, weights, {})).logits(task.data.x_train[chosen])
        certainty = calibrate(logits, task.data.y_train[chosen])
    metadata = {
        "labels": list(range(NUM_CLASSES)),
        "epoch": epoch,
        "config": task.config.model_dump(exclude={"data"}),
        "data_sha256": run.environment.data_sha256,
        "history": run.history[epoch - 1],
        "normaliser": preprocess.VERSION,
        "certainty": asdict(certainty),
    }
    write_atomically(run.path / "model.onnx", onnx_model(layers, weights, metadata))
