"""Plausible wrong answers: id of the solution cell → what went wrong → (id of the check that must fail, code)."""

WRONG = {
    "jacobian": {
        "the slide's v, which follows the point": (
            "jacobian-check",
            """
def jacobian(W, v, X, a):
    Z = X @ W.T
    slopes = np.where(Z >= 0, 1.0, a)
    follows = np.resize(v, len(X))[:, None]
    in_W = (follows * slopes)[:, :, None] * X[:, None, :]
    return np.column_stack([in_W.reshape(len(X), -1), Z * slopes]).T
""",
        ),
        "ReLU for leaky ReLU": (
            "jacobian-check",
            """
def jacobian(W, v, X, a):
    Z = X @ W.T
    in_W = (v * (Z >= 0))[:, :, None] * X[:, None, :]
    return np.column_stack([in_W.reshape(len(X), -1), np.maximum(Z, 0)]).T
""",
        ),
        "coordinate by coordinate in the place of row by row": (
            "jacobian-check",
            """
def jacobian(W, v, X, a):
    Z = X @ W.T
    slopes = np.where(Z >= 0, 1.0, a)
    in_W = X[:, :, None] * (v * slopes)[:, None, :]
    return np.column_stack([in_W.reshape(len(X), -1), Z * slopes]).T
""",
        ),
        "derivative of the activation in the part of v": (
            "jacobian-check",
            """
def jacobian(W, v, X, a):
    slopes = np.where(X @ W.T >= 0, 1.0, a)
    in_W = (v * slopes)[:, :, None] * X[:, None, :]
    return np.column_stack([in_W.reshape(len(X), -1), slopes]).T
""",
        ),
    },
    "guaranteed": {
        "units without a surplus counted against the others": (
            "guaranteed-check",
            """
def guaranteed(W, v, X, a):
    return a**2 * np.linalg.eigvalsh(X @ X.T)[0] * max(np.sum(v**2) - np.sum(W**2), 0)
""",
        ),
        "the v of the start, as if it were fixed": (
            "guaranteed-check",
            """
def guaranteed(W, v, X, a):
    return a**2 * np.linalg.eigvalsh(X @ X.T)[0] * np.sum(v**2)
""",
        ),
        "the slide's constant, without the one half": (
            "guaranteed-check",
            """
def guaranteed(W, v, X, a):
    surplus = np.maximum(v**2 - np.sum(W**2, axis=1), 0).sum()
    return 2 * a**2 * np.linalg.eigvalsh(X @ X.T)[0] * surplus
""",
        ),
        "the other product of X with itself": (
            "guaranteed-check",
            """
def guaranteed(W, v, X, a):
    surplus = np.maximum(v**2 - np.sum(W**2, axis=1), 0).sum()
    return a**2 * np.linalg.eigvalsh(X.T @ X)[0] * surplus
""",
        ),
        "the last singular value, also when it is not the n-th": (
            "guaranteed-check",
            """
def guaranteed(W, v, X, a):
    surplus = np.maximum(v**2 - np.sum(W**2, axis=1), 0).sum()
    return a**2 * np.linalg.svd(X, compute_uv=False)[-1] ** 2 * surplus
""",
        ),
        "a for its square": (
            "guaranteed-check",
            """
def guaranteed(W, v, X, a):
    surplus = np.maximum(v**2 - np.sum(W**2, axis=1), 0).sum()
    return a * max(np.linalg.eigvalsh(X @ X.T)[0], 0) * surplus
""",
        ),
    },
    "constants": {
        "eigenvalue zero for the smallest positive one": (
            "constants-check",
            """
def constants(X):
    values = np.linalg.eigvalsh(X @ X.T / len(X))
    return values[0], values[-1], np.max(np.sum(X**2, axis=1))
""",
        ),
        "the slide's mu, without the one half": (
            "constants-check",
            """
def constants(X):
    values = np.linalg.eigvalsh(X @ X.T / len(X))
    positive = values[values > 1e-10 * values[-1]]
    return 2 * positive[0], values[-1], np.max(np.sum(X**2, axis=1))
""",
        ),
        "sum for mean": (
            "constants-check",
            """
def constants(X):
    values = np.linalg.eigvalsh(X @ X.T)
    positive = values[values > 1e-10 * values[-1]]
    return positive[0], values[-1], np.max(np.sum(X**2, axis=1))
""",
        ),
        "the mean squared length": (
            "constants-check",
            """
def constants(X):
    values = np.linalg.eigvalsh(X @ X.T / len(X))
    positive = values[values > 1e-10 * values[-1]]
    return positive[0], values[-1], np.mean(np.sum(X**2, axis=1))
""",
        ),
        "divided by the number of dimensions": (
            "constants-check",
            """
def constants(X):
    values = np.linalg.eigvalsh(X.T @ X / X.shape[1])
    positive = values[values > 1e-10 * values[-1]]
    return positive[0], values[-1], np.max(np.sum(X**2, axis=1))
""",
        ),
    },
    "sgd": {
        "the share of the sample in the mean as its gradient": (
            "sgd-check",
            """
def sgd(X, y, rate, order):
    w, losses = np.zeros(X.shape[1]), [y @ y / (2 * len(y))]
    for i in order:
        w = w - rate * (X[i] @ w - y[i]) * X[i] / len(y)
        losses.append(np.sum((X @ w - y) ** 2) / (2 * len(y)))
    return np.array(losses)
""",
        ),
        "the loss of the sample for the loss": (
            "sgd-check",
            """
def sgd(X, y, rate, order):
    w, losses = np.zeros(X.shape[1]), [y @ y / (2 * len(y))]
    for i in order:
        w = w - rate * (X[i] @ w - y[i]) * X[i]
        losses.append((X[i] @ w - y[i]) ** 2 / 2)
    return np.array(losses)
""",
        ),
        "the gradient of the squared residual, without the one half": (
            "sgd-check",
            """
def sgd(X, y, rate, order):
    w, losses = np.zeros(X.shape[1]), [y @ y / (2 * len(y))]
    for i in order:
        w = w - rate * 2 * (X[i] @ w - y[i]) * X[i]
        losses.append(np.sum((X @ w - y) ** 2) / (2 * len(y)))
    return np.array(losses)
""",
        ),
        "samples in their own order": (
            "sgd-check",
            """
def sgd(X, y, rate, order):
    w, losses = np.zeros(X.shape[1]), [y @ y / (2 * len(y))]
    for k in range(len(order)):
        i = k % len(y)
        w = w - rate * (X[i] @ w - y[i]) * X[i]
        losses.append(np.sum((X @ w - y) ** 2) / (2 * len(y)))
    return np.array(losses)
""",
        ),
    },
    "leaky-kernel": {
        "the mixed terms forgotten": (
            "leaky-kernel-check",
            """
def leaky_kernel(X, a):
    lengths = np.linalg.norm(X, axis=1)
    products = np.outer(lengths, lengths)
    t = np.clip(X @ X.T / products, -1, 1)
    theta = np.arccos(t)
    relu = (np.sin(theta) + (np.pi - theta) * t) / (2 * np.pi)
    return products * (a**2 * t + (1 - a) ** 2 * relu)
""",
        ),
        "the slide's step in the place of ReLU": (
            "leaky-kernel-check",
            """
def leaky_kernel(X, a):
    lengths = np.linalg.norm(X, axis=1)
    products = np.outer(lengths, lengths)
    t = np.clip(X @ X.T / products, -1, 1)
    return products * (a * t + (1 - a) ** 2 * (np.pi - np.arccos(t)) / (2 * np.pi))
""",
        ),
        "the gradient kernel": (
            "leaky-kernel-check",
            """
def leaky_kernel(X, a):
    lengths = np.linalg.norm(X, axis=1)
    t = np.clip(X @ X.T / np.outer(lengths, lengths), -1, 1)
    return X @ X.T * (a + (1 - a) ** 2 * (np.pi - np.arccos(t)) / (2 * np.pi))
""",
        ),
        "unit vectors assumed": (
            "leaky-kernel-check",
            """
def leaky_kernel(X, a):
    t = np.clip(X @ X.T, -1, 1)
    theta = np.arccos(t)
    relu = (np.sin(theta) + (np.pi - theta) * t) / (2 * np.pi)
    return a * t + (1 - a) ** 2 * relu
""",
        ),
    },
    "drift": {
        "the last layer moved by the new first layer": (
            "drift-check",
            """
def drift(W, v, X, y, a, rate, steps):
    before = v**2 - np.sum(W**2, axis=1)
    for _ in range(steps):
        Z = X @ W.T
        slopes = np.where(Z >= 0, 1.0, a)
        r = (Z * slopes) @ v - y
        W = W - rate * v[:, None] * ((r[:, None] * slopes).T @ X)
        Z = X @ W.T
        units = np.where(Z >= 0, Z, a * Z)
        v = v - rate * units.T @ (units @ v - y)
    return np.max(np.abs(v**2 - np.sum(W**2, axis=1) - before))
""",
        ),
        "the change of the sum over units": (
            "drift-check",
            """
def drift(W, v, X, y, a, rate, steps):
    before = np.sum(v**2) - np.sum(W**2)
    for _ in range(steps):
        Z = X @ W.T
        slopes = np.where(Z >= 0, 1.0, a)
        r = (Z * slopes) @ v - y
        in_W = v[:, None] * ((r[:, None] * slopes).T @ X)
        W, v = W - rate * in_W, v - rate * (Z * slopes).T @ r
    return abs(np.sum(v**2) - np.sum(W**2) - before)
""",
        ),
        "mean for sum": (
            "drift-check",
            """
def drift(W, v, X, y, a, rate, steps):
    before = v**2 - np.sum(W**2, axis=1)
    for _ in range(steps):
        Z = X @ W.T
        slopes = np.where(Z >= 0, 1.0, a)
        r = ((Z * slopes) @ v - y) / len(y)
        in_W = v[:, None] * ((r[:, None] * slopes).T @ X)
        W, v = W - rate * in_W, v - rate * (Z * slopes).T @ r
    return np.max(np.abs(v**2 - np.sum(W**2, axis=1) - before))
""",
        ),
        "only the largest increase": (
            "drift-check",
            """
def drift(W, v, X, y, a, rate, steps):
    before = v**2 - np.sum(W**2, axis=1)
    for _ in range(steps):
        Z = X @ W.T
        slopes = np.where(Z >= 0, 1.0, a)
        r = (Z * slopes) @ v - y
        in_W = v[:, None] * ((r[:, None] * slopes).T @ X)
        W, v = W - rate * in_W, v - rate * (Z * slopes).T @ r
    return np.max(v**2 - np.sum(W**2, axis=1) - before)
""",
        ),
    },
    "power": {
        "a neighbour's numbers": ("power-check", "drifts, power = [0.0291, 0.0142, 0.0070, 0.0035], 1.02"),
        "against the number of steps": (
            "power-check",
            """
drifts = [drift(W_start, v_start, points, labels, a, rate, round(4 / rate)) for rate in RATES]
power = np.polyfit(np.log([4 / rate for rate in RATES]), np.log(drifts), 1)[0]
""",
        ),
        "the same number of steps at every rate": (
            "power-check",
            """
drifts = [drift(W_start, v_start, points, labels, a, rate, 100) for rate in RATES]
power = np.polyfit(np.log(RATES), np.log(drifts), 1)[0]
""",
        ),
    },
}
