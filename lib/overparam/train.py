"""Training: gradient descent, SGD, gradient flow, many networks at once, and hinge SGD; with probes and resume."""

import copy
import hashlib
import io
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int, Integer
from scipy.integrate import RK45
from torch import Tensor
from tqdm.auto import tqdm

from overparam._checks import array, choice, labels, points, positive_int, real
from overparam.networks import Deep, LeakyPairs, PseudoNetwork, TwoLayer
from overparam.theory.pl import NORMALISATIONS, loss_scale

Labels = Integer[Tensor, "..."] | Integer[np.ndarray, "..."]
Targets = Float[np.ndarray, " n"] | Float[np.ndarray, "n c"] | Integer[np.ndarray, "..."]


class Loss(NamedTuple):
    """A loss of the outputs at n points: `value(F, y)`, a number, and `residual(F, y)` = ∂value/∂F, (n, c).

    F: outputs (n, c), torch. y: what `targets(y, n, c)` makes of what the caller gave, NumPy or torch. The residual of
    a stack of outputs (R, n, c) is the stack of the residuals.
    """

    value: Callable
    residual: Callable
    targets: Callable


def _index(y: Labels, F: Tensor) -> Int[Tensor, "..."]:
    return (y if isinstance(y, Tensor) else torch.from_numpy(y.astype(np.int64))).to(F.device, torch.int64)


def _cross_entropy(F: Float[Tensor, "n c"], y: Labels) -> Float[Tensor, ""]:
    return torch.nn.functional.cross_entropy(F, _index(y, F))


def _cross_entropy_residual(F: Float[Tensor, "... n c"], y: Labels) -> Float[Tensor, "... n c"]:
    residual = torch.softmax(F, dim=-1)
    at = _index(y, F).expand(F.shape[:-1])[..., None]
    residual.scatter_add_(-1, at, residual.new_full((), -1.0).expand(at.shape))
    return residual.div_(F.shape[-2])


cross_entropy = Loss(_cross_entropy, _cross_entropy_residual, lambda y, n, c: labels("y", y, n=n, classes=c))
r"""$L = -\frac1n \sum_s \log o_{y_s}(x_s)$, $o = \mathrm{softmax}(f)$; $\partial L/\partial f_i = (o_i - 1[i=y])/n$.
Source: item LL-4. Derived in: {sec-setting}."""


def _real_targets(y, n: int, c: int) -> Float[np.ndarray, "n c"]:
    result = array("y", y)
    if result.shape not in ((n, c), (n,) if c == 1 else (n, c)):
        raise ValueError(f"y must have shape {(n, c)}{' or ' + str((n,)) if c == 1 else ''}; got {result.shape}")
    return result.reshape(n, c)


def squares(normalisation: str) -> Loss:
    r"""$L = s\,\|f - y\|^2$, $\partial L/\partial f = 2s\,(f - y)$, with s = `theory.pl.loss_scale(normalisation, n)`.

    y: real targets, (n, c), or (n,) for one output. ValueError for an unknown normalisation.
    Source: item PL-5. Derived in: {sec-least-squares}.
    """
    loss_scale(normalisation, 1)

    def target(y, F: Tensor) -> Tensor:
        return torch.as_tensor(y).to(F)

    def value(F: Float[Tensor, "n c"], y) -> Float[Tensor, ""]:
        return loss_scale(normalisation, F.shape[-2]) * ((F - target(y, F)) ** 2).sum()

    def residual(F: Float[Tensor, "... n c"], y) -> Float[Tensor, "... n c"]:
        return (F - target(y, F)).mul_(2 * loss_scale(normalisation, F.shape[-2]))

    return Loss(value, residual, _real_targets)


LOSSES = {"cross_entropy": cross_entropy, **{name: squares(name) for name in NORMALISATIONS}}


@dataclass(frozen=True)
class History:
    """What the probes saw: `steps` (k,), or the times of a flow, and, by the probe's name, its values (k, ...)."""

    steps: Int[np.ndarray, " k"] | Float[np.ndarray, " k"]
    values: Mapping[str, np.ndarray]

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def first(self, name: str, at_least: float) -> int | float | None:
        """The first recorded step at which the probe `name` reached `at_least`; None where it never did."""
        reached = np.flatnonzero(self.values[name] >= at_least)
        return self.steps[reached[0]].item() if len(reached) else None


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


class _Recorder:
    """Calls the probes at the steps of the schedule and refuses weights that are no longer finite."""

    def __init__(self, network: torch.nn.Module, probes: Mapping[str, Callable] | None, at: frozenset[int], cause: str):
        self.network, self.probes, self.at, self.cause = network, dict(probes or {}), at, cause
        self.recorded: dict[str, list] = {name: [] for name in self.probes}

    def __call__(self, step: int) -> None:
        if step not in self.at:
            return
        if not all(torch.isfinite(weights).all() for weights in self.network.parameters()):
            raise ValueError(f"{self.cause}, diverged by step {step}")
        for name, probe in self.probes.items():
            self.recorded[name].append(np.asarray(probe(self.network)))

    def history(self) -> History:
        return History(np.array(sorted(self.at)), {name: np.stack(seen) for name, seen in self.recorded.items()})


class _Problem(NamedTuple):
    """The arguments of one run, checked."""

    X: np.ndarray
    y: np.ndarray
    rate: float
    batches: _Batches | None

    @classmethod
    def of(cls, network: torch.nn.Module, X, y, rate, batch, replace: bool, seed, loss: str) -> "_Problem":
        X = points("X", X)
        with torch.no_grad():
            outputs = network(X[:1]).shape[1]
        y = LOSSES[choice("loss", loss, LOSSES)].targets(y, len(X), outputs)
        rate, seed = real("rate", rate, above=0), positive_int("seed", seed, minimum=0)
        if batch is None:
            return cls(X, y, rate, None)
        if positive_int("batch", batch) > len(X):
            raise ValueError(f"batch must be at most the number of points, {len(X)}; got {batch}")
        return cls(X, y, rate, _Batches(len(X), batch, replace, seed))


def train(
    network: torch.nn.Module,
    X: Float[np.ndarray, "n d"],
    y: Targets,
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

    X: points (n, d). y: labels (n,), below the number of outputs; for a square loss real targets, (n, c) or (n,). rate:
    η. batch: B points a step; None takes all of them (gradient descent). replace: whether batches are drawn with
    replacement; otherwise every epoch is a new shuffle and its last, incomplete batch is dropped. seed: of the batches.
    loss: a key of `LOSSES`, taken over the batch.

    probes: functions of the network, called before the first step, after the steps named by `at` (an integer: every so
    many; a sequence: those) and after the last.

    checkpoint: a file that holds the state of an unfinished run, written anew every `checkpoint_seconds`. After an
    interruption the same call (the network at its start again) goes on from there and gives the same numbers as a run
    that was never interrupted. A finished run removes the file.

    progress: whether a bar is shown; None shows it in a terminal and a live notebook and keeps the book's build silent.

    Raises ValueError for labels or targets that do not fit, a batch larger than n, a rate that is not positive, a step
    in `at` beyond `steps`, a checkpoint that is damaged or of another run, and weights that are no longer finite.
    """
    X, y, rate, batches = _Problem.of(network, X, y, rate, batch, replace, seed, loss)
    steps = positive_int("steps", steps, minimum=0)
    record = _Recorder(
        network, probes, _schedule(at, steps), f"rate must be small enough for finite weights; got {rate:g}"
    )
    checkpoint_seconds = real("checkpoint_seconds", checkpoint_seconds, at_least=0)
    run = None
    start = 0
    if checkpoint is not None:
        arguments = (rate, steps, batch, replace, seed, loss, sorted(record.probes), sorted(record.at))
        run = _Checkpoint(Path(checkpoint), _fingerprint(network, X, y, arguments), checkpoint_seconds)
        start = run.resume(network, batches, record.recorded)

    X = network.tensor(X)
    y = torch.from_numpy(y).to(X.device)
    residual_of = LOSSES[loss].residual
    with _bar(steps, start, progress) as bar, torch.no_grad():
        if start == 0:
            record(0)
        for step in range(start + 1, steps + 1):
            chosen = slice(None) if batches is None else torch.from_numpy(batches.draw())
            yb = y[chosen]
            network.descend(X[chosen], lambda F, yb=yb: residual_of(F, yb), rate)
            record(step)
            bar.update()
            if run is not None and run.due():
                run.save(step, network, batches, record.recorded)
    if run is not None:
        run.remove()
    return record.history()


def train_many(
    networks: Sequence[torch.nn.Module],
    X: Float[np.ndarray, "n d"] | Sequence[Float[np.ndarray, "_ _"]],
    y: Targets | Sequence,
    *,
    rate: float | Sequence[float],
    steps: int,
    batch: int | None = None,
    replace: bool = False,
    seed: int | Sequence[int] = 0,
    loss: str = "cross_entropy",
    probes: Mapping[str, Callable] | Sequence[Mapping[str, Callable]] | None = None,
    at: int | Sequence[int] | Integer[np.ndarray, " k"] | None = None,
    progress: bool | None = None,
) -> list[History]:
    r"""Train every network in place, as `train` does one by one, and return their histories in the same order.

    X, y, rate, seed, probes: one for all networks, or a list with one for each. The other arguments are those of
    `train`. Small networks of one kind and shape train as one stack, where a step costs about as much as that of a
    single one; large ones, for which a stack only leaves the cache, in a loop. Both give the same trajectory up to the
    order of sums. While a stack trains, the weights of its networks are views of it, so that probes see each by itself.

    Raises ValueError as `train` does, before anything is trained; for lists of another length; and for networks that
    share weights.
    """
    networks = list(networks)
    count = len(networks)
    Xs, ys, rates = (
        _each(name, value, count, single)
        for name, value, single in (("X", X, _is_array), ("y", y, _is_array), ("rate", rate, np.isscalar))
    )
    seeds = _each("seed", seed, count, np.isscalar)
    probes = _each("probes", probes, count, lambda value: value is None or isinstance(value, Mapping))
    owners = [weights.data_ptr() for network in networks for weights in network.parameters()]
    if len(set(owners)) < len(owners):
        raise ValueError("networks must not share weights; two of them use the same memory")
    steps = positive_int("steps", steps, minimum=0)
    schedule = _schedule(at, steps)
    problems = [
        _Problem.of(network, Xi, yi, rate, batch, replace, seed, loss)
        for network, Xi, yi, rate, seed in zip(networks, Xs, ys, rates, seeds, strict=True)
    ]

    stacks: dict[tuple, list[int]] = {}
    for i, (network, problem) in enumerate(zip(networks, problems, strict=True)):
        stacks.setdefault(_kind(network, problem, batch) or (i,), []).append(i)
    histories: list[History | None] = [None] * count
    with _bar(steps * count, 0, progress) as bar:
        for members in stacks.values():
            if len(members) == 1:
                (i,) = members
                options = {"rate": rates[i], "seed": seeds[i], "probes": probes[i]}
                options |= {"steps": steps, "batch": batch, "replace": replace, "loss": loss, "at": at}
                histories[i] = train(networks[i], Xs[i], ys[i], progress=False, **options)
                bar.update(steps)
                continue
            recorders = [
                _Recorder(
                    networks[i],
                    probes[i],
                    schedule,
                    f"rate must be small enough for finite weights; network {i} with {problems[i].rate:g}",
                )
                for i in members
            ]
            residual_of = LOSSES[loss].residual
            _train_stack([networks[i] for i in members], [problems[i] for i in members], recorders, residual_of, steps)
            bar.update(steps * len(members))
            for i, record in zip(members, recorders, strict=True):
                histories[i] = record.history()
    return histories


_SMALL = 1 << 14  # pre-activations of a step above which a stack gains nothing over a loop
_STACKED = (TwoLayer, PseudoNetwork, Deep)  # whose methods take weights with an axis in front


def _kind(network: torch.nn.Module, problem: _Problem, batch: int | None) -> tuple | None:
    """What networks of one stack have in common; None for a network that trains alone."""
    shapes = tuple((tuple(W.shape), W.dtype, W.device) for W in network.state_dict().values())
    width = max(W.shape[0] for W in network.parameters())
    if type(network) not in _STACKED or width * (batch or len(problem.X)) > _SMALL:
        return None
    settings = tuple((name, value) for name, value in vars(network).items() if isinstance(value, (str, float, tuple)))
    return type(network), shapes, settings, problem.X.shape, problem.y.shape


@torch.no_grad()
def _train_stack(
    networks: list[torch.nn.Module],
    problems: list[_Problem],
    recorders: list[_Recorder],
    residual_of: Callable[[Tensor, Tensor], Tensor],
    steps: int,
) -> None:
    count = torch.arange(len(networks))[:, None]
    X = _shared_or_stacked([problem.X for problem in problems], networks[0].tensor)
    y = _shared_or_stacked([problem.y for problem in problems], lambda y: torch.from_numpy(y).to(X.device))
    rates = torch.tensor([problem.rate for problem in problems], dtype=X.dtype, device=X.device)[:, None, None]
    batches = [problem.batches for problem in problems if problem.batches is not None]
    with _stack(networks) as stack:
        for record in recorders:
            record(0)
        for step in range(1, steps + 1):
            Xb, yb = X, y
            if batches:
                chosen = torch.from_numpy(np.stack([drawing.draw() for drawing in batches]))
                Xb = X[chosen] if X.ndim == 2 else X[count, chosen]
                yb = y[chosen] if y.ndim == problems[0].y.ndim else y[count, chosen]
            stack.descend(Xb, lambda F, yb=yb: residual_of(F, yb).mul_(rates), 1.0)
            if step in recorders[0].at:
                for record in recorders:
                    record(step)


def _shared_or_stacked(values: list[np.ndarray], tensor: Callable[[np.ndarray], Tensor]) -> Tensor:
    first = tensor(values[0])
    shared = all(value is values[0] or np.array_equal(value, values[0]) for value in values)
    return first if shared else torch.stack([first, *map(tensor, values[1:])])


@contextmanager
def _stack(networks: list[torch.nn.Module]) -> Iterator[torch.nn.Module]:
    """A network of the same class whose weights have the networks in front; theirs are views of it meanwhile."""
    stack = copy.deepcopy(networks[0])
    own = [[weights.data for weights in network.parameters()] for network in networks]
    for name, kept in stack.state_dict(keep_vars=True).items():
        kept.data = torch.stack([network.state_dict(keep_vars=True)[name].data for network in networks])
    try:
        for network, *views in zip(networks, *(W.data for W in stack.parameters()), strict=True):
            for weights, view in zip(network.parameters(), views, strict=True):
                weights.data = view
        yield stack
    finally:
        for network, memory in zip(networks, own, strict=True):
            for weights, original in zip(network.parameters(), memory, strict=True):
                weights.data = original.copy_(weights.data)


def _is_array(value) -> bool:
    return hasattr(value, "dtype")


def _each(name: str, value, count: int, is_one: Callable[..., bool]) -> list:
    values = [value] * count if is_one(value) else list(value)
    if len(values) != count:
        raise ValueError(f"{name} must be one for all networks or a list of {count}; got {len(values)}")
    return values


def flow(
    network: torch.nn.Module,
    X: Float[np.ndarray, "n d"],
    y: Targets,
    *,
    times: Float[np.ndarray, " k"],
    loss: str = "half_sum",
    probes: Mapping[str, Callable[[torch.nn.Module], float | np.ndarray]] | None = None,
    tolerance: float = 1e-8,
) -> History:
    r"""Train `network` in place by gradient flow, $\dot W = -\partial L/\partial W$; the probes see it at every time.

    times: increasing, from 0 on; the network ends at the last. Integrated by SciPy's Runge-Kutta method of order 5(4),
    relative and absolute error `tolerance` a step, in float64. Where a ReLU changes sign the right-hand side jumps and
    the method takes small steps. The other arguments are those of `train`.

    Raises ValueError for times that do not increase from 0 on, a network that is not float64, and a flow that the
    method cannot follow (it blows up).
    """
    X, y, _, _ = _Problem.of(network, X, y, 1.0, None, False, 0, loss)
    times = array("times", times, ndim=1)
    if not times.size or times[0] < 0 or (np.diff(times) <= 0).any():
        raise ValueError(f"times must increase from 0 on; got {times}")
    tolerance = real("tolerance", tolerance, above=0)
    weights = list(network.parameters())
    if any(W.dtype != torch.float64 for W in weights):
        raise ValueError("network must be of dtype torch.float64")
    X, residual_of = network.tensor(X), LOSSES[loss].residual
    y = torch.from_numpy(y).to(X.device)

    def assign(values: np.ndarray) -> None:
        torch.nn.utils.vector_to_parameters(torch.from_numpy(values.copy()).to(X.device), weights)

    def velocity(_, values: np.ndarray) -> np.ndarray:
        assign(values)
        gradient = network.gradient(X, residual_of(network(X), y))
        parts = [gradient] if isinstance(gradient, Tensor) else gradient
        return -torch.cat([part.reshape(-1) for part in parts]).cpu().numpy()

    recorded: dict[str, list] = {name: [] for name in probes or {}}
    with torch.no_grad():
        start = torch.nn.utils.parameters_to_vector(weights).cpu().numpy()
        solver = RK45(velocity, 0.0, start, times[-1] or 1.0, rtol=tolerance, atol=tolerance)
        for time in times:
            while solver.t < time:
                solver.step()
                if solver.status == "failed":
                    raise ValueError(f"the flow cannot be followed past time {solver.t:g}; does the loss blow up?")
            assign(solver.dense_output()(time) if solver.t > time else solver.y)
            for name, probe in (probes or {}).items():
                recorded[name].append(np.asarray(probe(network)))
    return History(times, {name: np.stack(values) for name, values in recorded.items()})


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


def _bar(steps: int, start: int, progress: bool | None) -> tqdm:
    silent = _silent(progress)
    return tqdm(total=steps, initial=start, desc="train", unit="step", delay=2, leave=False, disable=silent)


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


@dataclass(frozen=True)
class HingeRun:
    """What `hinge_sgd` did: `samples` (t,), at which points it moved, in order; `fitted`, whether the last pass found
    every margin at least 1; the number of passes, `epochs`; and what the probes saw before the first and after every
    update, `values[name]` (t + 1, ...)."""

    samples: Int[np.ndarray, " t"]
    fitted: bool
    epochs: int
    values: Mapping[str, np.ndarray]


def hinge_sgd(
    network: LeakyPairs,
    X: Float[np.ndarray, "n d"],
    y: Integer[np.ndarray, " n"],
    *,
    rate: float,
    epochs: int = 1000,
    seed: int = 0,
    probes: Mapping[str, Callable[[LeakyPairs], float | np.ndarray]] | None = None,
) -> HingeRun:
    r"""Train `network` in place, sample by sample, on the loss $[1 - y f(x)]_+$ and return its updates.

    Where $y f(x) < 1$ every row moves, $w_i \leftarrow w_i + \eta y v\,\sigma'(\langle w_i, x\rangle) x$, and $u_i$
    with -v; other samples change nothing. Every epoch is a new shuffle; the first one that moves nothing is the last.

    X: points (n, d). y: labels (n,), -1 or 1. rate: η. epochs: the most passes. seed: of the shuffles. ValueError for
    anything else.

    Source: items LS-3 and LS-4; Brutzkus and others (2018). Derived in: {sec-separable}.
    """
    X = points("X", X, dim=network.hidden.shape[1]).astype(float)
    y = array("y", y, ndim=1)
    if y.shape != (len(X),) or not np.isin(y, (-1, 1)).all():
        raise ValueError(f"y must hold {len(X)} labels, -1 or 1; got shape {y.shape} with values {np.unique(y)[:5]}")
    rate, epochs = real("rate", rate, above=0), positive_int("epochs", epochs)
    shuffles = _Batches(len(X), len(X), False, positive_int("seed", seed, minimum=0))
    seen = {name: [np.asarray(probe(network))] for name, probe in (probes or {}).items()}
    samples: list[int] = []
    for epoch in range(1, epochs + 1):  # noqa: B007
        before, fitted = len(samples), True
        for s in shuffles.draw():
            below, moved = network.hinge_step(X[s], y[s], rate)
            fitted &= not below
            if moved:
                samples.append(int(s))
                for name, values in seen.items():
                    values.append(np.asarray(probes[name](network)))
        if len(samples) == before:
            break
    return HingeRun(
        np.array(samples, dtype=np.int64), fitted, epoch, {name: np.stack(values) for name, values in seen.items()}
    )
