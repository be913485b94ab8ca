"""One loop that trains: gradient descent and mini-batch SGD, with probes, a progress bar and exact resume."""

import hashlib
import io
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int, Integer
from torch import Tensor
from tqdm.auto import tqdm

from overparam._checks import choice, labels, points, positive_int, real

Labels = Integer[Tensor, " n"] | Integer[np.ndarray, " n"]


class Loss(NamedTuple):
    """A loss averaged over points: `value(F, y)`, a number, and `residual(F, y)` = ∂value/∂F, (n, c).

    F: outputs (n, c), torch. y: labels (n,), NumPy or torch.
    """

    value: Callable[[Float[Tensor, "n c"], Labels], Float[Tensor, ""]]
    residual: Callable[[Float[Tensor, "n c"], Labels], Float[Tensor, "n c"]]


def _index(y: Labels, F: Tensor) -> Int[Tensor, " n"]:
    return (y if isinstance(y, Tensor) else torch.from_numpy(y.astype(np.int64))).to(F.device, torch.int64)


def _cross_entropy(F: Float[Tensor, "n c"], y: Labels) -> Float[Tensor, ""]:
    return torch.nn.functional.cross_entropy(F, _index(y, F))


def _cross_entropy_residual(F: Float[Tensor, "n c"], y: Labels) -> Float[Tensor, "n c"]:
    residual = torch.softmax(F, dim=1)
    residual[torch.arange(len(y), device=F.device), _index(y, F)] -= 1
    return residual.div_(len(y))


cross_entropy = Loss(_cross_entropy, _cross_entropy_residual)
r"""$L = -\frac1n \sum_s \log o_{y_s}(x_s)$, $o = \mathrm{softmax}(f)$; $\partial L/\partial f_i = (o_i - 1[i=y])/n$.
Source: item LL-4. Derived in: {sec-setting}."""

LOSSES = {"cross_entropy": cross_entropy}


@dataclass(frozen=True)
class History:
    """What the probes saw: `steps` (k,) and, by the probe's name, its values (k, ...)."""

    steps: Int[np.ndarray, " k"]
    values: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def first(self, name: str, at_least: float) -> int | None:
        """The first recorded step at which the probe `name` reached `at_least`; None where it never did."""
        reached = np.flatnonzero(self.values[name] >= at_least)
        return int(self.steps[reached[0]]) if len(reached) else None


class _Batches:
    """Indices of mini-batches; `state` and `restore` make a resumed run draw what an uninterrupted one would draw."""

    def __init__(self, n: int, batch: int, replace: bool, seed: int):
        self.n, self.batch, self.replace = n, batch, replace
        self.rng = np.random.default_rng(seed)
        self._shuffle()

    def _shuffle(self) -> None:
        self.epoch_start = self.rng.bit_generator.state
        self.order = None if self.replace else self.rng.permutation(self.n)
        self.used = 0

    def draw(self) -> np.ndarray:
        if self.replace:
            return self.rng.integers(self.n, size=self.batch)
        if self.used + self.batch > self.n:
            self._shuffle()
        self.used += self.batch
        return self.order[self.used - self.batch : self.used]

    def state(self) -> dict:
        return {"rng": self.rng.bit_generator.state, "epoch_start": self.epoch_start, "used": self.used}

    def restore(self, state: dict) -> None:
        self.rng.bit_generator.state = state["epoch_start"]
        self._shuffle()
        self.used = state["used"]
        self.rng.bit_generator.state = state["rng"]


def train(
    network: torch.nn.Module,
    X: Float[np.ndarray, "n d"],
    y: Integer[np.ndarray, " n"],
    *,
    rate: float,
    steps: int,
    batch: int | None = None,
    replace: bool = False,
    seed: int = 0,
    loss: str = "cross_entropy",
    probes: Mapping[str, Callable[[torch.nn.Module], float | np.ndarray]] | None = None,
    at: int | Sequence[int] | Integer[np.ndarray, " k"] | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_seconds: float = 30.0,
    progress: bool | None = None,
) -> History:
    r"""Train `network` in place by $W \leftarrow W - \eta\,\partial L_B/\partial W$ and return what the probes saw.

    X: points (n, d). y: labels (n,), below the number of outputs. rate: η. batch: B points a step; None takes all of
    them (gradient descent). replace: whether batches are drawn with replacement; otherwise every epoch is a new shuffle
    and its last, incomplete batch is dropped. seed: of the batches. loss: a key of `LOSSES`, averaged over the batch.

    probes: functions of the network, called before the first step, after the steps named by `at` (an integer: every so
    many; a sequence: those) and after the last.

    checkpoint: a file that holds the state of an unfinished run, written anew every `checkpoint_seconds`. After an
    interruption the same call (the network at its start again) goes on from there and gives the same numbers as a run
    that was never interrupted. A finished run removes the file.

    progress: whether a bar is shown; None shows it in a terminal and a live notebook and keeps the book's build silent.

    Raises ValueError for labels out of range, a batch larger than n, a rate that is not positive, a step in `at` beyond
    `steps`, a checkpoint that is damaged or of another run, and weights that are no longer finite (a diverged run).
    """
    X = points("X", X)
    n = len(X)
    with torch.no_grad():
        outputs = network(X[:1]).shape[1]
    y = labels("y", y, n=n, classes=outputs)
    rate, steps = real("rate", rate, above=0), positive_int("steps", steps, minimum=0)
    seed, batch = positive_int("seed", seed, minimum=0), None if batch is None else positive_int("batch", batch)
    if batch is not None and batch > n:
        raise ValueError(f"batch must be at most the number of points, {n}; got {batch}")
    residual_of = LOSSES[choice("loss", loss, LOSSES)].residual
    probes = dict(probes or {})
    record_at = _schedule(at, steps)
    checkpoint_seconds = real("checkpoint_seconds", checkpoint_seconds, at_least=0)

    batches = None if batch is None else _Batches(n, batch, replace, seed)
    recorded: dict[str, list] = {name: [] for name in probes}
    run = None
    start = 0
    if checkpoint is not None:
        arguments = (rate, steps, batch, replace, seed, loss, sorted(probes), sorted(record_at))
        run = _Checkpoint(Path(checkpoint), _fingerprint(network, X, y, arguments), checkpoint_seconds)
        start = run.resume(network, batches, recorded)

    X, y = network.tensor(X), torch.from_numpy(y).to(network.hidden.device)

    def record(step: int) -> None:
        if step not in record_at:
            return
        if not all(torch.isfinite(weights).all() for weights in network.parameters()):
            raise ValueError(f"rate must be small enough for finite weights; got {rate:g}, diverged by step {step}")
        for name, probe in probes.items():
            recorded[name].append(np.asarray(probe(network)))

    bar = tqdm(total=steps, initial=start, desc="train", unit="step", delay=2, leave=False, disable=_silent(progress))
    with bar, torch.no_grad():
        if start == 0:
            record(0)
        for step in range(start + 1, steps + 1):
            if batches is None:
                Xb, yb = X, y
            else:
                chosen = torch.from_numpy(batches.draw())
                Xb, yb = X[chosen], y[chosen]
            network.descend(Xb, lambda F, yb=yb: residual_of(F, yb), rate)
            record(step)
            bar.update()
            if run is not None and run.due():
                run.save(step, network, batches, recorded)
    if run is not None:
        run.remove()
    return History(np.array(sorted(record_at)), {name: np.stack(values) for name, values in recorded.items()})


class _Checkpoint:
    """The state of an unfinished run in one file, which is replaced whole or not at all."""

    def __init__(self, path: Path, fingerprint: str, seconds: float):
        self.path, self.fingerprint, self.seconds = path, fingerprint, seconds
        self.partial = path.with_name(path.name + ".part")
        self.saved_at = time.monotonic()

    def due(self) -> bool:
        return time.monotonic() - self.saved_at >= self.seconds

    def save(self, step: int, network: torch.nn.Module, batches: _Batches | None, recorded: dict[str, list]) -> None:
        state = {
            "fingerprint": self.fingerprint,
            "network": type(network).__name__,
            "step": step,
            "weights": [weights.detach() for weights in network.parameters()],
            "batches": None if batches is None else batches.state(),
            "recorded": {name: torch.from_numpy(np.stack(values)) for name, values in recorded.items()},
        }
        content = io.BytesIO()
        torch.save(state, content)  # into memory first: of a file that cannot be written torch hides the reason
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.partial.write_bytes(content.getbuffer())
            os.replace(self.partial, self.path)
        except BaseException:
            self.partial.unlink(missing_ok=True)
            raise
        self.saved_at = time.monotonic()

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.partial.unlink(missing_ok=True)  # what a run that was killed while it wrote has left

    def resume(self, network: torch.nn.Module, batches: _Batches | None, recorded: dict[str, list]) -> int:
        if not self.path.exists():
            return 0
        try:
            state = torch.load(self.path, weights_only=True)
            fingerprint, kind = state["fingerprint"], state["network"]
        except Exception as error:
            raise ValueError(f"checkpoint {self.path} cannot be read ({error!r}); remove it to start afresh") from error
        if (fingerprint, kind) != (self.fingerprint, type(network).__name__):
            raise ValueError(
                f"checkpoint {self.path} must belong to a run with these arguments and data; got that of another run: "
                "remove it or name another file"
            )
        for weights, saved in zip(network.parameters(), state["weights"], strict=True):
            weights.copy_(saved)
        if batches is not None:
            batches.restore(state["batches"])
        for name, values in state["recorded"].items():
            recorded[name].extend(value.numpy() for value in values)
        return state["step"]


def _fingerprint(network: torch.nn.Module, X: np.ndarray, y: np.ndarray, arguments: tuple) -> str:
    digest = hashlib.sha256(repr(arguments).encode())
    for values in (X, y, *(tensor.detach().cpu().numpy() for tensor in network.state_dict().values())):
        digest.update(repr((values.shape, values.dtype.str)).encode())
        digest.update(np.ascontiguousarray(values))
    return digest.hexdigest()


def _schedule(at: int | Sequence[int] | np.ndarray | None, steps: int) -> frozenset[int]:
    if at is None:
        chosen = set()
    elif isinstance(at, (Sequence, np.ndarray)):
        chosen = {positive_int("at", step, minimum=0) for step in at}
        if chosen and max(chosen) > steps:
            raise ValueError(f"at must name steps up to steps = {steps}; got {max(chosen)}")
    else:
        chosen = set(range(0, steps, positive_int("at", at)))
    return frozenset(chosen | {0, steps})


def _silent(progress: bool | None) -> bool | None:
    if progress is not None:
        return not progress
    if os.environ.get("OVERPARAM_BUILD"):
        return True
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    # A kernel's stream is no terminal, and a live notebook should show the bar all the same.
    return False if getattr(get_ipython(), "kernel", None) is not None else None
