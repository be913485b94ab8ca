"""Random labels, random pixels and decoys on MNIST, after Zhang and others and after Liu and others.

    python runs/random_labels.py --jobs 2

trains two-layer networks of width 1000 by SGD with B = 50 at the rate 400/m for 150 epochs on images of the packaged
subset, centred and of norm 1, for six seeds, and writes lib/overparam/results/random_labels.npz. The settings:

* "labels", at the level p: 1000 images, a fraction p of whose labels is replaced by uniform ones;
* "shuffled": one permutation of the pixels for all images, those of the test set too;
* "random": a new permutation of the pixels for every image;
* "gaussian": pixels from a normal law with the mean and the variance of the training pixels;
* "decoys", at the level K: 500 images with their labels and 500 K others with uniform ones.

Stopped and started again, it goes on where it was. All of it takes a quarter of an hour on one core.
"""

import numpy as np
import torch
from grid import Grid, run_grids

from overparam.data import corrupt_labels, mnist
from overparam.measure import accuracy
from overparam.networks import TwoLayer
from overparam.train import cross_entropy, train

SETTINGS = ("labels", "shuffled", "random", "gaussian", "decoys")
POINTS = (
    *(("labels", level) for level in (0.0, 0.25, 0.5, 0.75, 1.0)),
    *((setting, 0.0) for setting in ("shuffled", "random", "gaussian")),
    *(("decoys", level) for level in (0.0, 1.0, 2.0, 4.0)),
)
SEEDS = range(6)
N, N_TRUE, M, BATCH, RATE_TIMES_WIDTH, EPOCHS = 1000, 500, 1000, 50, 400, 150
# In epochs: often while the training set is being fitted, and seldom later.
RECORDED = (*np.arange(0, 10, 0.5), *range(10, 50), *range(50, EPOCHS + 1, 5))


def centred(X: np.ndarray) -> np.ndarray:
    """Every image minus its mean pixel, divided by its norm, in float32."""
    X = X - X.mean(axis=1, keepdims=True)
    return (X / np.linalg.norm(X, axis=1, keepdims=True)).astype(np.float32)


def training_set(setting: str, level: float, seed: int) -> tuple[np.ndarray, ...]:
    """Images (n, 784), labels, which of them were replaced, and test images, as drawn from the seed."""
    images, rng = mnist(), np.random.default_rng(seed)
    n = round(N_TRUE * (1 + level)) if setting == "decoys" else N
    chosen = rng.permutation(len(images.x_train))[:n]
    X, y, X_test = images.x_train[chosen], images.y_train[chosen], images.x_test
    replaced = np.zeros(n, dtype=bool)
    if setting == "labels":
        y, replaced = corrupt_labels(y, level, classes=10, rng=rng)
    elif setting == "shuffled":
        order = rng.permutation(784)
        X, X_test = X[:, order], X_test[:, order]
    elif setting == "random":
        X, X_test = rng.permuted(X, axis=1), rng.permuted(X_test, axis=1)
    elif setting == "gaussian":
        mean, std = X.mean(), X.std()
        X, X_test = rng.normal(mean, std, X.shape), rng.normal(mean, std, X_test.shape)
    elif setting == "decoys":
        y[N_TRUE:], replaced[N_TRUE:] = corrupt_labels(y[N_TRUE:], 1.0, classes=10, rng=rng)
    else:
        raise ValueError(f"setting must be one of {SETTINGS}; got {setting!r}")
    return centred(X), y, replaced, centred(X_test)


def one_run(setting: str, level: float, seed: int, epochs: float = EPOCHS) -> dict[str, np.ndarray]:
    """Train one network; loss and accuracies at the recorded steps, nan for the accuracy on no points."""
    torch.set_num_threads(1)
    X, y, replaced, X_test = training_set(setting, level, seed)
    y_test, targets, new = mnist().y_test, torch.from_numpy(y), torch.from_numpy(replaced)
    start = np.random.default_rng([seed, SETTINGS.index(setting)])
    network = TwoLayer(m=M, d=784, c=10, rng=start, dtype=torch.float32)

    def on_training_set(network: TwoLayer) -> list[float]:
        outputs = network(X)
        right = (outputs.argmax(1) == targets).double()
        parts = cross_entropy.value(outputs, y), right.mean(), right[~new].mean(), right[new].mean()
        return [float(part) for part in parts]

    epoch = len(X) // BATCH
    history = train(
        network,
        X,
        y,
        rate=RATE_TIMES_WIDTH / M,
        steps=round(epochs * epoch),
        batch=BATCH,
        seed=seed,
        at=[round(part * epoch) for part in RECORDED if part <= epochs],
        probes={"train": on_training_set, "test": lambda network: accuracy(network, X_test, y_test)},
        progress=False,
    )
    loss, fitted, kept, memorised = history["train"].T
    return {
        "steps": history.steps,
        "loss": loss,
        "accuracy": fitted,
        "kept_accuracy": kept,
        "replaced_accuracy": memorised,
        "test_accuracy": history["test"],
    }


GRID = Grid("random_labels", ("setting", "level", "seed"), one_run)

if __name__ == "__main__":
    run_grids(
        {GRID: [(*point, seed) for seed in SEEDS for point in POINTS]},
        doc=__doc__,
        m=M,
        batch=BATCH,
        rate=f"{RATE_TIMES_WIDTH}/m",
        inputs="centred, unit norm",
        dtype="float32",
    )
