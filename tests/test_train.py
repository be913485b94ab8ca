"""The training loop against loops in NumPy, and the exact resume of runs that were interrupted in every way."""

import copy
import errno
import io
import os
import resource
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import overparam.train as training
from overparam.networks import TwoLayer
from overparam.train import History, cross_entropy, train

N, D, C, M = 11, 4, 3, 8


@pytest.fixture
def X() -> np.ndarray:
    return np.random.default_rng(10).standard_normal((N, D))


@pytest.fixture
def y() -> np.ndarray:
    return np.random.default_rng(11).integers(C, size=N)


def start(seed: int = 0, m: int = M, **options) -> TwoLayer:
    return TwoLayer(m=m, d=D, c=C, rng=np.random.default_rng(seed), **options)


def weights(network: TwoLayer) -> np.ndarray:
    return network.hidden.numpy().copy()


class Watched(TwoLayer):
    """A network that notes the points of every step; where they are rows of `X` they tell what the batches drew."""

    def descend(self, X, residual_of, rate):
        self.__dict__.setdefault("steps", []).append(X.numpy().copy())
        super().descend(X, residual_of, rate)

    def drawn(self, X: np.ndarray) -> list[np.ndarray]:
        return [np.array([np.flatnonzero((row == X).all(axis=1)).item() for row in batch]) for batch in self.steps]


def watched(seed: int = 0) -> Watched:
    return Watched(m=M, d=D, c=C, rng=np.random.default_rng(seed))


def by_hand(
    network: TwoLayer, X: np.ndarray, y: np.ndarray, rate: float, batches: list, frozen: bool = False
) -> np.ndarray:
    """The weights after one step of gradient descent on the mean cross-entropy for each batch of indices."""
    W, W0, A = weights(network), network.initial.numpy(), network.output.numpy()
    for batch in batches:
        step = np.zeros_like(W)
        for s in batch:
            active = (W0 if frozen else W) @ X[s] >= 0
            f = A @ ((W @ X[s]) * active)
            o = np.exp(f - f.max())
            residual = o / o.sum() - np.eye(C)[y[s]]
            for r in range(M):
                step[r] += residual @ A[:, r] * active[r] * X[s]
        W = W - rate / len(batch) * step
    return W


# ------------------------------------------------------------------------------------------------------------- the loss


@given(
    hnp.arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 4)), elements=st.floats(-30, 30)),
    st.sampled_from([np.int64, np.int32, np.uint8]),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_cross_entropy_and_its_residual(F, dtype, as_tensor, random):
    n, c = F.shape
    y = np.array([random.randrange(c) for _ in range(n)], dtype=dtype)
    value = np.mean(np.log(np.exp(F).sum(axis=1)) - F[np.arange(n), y])
    outputs, labels = torch.from_numpy(F.copy()), torch.from_numpy(y) if as_tensor else y
    assert abs(cross_entropy.value(outputs, labels).item() - value) < 1e-10 * (1 + abs(value))
    residual = cross_entropy.residual(outputs, labels).numpy()
    expected = (np.exp(F) / np.exp(F).sum(axis=1, keepdims=True) - np.eye(c)[y]) / n
    np.testing.assert_allclose(residual, expected, rtol=0, atol=1e-14)
    assert np.array_equal(outputs.numpy(), F), "the outputs were overwritten"


def test_the_residual_is_the_derivative_of_the_value():
    F = torch.from_numpy(np.random.default_rng(0).standard_normal((6, 4))).requires_grad_()
    y = np.array([0, 1, 2, 3, 0, 1])
    y.setflags(write=False)
    [expected] = torch.autograd.grad(cross_entropy.value(F, y), F)
    np.testing.assert_allclose(cross_entropy.residual(F.detach(), y).numpy(), expected.numpy(), rtol=0, atol=1e-15)


def test_outputs_far_from_zero_do_not_overflow():
    F = torch.tensor([[1e4, -1e4], [1e4, -1e4]], dtype=torch.float64)
    assert cross_entropy.value(F, np.array([0, 1])).item() == 1e4
    assert cross_entropy.residual(F, np.array([0, 1])).tolist() == [[0.0, 0.0], [0.5, -0.5]]


# ------------------------------------------------------------------------------------------------------------ the steps


@pytest.mark.parametrize("frozen", [False, True], ids=["network", "pseudo-network"])
def test_gradient_descent_against_a_loop_in_numpy(X, y, frozen):
    network = start()
    expected = by_hand(network, X, y, 0.3, [np.arange(N)] * 40, frozen)
    train(network.pseudo() if frozen else network, X, y, rate=0.3, steps=40)
    assert np.abs(expected - network.initial.numpy()).max() > 0.1
    assert np.abs(weights(network) - expected).max() < 1e-10


@pytest.mark.parametrize("replace", [False, True])
def test_sgd_against_a_loop_in_numpy(X, y, replace):
    network = watched()
    before = copy.deepcopy(network)
    train(network, X, y, rate=0.3, steps=40, batch=4, replace=replace, seed=5)
    expected = by_hand(before, X, y, 0.3, network.drawn(X))
    assert np.abs(weights(network) - expected).max() < 1e-10


@pytest.mark.parametrize("batch", [1, 4, 5, 6, N])
def test_without_replacement_every_epoch_is_a_new_shuffle_without_its_incomplete_batch(X, y, batch):
    network, epochs, per_epoch = watched(), 6, N // batch
    train(network, X, y, rate=0.1, steps=epochs * per_epoch, batch=batch)
    drawn = network.drawn(X)
    assert {len(indices) for indices in drawn} == {batch}
    shuffles = [np.concatenate(drawn[e * per_epoch : (e + 1) * per_epoch]) for e in range(epochs)]
    for shuffle in shuffles:
        assert len(np.unique(shuffle)) == per_epoch * batch
        if N % batch == 0:
            assert np.array_equal(np.sort(shuffle), np.arange(N))
    assert len({tuple(shuffle) for shuffle in shuffles}) > 1
    if N % batch:  # the points left out are not always the same
        assert len({tuple(sorted(shuffle)) for shuffle in shuffles}) > 1


def test_with_replacement_every_point_is_as_likely_as_any_other_at_every_draw(X, y):
    network, steps, batch = watched(), 400, 5
    train(network, X, y, rate=1e-9, steps=steps, batch=batch, replace=True)
    drawn = np.array(network.drawn(X))
    counts = np.bincount(drawn.ravel(), minlength=N)
    chi_squared = ((counts - steps * batch / N) ** 2).sum() / (steps * batch / N)
    assert chi_squared < 30  # N - 1 = 10 degrees of freedom: p = 0.0009
    repeats = np.mean([len(np.unique(indices)) < batch for indices in drawn])
    chance = 1 - np.prod(1 - np.arange(batch) / N)
    assert abs(repeats - chance) < 4 * np.sqrt(chance * (1 - chance) / steps)


def test_the_seed_fixes_the_batches_whatever_the_network(X, y):
    def drawn(seed, network_seed):
        network = watched(network_seed)
        train(network, X, y, rate=0.1, steps=12, batch=3, seed=seed)
        return np.array(network.drawn(X)).tolist()

    assert drawn(0, 0) == drawn(0, 1)
    assert drawn(0, 0) != drawn(1, 0)


@pytest.mark.parametrize("options", [{}, {"batch": 4}, {"batch": 4, "replace": True}], ids=str)
def test_two_runs_with_one_seed_are_identical(X, y, options):
    def run(noise):
        np.random.seed(noise)  # noqa: NPY002  global state, which must not matter
        torch.manual_seed(noise)
        network = start()
        history = train(network, X, y, rate=0.3, steps=30, at=1, probes={"weights": weights}, seed=2, **options)
        return history["weights"]

    first, second = run(1), run(2)
    assert first.tobytes() == second.tobytes()


def test_global_generators_and_the_callers_arrays_are_not_touched(X, y):
    before = X.copy(), y.copy()
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    train(start(), X, y, rate=0.3, steps=5, batch=3)
    assert torch.equal(torch.rand(2), expected)
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])


def test_one_and_two_threads_agree_to_rounding():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200, 50)), rng.integers(10, size=200)
    results = []
    threads = torch.get_num_threads()
    try:
        for count in (1, 2):
            torch.set_num_threads(count)
            network = TwoLayer(m=400, d=50, c=10, rng=np.random.default_rng(1))
            train(network, X, y, rate=0.02, steps=10, batch=150)
            results.append(weights(network))
    finally:
        torch.set_num_threads(threads)
    assert np.abs(results[0] - network.initial.numpy()).max() > 0.01
    assert np.abs(results[0] - results[1]).max() < 1e-12


def test_float32_is_kept_and_follows_float64(X, y):
    network = start(dtype=torch.float32)
    expected = by_hand(network, X, y, 0.1, [np.arange(N)] * 20)
    train(network, X, y, rate=0.1, steps=20)
    assert network.hidden.dtype == torch.float32
    assert np.abs(weights(network) - expected).max() < 1e-5


# ----------------------------------------------------------------------------------------------------------- the probes


@pytest.mark.parametrize(
    ("at", "steps", "expected"),
    [
        (None, 10, [0, 10]),
        (1, 4, [0, 1, 2, 3, 4]),
        (3, 10, [0, 3, 6, 9, 10]),
        (5, 10, [0, 5, 10]),
        (99, 10, [0, 10]),
        ([7, 2, 2], 10, [0, 2, 7, 10]),
        (range(0, 11, 4), 10, [0, 4, 8, 10]),
        (np.array([3, 9]), 10, [0, 3, 9, 10]),
        ([], 10, [0, 10]),
        (1, 0, [0]),
    ],
)
def test_probes_see_the_network_after_the_named_steps(X, y, at, steps, expected):
    network, calls = start(), []
    probes = {"weights": weights, "count": lambda network: calls.append(1) or len(calls)}
    history = train(network, X, y, rate=0.3, steps=steps, at=at, probes=probes)
    assert history.steps.tolist() == expected
    assert history["count"].tolist() == list(range(1, len(expected) + 1))
    assert history["weights"].shape == (len(expected), M, D)
    for step, seen in zip(expected, history["weights"], strict=True):
        again = start()
        if step:
            train(again, X, y, rate=0.3, steps=step)
        assert np.array_equal(seen, weights(again))


def test_a_run_without_probes_has_a_history_of_steps_only(X, y):
    history = train(start(), X, y, rate=0.3, steps=4, at=2)
    assert history.steps.tolist() == [0, 2, 4]
    assert dict(history.values) == {}


def test_first_names_the_first_recorded_step_that_reaches_a_level():
    history = History(np.array([0, 5, 10, 20]), {"accuracy": np.array([0.1, 0.6, 0.5, 0.9])})
    assert history.first("accuracy", 0.1) == 0
    assert history.first("accuracy", 0.6) == 5
    assert history.first("accuracy", 0.61) == 20
    assert history.first("accuracy", 0.95) is None
    with pytest.raises(KeyError, match="loss"):
        history.first("loss", 0.5)


# ----------------------------------------------------------------------------------------------------------- the resume


class Interrupted(Exception):
    pass


def interrupting(step: int, error=Interrupted):
    """The probe `weights`, which raises when it is called for the `step`-th time."""
    calls = []

    def probe(network):
        calls.append(1)
        if len(calls) == step:
            raise error
        return weights(network)

    return probe


PROBES = {
    "weights": weights,
    "float": lambda network: float(network.hidden.norm()),
    "bool": lambda network: bool(network.hidden[0, 0] > 0),
    "float32": lambda network: weights(network)[0].astype(np.float32),
}


def clock(monkeypatch):
    """A clock that goes on by a second each time it is read: once a step, and once more at a checkpoint."""
    ticks = iter(range(10**9))
    monkeypatch.setattr(training, "time", SimpleNamespace(monotonic=lambda: next(ticks)))


def same(left: History, right: History) -> bool:
    return np.array_equal(left.steps, right.steps) and all(
        left[name].dtype == right[name].dtype and left[name].tobytes() == right[name].tobytes()
        for name in {*left.values, *right.values}
    )


@settings(max_examples=15)
@given(
    interruptions=st.lists(st.integers(1, 14), min_size=1, max_size=3),
    every=st.integers(0, 5),
    options=st.sampled_from([{}, {"batch": 4}, {"batch": N}, {"batch": 4, "replace": True}]),
    dtype=st.sampled_from([torch.float64, torch.float32]),
)
def test_a_run_that_is_interrupted_anywhere_gives_the_numbers_of_one_that_is_not(
    tmp_path_factory, interruptions, every, options, dtype
):
    X, y = np.random.default_rng(10).standard_normal((N, D)), np.arange(N) % C
    options = {"rate": 0.3, "steps": 14, "at": 1, "seed": 4, **options}
    whole = start(dtype=dtype)
    expected = train(whole, X, y, probes=PROBES, **options)
    checkpoint = tmp_path_factory.mktemp("run") / "deep" / "run.pt"
    options |= {"checkpoint": checkpoint, "checkpoint_seconds": float(every)}
    with pytest.MonkeyPatch.context() as patch:
        clock(patch)
        for step in interruptions:
            try:  # a resumed run may end before it calls its probe for the step-th time
                train(start(dtype=dtype), X, y, probes={**PROBES, "weights": interrupting(step)}, **options)
            except Interrupted:
                assert checkpoint.exists() or step <= every + 2
            else:
                assert not checkpoint.exists()
        resumed = start(dtype=dtype)
        history = train(resumed, X, y, probes=PROBES, **options)
    assert same(history, expected)
    assert weights(resumed).tobytes() == weights(whole).tobytes()
    assert list(checkpoint.parent.glob("*")) == []


def test_a_resumed_run_does_not_start_again(X, y, tmp_path):
    checkpoint, options = tmp_path / "run.pt", {"rate": 0.3, "steps": 20, "at": 1, "batch": 4}
    options |= {"checkpoint": checkpoint, "checkpoint_seconds": 0.0}
    with pytest.raises(Interrupted):
        train(watched(), X, y, probes={"weights": interrupting(15)}, **options)
    resumed = watched()
    train(resumed, X, y, probes={"weights": weights}, **options)
    # The 15th call, before the checkpoint of its step was written, was that after step 14.
    assert len(resumed.steps) == 20 - 13


def test_a_keyboard_interrupt_goes_through_and_loses_nothing(X, y, tmp_path):
    options = {"rate": 0.3, "steps": 20, "at": 1, "checkpoint": str(tmp_path / "run.pt"), "checkpoint_seconds": 0.0}
    with pytest.raises(KeyboardInterrupt):
        train(start(), X, y, probes={"weights": interrupting(9, KeyboardInterrupt)}, **options)
    network, whole = start(), start()
    train(network, X, y, probes={"weights": weights}, **options)
    train(whole, X, y, rate=0.3, steps=20)
    assert weights(network).tobytes() == weights(whole).tobytes()


KILLED = """
import os, signal, sys
import numpy as np
from pathlib import Path
from overparam.networks import TwoLayer
from overparam.train import train

def half_written(path, content, write=Path.write_bytes, saves=[]):
    saves.append(1)
    if len(saves) == 8:
        write(path, bytes(content)[: len(content) // 2])
        os.kill(os.getpid(), signal.SIGKILL)
    return write(path, content)

Path.write_bytes = half_written
rng = np.random.default_rng(10)
network = TwoLayer(m=8, d=4, c=3, rng=np.random.default_rng(0))
train(
    network, rng.standard_normal((11, 4)), np.arange(11) % 3, rate=0.3, steps=20, batch=4, at=1, checkpoint=sys.argv[1],
    checkpoint_seconds=0, probes={"norm": lambda network: float(network.hidden.norm())},
)
"""


def test_a_process_killed_while_it_writes_a_checkpoint_goes_on_from_the_one_before(tmp_path, monkeypatch):
    checkpoint = tmp_path / "run.pt"
    killed = subprocess.run([sys.executable, "-c", KILLED, str(checkpoint)], capture_output=True, text=True)
    assert killed.returncode == -9, killed.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.pt", "run.pt.part"]
    X, y = np.random.default_rng(10).standard_normal((11, 4)), np.arange(11) % 3
    options = {"rate": 0.3, "steps": 20, "batch": 4, "at": 1, "probes": {"norm": lambda n: float(n.hidden.norm())}}
    resumed, whole, descend, steps = start(), start(), TwoLayer.descend, []
    with monkeypatch.context() as patch:
        patch.setattr(TwoLayer, "descend", lambda *arguments: steps.append(1) or descend(*arguments))
        history = train(resumed, X, y, checkpoint=checkpoint, **options)
    assert len(steps) == 20 - 7
    assert same(history, train(whole, X, y, **options))
    assert weights(resumed).tobytes() == weights(whole).tobytes()
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def unfinished(X, y, tmp_path):
    """The arguments of a run that was interrupted after step 6, with its checkpoint."""
    arguments = {
        "network": start(), "X": X, "y": y, "rate": 0.3, "steps": 20, "batch": 4, "at": 1, "probes": PROBES,
        "checkpoint": tmp_path / "run.pt", "checkpoint_seconds": 0.0,
    }  # fmt: skip
    with pytest.raises(Interrupted):
        train(**arguments | {"network": start(), "probes": {**PROBES, "weights": interrupting(7)}})
    return arguments


@pytest.mark.parametrize(
    ("argument", "other"),
    [
        ("rate", 0.3000001),
        ("steps", 21),
        ("batch", 5),
        ("batch", None),
        ("replace", True),
        ("seed", 1),
        ("at", 2),
        ("probes", {"weights": weights}),
        ("X", "moved"),
        ("y", "moved"),
        ("network", start(seed=1)),
        ("network", start(m=M + 1)),
        ("network", start(dtype=torch.float32)),
        ("network", start().pseudo()),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_the_checkpoint_of_another_run_is_refused_and_left_alone(unfinished, argument, other):
    if isinstance(other, str):
        other = unfinished[argument].copy()
        other[0] = other[0] / 2 if argument == "X" else (other[0] + 1) % C
    arguments = unfinished | {argument: other}
    before, file = weights(arguments["network"]), unfinished["checkpoint"].read_bytes()
    with pytest.raises(
        ValueError, match=r"checkpoint .*run\.pt must belong to a run with these arguments and data; got"
    ):
        train(**arguments)
    assert np.array_equal(weights(arguments["network"]), before)
    assert unfinished["checkpoint"].read_bytes() == file


def test_a_network_that_is_no_longer_at_its_start_is_another_run(unfinished):
    unfinished["network"].hidden += 1e-9
    with pytest.raises(ValueError, match=r"checkpoint .* must belong to a run with these arguments"):
        train(**unfinished)


@pytest.mark.parametrize("left", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_checkpoint_is_refused_and_left_alone(unfinished, left):
    path = unfinished["checkpoint"]
    content = path.read_bytes()
    path.write_bytes(content[: int(left * len(content))])
    before, file = weights(unfinished["network"]), path.read_bytes()
    with pytest.raises(ValueError, match=r"checkpoint .*run\.pt cannot be read .*; remove it to start afresh"):
        train(**unfinished)
    assert np.array_equal(weights(unfinished["network"]), before)
    assert path.read_bytes() == file


@pytest.mark.parametrize("content", [torch.zeros(3), {"step": 3}, [1, 2], b"no torch file at all"], ids=repr)
def test_a_file_that_is_no_checkpoint_is_refused(unfinished, content):
    file = io.BytesIO()
    if isinstance(content, bytes):
        file.write(content)
    else:
        torch.save(content, file)
    unfinished["checkpoint"].write_bytes(file.getvalue())
    with pytest.raises(ValueError, match=r"checkpoint .* cannot be read"):
        train(**unfinished)


def full_disk_in_torch(patch):
    def save(state, file):
        file.write(b"some bytes")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    patch.setattr(torch, "save", save)


def full_disk_in_the_system(patch):
    """Files that can grow no further than 1000 bytes: the write fails after some of it was written."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    patch.setattr(resource, "undo", lambda: resource.setrlimit(resource.RLIMIT_FSIZE, limits), raising=False)


@pytest.mark.parametrize("disk", [full_disk_in_torch, full_disk_in_the_system])
def test_a_full_disk_stops_the_run_and_keeps_the_last_good_checkpoint(unfinished, disk):
    path = unfinished["checkpoint"]
    good = path.read_bytes()
    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match=r"No space left|File too large"):
        disk(patch)
        try:
            train(**unfinished)
        finally:
            getattr(resource, "undo", lambda: None)()
    assert path.read_bytes() == good
    assert [entry.name for entry in path.parent.iterdir()] == ["run.pt"]
    resumed, whole = start(), start()
    history = train(**unfinished | {"network": resumed})
    assert same(history, train(**unfinished | {"network": whole, "checkpoint": None}))
    assert weights(resumed).tobytes() == weights(whole).tobytes()


def test_a_full_disk_at_the_first_checkpoint_leaves_nothing(X, y, tmp_path):
    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError, match="No space left"):
        full_disk_in_torch(patch)
        train(start(), X, y, rate=0.3, steps=5, checkpoint=tmp_path / "run.pt", checkpoint_seconds=0.0)
    assert list(tmp_path.iterdir()) == []


# ------------------------------------------------------------------------------------------------------------ bad input


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("X", np.full((N, D), np.nan), "X must be finite"),
        ("X", np.zeros((N, D + 1)), rf"X must have shape \(n, {D}\)"),
        ("X", np.zeros(N), "X must have 2 axes"),
        ("X", np.zeros((0, D)), "X must hold at least one point"),
        ("y", np.arange(N) % C + 1, f"y must be at least 0 and below {C}; got values from 1 to {C}"),
        ("y", np.arange(N) % C - 1, f"y must be at least 0 and below {C}; got values from -1"),
        ("y", np.zeros(N - 1, dtype=int), f"y must be {N} integers; got int64 of shape"),
        ("y", np.zeros(N), f"y must be {N} integers; got float64"),
        ("rate", 0.0, "rate must be above 0; got 0.0"),
        ("rate", -1.0, "rate must be above 0; got -1.0"),
        ("rate", np.nan, "rate must be a finite number above 0; got nan"),
        ("rate", np.inf, "rate must be a finite number above 0; got inf"),
        ("steps", -1, "steps must be an integer of at least 0; got -1"),
        ("steps", 2.0, "steps must be an integer of at least 0; got 2.0"),
        ("batch", 0, "batch must be an integer of at least 1; got 0"),
        ("batch", N + 1, f"batch must be at most the number of points, {N}; got {N + 1}"),
        ("batch", True, "batch must be an integer of at least 1; got True"),
        ("seed", -1, "seed must be an integer of at least 0; got -1"),
        ("seed", None, "seed must be an integer of at least 0; got None"),
        ("loss", "hinge", "loss must be one of 'cross_entropy', 'sum', .*; got 'hinge'"),
        ("at", 0, "at must be an integer of at least 1; got 0"),
        ("at", 1.5, "at must be an integer of at least 1; got 1.5"),
        ("at", [11], "at must name steps up to steps = 10; got 11"),
        ("at", [-1], "at must be an integer of at least 0; got -1"),
        ("at", np.array([0.5]), "at must be an integer of at least 0"),
        ("checkpoint_seconds", -1.0, "checkpoint_seconds must be at least 0; got -1.0"),
    ],
)
def test_bad_arguments_are_named_and_nothing_is_trained(X, y, argument, value, message):
    network = start()
    with pytest.raises(ValueError, match=message):
        train(**{"network": network, "X": X, "y": y, "rate": 0.1, "steps": 10} | {argument: value})
    assert torch.equal(network.hidden, network.initial)


@pytest.mark.parametrize(("at", "seen_at"), [(None, 12), (1, 1), ([5], 5)])
def test_a_run_that_diverges_is_an_error_and_no_probe_sees_it(X, y, at, seen_at):
    finite = []
    with pytest.raises(ValueError, match=rf"rate must be small enough .* got 1e\+308, diverged by step {seen_at}$"):
        train(
            start(), 1e10 * X, y, rate=1e308, steps=12, at=at, probes={"w": lambda n: finite.append(weights(n)) or 0.0}
        )
    assert len(finite) == 1
    assert np.isfinite(finite).all()


# -------------------------------------------------------------------------------------------------------------- the bar


class Stream(io.StringIO):
    def __init__(self, terminal: bool):
        super().__init__()
        self.isatty = lambda: terminal


@pytest.mark.parametrize(
    ("terminal", "build", "kernel", "progress", "shown"),
    [
        (True, False, False, None, True),
        (False, False, False, None, False),
        (True, True, False, None, False),
        (False, False, True, None, True),
        (False, True, True, None, False),
        (True, False, True, False, False),
        (False, False, False, True, True),
        (False, True, False, True, True),
    ],
)
def test_the_bar_is_for_people(X, y, monkeypatch, terminal, build, kernel, progress, shown):
    monkeypatch.setenv("OVERPARAM_BUILD", "1") if build else monkeypatch.delenv("OVERPARAM_BUILD", raising=False)
    monkeypatch.setattr("IPython.get_ipython", lambda: SimpleNamespace(kernel=object()) if kernel else None)
    stream, bar = Stream(terminal), training.tqdm
    monkeypatch.setattr(sys, "stderr", stream)
    # At once, not after two seconds.
    monkeypatch.setattr(training, "tqdm", lambda **options: bar(**options | {"delay": 0, "mininterval": 0}))
    train(start(), X, y, rate=0.1, steps=3, progress=progress)
    assert ("train: 100%" in stream.getvalue() and "3/3" in stream.getvalue()) is shown
    assert shown or stream.getvalue() == ""


def test_the_bar_needs_no_ipython(X, y, monkeypatch):
    monkeypatch.delenv("OVERPARAM_BUILD", raising=False)
    monkeypatch.setitem(sys.modules, "IPython", None)
    stream = Stream(terminal=False)
    monkeypatch.setattr(sys, "stderr", stream)
    train(start(), X, y, rate=0.1, steps=3)
    assert stream.getvalue() == ""


def test_the_bar_of_a_resumed_run_starts_where_the_run_does(unfinished, monkeypatch):
    started_at, bar = [], training.tqdm
    monkeypatch.setattr(training, "tqdm", lambda **options: started_at.append(options["initial"]) or bar(**options))
    train(**unfinished)
    assert started_at == [5]
