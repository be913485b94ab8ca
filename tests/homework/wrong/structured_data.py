"""Plausible wrong answers: id of the solution cell → what went wrong → (id of the check that must fail, code)."""

WRONG = {
    "separation": {
        "components of one class kept apart too": (
            "separation-check",
            """
def separation(X, component, label):
    distance = np.linalg.norm(X[:, None] - X[None, :], axis=2)
    delta = distance[component[:, None] != component[None, :]].min()
    return delta, distance[component[:, None] == component[None, :]].max() / delta
""",
        ),
        "radius for diameter": (
            "separation-check",
            """
def separation(X, component, label):
    distance = np.linalg.norm(X[:, None] - X[None, :], axis=2)
    delta = distance[label[:, None] != label[None, :]].min()
    centres = {k: X[component == k].mean(axis=0) for k in component}
    widest = max(np.linalg.norm(x - centres[k]) for x, k in zip(X, component))
    return delta, widest / delta
""",
        ),
    },
    "gradient": {
        "sum for mean": (
            "gradient-check",
            """
def gradient(W, A, X, y):
    Z = X @ W.T
    residual = softmax(np.maximum(Z, 0) @ A.T, axis=1) - np.eye(len(A))[y]
    return ((residual @ A) * (Z >= 0)).T @ X
""",
        ),
        "the sign of the slide's v": (
            "gradient-check",
            """
def gradient(W, A, X, y):
    Z = X @ W.T
    v = np.eye(len(A))[y] - softmax(np.maximum(Z, 0) @ A.T, axis=1)
    return ((v @ A) * (Z >= 0)).T @ X / len(y)
""",
        ),
    },
    "pseudo-gradient": {
        "outputs of the pseudo-network": (
            "pseudo-gradient-check",
            """
def pseudo_gradient(W, W0, A, X, y):
    active = X @ W0.T >= 0
    residual = softmax((X @ W.T * active) @ A.T, axis=1) - np.eye(len(A))[y]
    return ((residual @ A) * active).T @ X / len(y)
""",
        ),
        "gradient at the start": (
            "pseudo-gradient-check",
            """
def pseudo_gradient(W, W0, A, X, y):
    return gradient(W0, A, X, y)
""",
        ),
    },
    "flip-probability": {
        "variance for standard deviation": (
            "flip-probability-check",
            """
def flip_probability(radius, std, margin=0.0):
    return erf((radius + margin) / np.sqrt(2 * std))
""",
        ),
        "the linear bound for the probability": (
            "flip-probability-check",
            """
def flip_probability(radius, std, margin=0.0):
    return np.sqrt(2 / np.pi) * (radius + margin) / std
""",
        ),
        "the margin forgotten": (
            "flip-probability-check",
            """
def flip_probability(radius, std, margin=0.0):
    return erf(radius / (std * np.sqrt(2)))
""",
        ),
    },
    "any-flip": {
        "union bound": (
            "any-flip-check",
            """
def any_flip(X, radius, std, rng, draws=100_000):
    return min(1.0, len(X) * erf(radius / (std * np.sqrt(2))))
""",
        ),
        "as if all points were independent": (
            "any-flip-check",
            """
def any_flip(X, radius, std, rng, draws=100_000):
    return 1 - (1 - erf(radius / (std * np.sqrt(2)))) ** len(X)
""",
        ),
        "mean over points": (
            "any-flip-check",
            """
def any_flip(X, radius, std, rng, draws=100_000):
    W = std * rng.standard_normal((draws, X.shape[1]))
    return np.mean(np.abs(W @ X.T) <= radius)
""",
        ),
    },
    "uncoupled-share": {
        "mean over points": (
            "uncoupled-share-check",
            """
def uncoupled_share(X, y, c, m, rng, steps):
    W = W0 = rng.standard_normal((m, X.shape[1])) / np.sqrt(m)
    A = rng.standard_normal((c, m))
    for _ in range(steps):
        W = W - 2 / m * gradient(W, A, X, y)
    return np.mean((X @ W.T >= 0) != (X @ W0.T >= 0))
""",
        ),
        "variance 1/sqrt(m)": (
            "uncoupled-share-check",
            """
def uncoupled_share(X, y, c, m, rng, steps):
    W = W0 = rng.standard_normal((m, X.shape[1])) / m**0.25
    A = rng.standard_normal((c, m))
    for _ in range(steps):
        W = W - 2 / m * gradient(W, A, X, y)
    return np.mean(((X @ W.T >= 0) != (X @ W0.T >= 0)).any(axis=0))
""",
        ),
    },
    "slope": {
        "a neighbour's numbers": ("slope-check", "shares, slope = [0.31, 0.17, 0.09, 0.046], -0.46"),
        "slope in the width itself": (
            "slope-check",
            """
shares = [
    np.mean([uncoupled_share(points, classes, 4, m, variant.rng(f"start-{m}-{s}"), 30) for s in range(3)])
    for m in WIDTHS
]
slope = np.polyfit(WIDTHS, shares, 1)[0]
""",
        ),
    },
}
