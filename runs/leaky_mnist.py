"""SGD on the hinge loss, leaky-ReLU networks from 2 to 1000 units, MNIST 3 against 5, after Brutzkus and others.

    python runs/leaky_mnist.py --jobs 2

trains on 4000 images of norm 1 from the full MNIST, for three seeds, with slope 1/5, output weights 1/√(2k), rate 1 and
initial rows of norm 1/10, for 60 epochs, and writes lib/overparam/results/leaky_mnist.npz. Every update is held against
the two inequalities of the proof, for a separating w* found by a ridge-regularised squared hinge loss.

Stopped and started again, it goes on where it was. All of it takes some minutes on one core.
"""

import numpy as np
from grid import Grid, run_grids
from scipy.optimize import minimize

from overparam.data import mnist
from overparam.networks import LeakyPairs
from overparam.train import hinge_sgd

PAIRS = (1, 4, 16, 64, 256, 500)
SEEDS = range(3)
N, SLOPE, RATE, RADIUS, EPOCHS = 4000, 0.2, 1.0, 0.1, 60
RECORDED = (1, 2, 5, 10, 20, 40, 60)


def threes_and_fives(images: np.ndarray, digits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The images of 3, labelled 1, and of 5, labelled -1, divided by their norms."""
    chosen = np.isin(digits, (3, 5))
    X = images[chosen] / np.linalg.norm(images[chosen], axis=1, keepdims=True)
    return X, np.where(digits[chosen] == 3, 1, -1)


def sample(seed: int) -> tuple[np.ndarray, ...]:
    """Training images (4000, 784), labels, and all test images with theirs."""
    full = mnist(full=True)
    X, y = threes_and_fives(full.x_train, full.y_train)
    chosen = np.random.default_rng(seed).permutation(len(X))[:N]
    return X[chosen], y[chosen], *threes_and_fives(full.x_test, full.y_test)


def separator(X: np.ndarray, y: np.ndarray, ridge: float = 1e-4, steps: int = 1000) -> np.ndarray:
    """w* with y⟨w*, x⟩ ≥ 1 at all points, short but not the shortest; ValueError where none is found."""
    A = y[:, None] * X

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        short = np.maximum(0, 1 - A @ w)
        return short @ short + ridge * w @ w, 2 * (ridge * w - short @ A)

    w = minimize(loss, np.zeros(X.shape[1]), jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 30}).x
    margin = float((A @ w).min())
    if margin <= 0:
        raise ValueError(f"X must be separable by y; the best margin found is {margin:.3g}")
    return w / margin * (1 + 1e-12)


def explained(f: np.ndarray, X: np.ndarray, f_fit: np.ndarray, X_fit: np.ndarray) -> float:
    """R² at (X, f) of the linear function fitted to (X_fit, f_fit) by least squares."""
    weights = np.linalg.lstsq(X_fit, f_fit, rcond=1e-10)[0]
    return float(1 - np.sum((f - X @ weights) ** 2) / np.sum((f - f.mean()) ** 2))


def one_run(k: int, seed: int, epochs: int = EPOCHS) -> dict[str, np.ndarray]:
    """Train one network: updates and errors at the recorded epochs, the tightest increments, and how linear it is."""
    X, y, X_test, y_test = sample(seed)
    w_star = separator(X, y)
    v = 1 / np.sqrt(2 * k)
    network = LeakyPairs(k=k, d=784, slope=SLOPE, output_weight=v, radius=RADIUS, rng=np.random.default_rng([seed, k]))
    probes = {
        "along": lambda net: np.sign(net.output) @ (net.hidden @ w_star),
        "square": lambda net: np.vdot(net.hidden, net.hidden),
    }
    rows, used, along, square = [], [], np.inf, -np.inf
    for epoch in range(1, epochs + 1):
        run = hinge_sgd(network, X, y, rate=RATE, epochs=1, seed=1000 * seed + epoch, probes=probes)
        used.append(run.samples)
        if len(run.samples):
            along = min(along, np.diff(run.values["along"]).min() / (2 * k * RATE * v * SLOPE))
            square = max(square, np.diff(run.values["square"]).max() / (2 * RATE + 2 * k * RATE**2 * v**2))
        if epoch in RECORDED:
            errors = [np.mean(labels * network(points) <= 0) for points, labels in ((X, y), (X_test, y_test))]
            rows.append((epoch, sum(map(len, used)), len(np.unique(np.concatenate(used))), *errors))
    epoch, updates, support, train_error, test_error = np.array(rows).T
    linear = network.hidden[:k].sum(axis=0) - network.hidden[k:].sum(axis=0)
    f, f_test = network(X), network(X_test)
    return {
        "epochs": epoch.astype(int),
        "updates": updates.astype(int),
        "support": support.astype(int),
        "train_error": train_error,
        "test_error": test_error,
        "w_star_norm": np.linalg.norm(w_star),
        "smallest_growth_along": np.array(along - 1),
        "largest_growth_of_square": np.array(square - 1),
        "explained_train": np.array(explained(f, X, f, X)),
        "explained_test": np.array(explained(f_test, X_test, f, X)),
        "cosine": linear @ w_star / np.linalg.norm(linear) / np.linalg.norm(w_star),
    }


GRID = Grid("leaky_mnist", ("k", "seed"), one_run)

if __name__ == "__main__":
    run_grids(
        {GRID: [(k, seed) for k in PAIRS for seed in SEEDS]},
        doc=__doc__,
        n=N,
        slope=SLOPE,
        rate=RATE,
        radius=RADIUS,
        output_weight="1/sqrt(2k)",
        inputs="3 against 5, unit norm",
    )
