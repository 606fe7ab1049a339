"""workers: trainings in processes of their own, here or on a cluster, by Ray.

A training is a task of Ray's. It reports every epoch to a mailbox next to the driver, learns there
whether to stop early, and hands its run folder back as a tar archive. A task whose process or
machine died is given out again.
"""

import io
import os
import socket
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digitscope.environment import num_cores
from digitscope.errors import WorkersError
from digitscope.settings.config import Config

CONNECT_SECONDS = 4  # for a connection and for a first answer, so a wrong address is soon known
TOKEN = Path(".ray", "auth_token")  # in the home folder: where Ray keeps a cluster's
HTTP2_GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"  # RFC 9113, 3.4
HTTP2_SETTINGS = 4  # the type of frame that a server answers it with
POLL_SECONDS = 0.1
ATTEMPTS = 3  # of a training whose process or machine dies
OBJECT_STORE = 300 * 2**20  # bytes: some run folders on their way


@dataclass(frozen=True)
class Report:
    """An epoch of a training is finished.

    Attributes:
        key: the training's.
        row: of its history.
    """

    key: int
    row: dict[str, float]


@dataclass(frozen=True)
class Done:
    """A training is finished.

    Attributes:
        key: the training's.
        archive: its run folder, as a tar archive.
    """

    key: int
    archive: bytes


@dataclass(frozen=True)
class Failed:
    """A training has failed.

    Attributes:
        key: the training's.
        message: why, in a sentence.
    """

    key: int
    message: str


class Workers:
    """Processes that train, several at once.

    Args:
        count: trainings at once; None: one, on a cluster as many as it has room for.
        address: HOST:PORT of a Ray cluster; None: processes on this machine.
        threads: for each training; None: its part of the cores here, on a cluster 1.

    Raises:
        WorkersError: the cluster doesn't answer, is not Ray's, or has no room; or Ray can't be
            started here.
    """

    def __init__(
        self, count: int | None = None, address: str | None = None, threads: int | None = None
    ):
        if address is None:
            count = count or 1
        share = 1 if count is None or address else max(1, num_cores() // count)
        self.count, self.threads = count, threads or share
        self.tasks: dict[Any, int] = {}
        self.configs: dict[int, Config] = {}
        self.attempts: dict[int, int] = {}
        self.ray = _ray()
        try:
            _start(self.ray, address, (count or 1) * self.threads)
            self._check_room()
            self.train, self.mailbox = self.ray.remote(max_retries=0)(_train), self._mailbox()
        except BaseException:
            self.close()
            raise

    def _check_room(self) -> None:
        cores = self.ray.cluster_resources().get("CPU", 0)
        if cores < self.threads:
            raise WorkersError(
                f"A training takes {self.threads} core{'s' * (self.threads > 1)}, and the cluster "
                f"has {cores:g}: start a node with more, by `ray start --num-cpus`."
            )

    def _mailbox(self) -> Any:
        """A mailbox in a process on this machine."""
        here = self.ray.get_runtime_context().get_node_id()
        strategies = self.ray.util.scheduling_strategies
        beside = strategies.NodeAffinitySchedulingStrategy(here, soft=False)
        options = {"num_cpus": 0, "scheduling_strategy": beside}
        return self.ray.remote(_Mailbox).options(**options).remote()

    @property
    def free(self) -> int:
        """How many more trainings can be begun now."""
        count = self.count or int(self.ray.cluster_resources().get("CPU", 0)) // self.threads
        return count - len(self.tasks)

    def begin(self, key: int, config: Config) -> None:
        """Have a training done; `events` will tell of it under `key`."""
        self.configs[key] = config
        self.attempts[key] = self.attempts.get(key, 0) + 1
        environment = {
            name: str(self.threads)
            for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        }
        task = self.train.options(num_cpus=self.threads, runtime_env={"env_vars": environment})
        self.tasks[task.remote(key, config.model_dump_json(), self.mailbox)] = key

    def stop(self, key: int) -> None:
        """Have a training end after its next epoch."""
        self.mailbox.stop.remote(key)

    def events(self) -> Iterator[Report | Done | Failed]:
        """What has happened since the last call; waits a moment.

        Raises:
            WorkersError: a training could not be done for a reason that is not in its settings.
        """
        finished: list[Any] = []
        if self.tasks:
            finished, _ = self.ray.wait(list(self.tasks), timeout=POLL_SECONDS)
        for key, row in self.ray.get(self.mailbox.take.remote()):
            yield Report(key, row)
        for task in finished:
            key = self.tasks.pop(task)
            try:
                result = self.ray.get(task)
                yield Failed(key, result) if isinstance(result, str) else Done(key, result)
            except self.ray.exceptions.RayTaskError as error:  # of the machine, not of the settings
                raise WorkersError(f"A training could not be done: {error.cause}") from error
            except self.ray.exceptions.RayError as error:  # its process or machine died
                if self.attempts[key] < ATTEMPTS:
                    self.begin(key, self.configs[key])
                else:
                    reason = str(error).splitlines()[0]
                    yield Failed(key, f"its process died {ATTEMPTS} times; at last: {reason}")

    def close(self) -> None:
        """End all trainings."""
        self.ray.shutdown()


def _ray() -> Any:
    """Ray, told before it is imported, when it reads it, to use the token that is here, if any.

    Raises:
        WorkersError: somebody uses Ray in this process already.
    """
    if (Path.home() / TOKEN).exists():
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    import ray

    if ray.is_initialized():
        raise WorkersError("Ray runs in this process already: end it with ray.shutdown() first.")
    return ray


def _start(ray: Any, address: str | None, cores: int) -> None:
    """Join the cluster, or start Ray's processes here."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    how: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
    if address is None:
        how |= {
            "address": "local",  # and not one that happens to run here
            "num_cpus": cores,
            "include_dashboard": False,
            "object_store_memory": OBJECT_STORE,
            "_node_ip_address": "127.0.0.1",
        }
        failure = "Ray can't be started here."
    else:
        _greet(address)
        how["address"] = address
        failure = (
            f"The cluster at {address} can't be joined. It must be of Ray {ray.__version__}, the "
            "same Python, and have the same token."
        )
    try:
        ray.init(**how)
    except (ray.exceptions.RayError, OSError, RuntimeError) as error:
        raise WorkersError(f"{failure} Ray says: {error}") from error


def _greet(address: str) -> None:
    """Make sure that something of Ray's kind answers, which Ray itself would wait for long."""
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), CONNECT_SECONDS) as connection:
            connection.settimeout(CONNECT_SECONDS)
            connection.sendall(HTTP2_GREETING)
            answer = connection.recv(9)
    except TimeoutError:
        answer = b""
    except (OSError, ValueError) as error:
        raise WorkersError(
            f"Nothing answers at {address} ({error}): is the cluster started there, with "
            "`ray start --head --port PORT`?"
        ) from error
    if len(answer) < 4 or answer[3] != HTTP2_SETTINGS:
        raise WorkersError(
            f"What answers at {address} is no Ray cluster: give the port of `ray start --head`."
        )


class _Mailbox:
    """What trainings report, and which of them are to stop."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, dict[str, float]]] = []
        self.stopped: set[int] = set()

    def put(self, key: int, row: dict[str, float]) -> bool:
        """An epoch's report; whether to stop."""
        self.reports.append((key, row))
        return key in self.stopped

    def take(self) -> list[tuple[int, dict[str, float]]]:
        """The reports since the last call."""
        reports, self.reports = self.reports, []
        return reports

    def stop(self, key: int) -> None:
        """Answer the next report of `key` with stop."""
        self.stopped.add(key)


def _train(key: int, config: str, mailbox: Any) -> bytes | str:
    """Train, reporting every epoch; the run folder as a tar archive, or why it can't be done."""
    from digitscope.environment import import_keras

    import_keras(lean=True)
    import keras
    import ray

    from digitscope.errors import TrainingError
    from digitscope.training.train import train

    class Reporter(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
            row = {"epoch": epoch + 1, **(logs or {})}
            if ray.get(mailbox.put.remote(key, row)):
                self.model.stop_training = True

    keras.backend.clear_session()
    with tempfile.TemporaryDirectory() as folder:
        try:
            run = train(
                Config.model_validate_json(config),
                runs_dir=folder,
                callbacks=[Reporter()],
                verbose=False,
            )
        except TrainingError as error:
            if isinstance(error.__cause__, OSError):
                raise error.__cause__ from None
            return str(error)
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            archive.add(run.path, run.name)
        return buffer.getvalue()
