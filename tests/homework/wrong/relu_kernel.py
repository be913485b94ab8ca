"""Plausible wrong answers: id of the solution cell → what went wrong → (id of the check that must fail, code)."""

WRONG = {
    "loss-floor": {
        "the odd part not halved": (
            "loss-floor-check",
            """
def loss_floor(X, y_plus, y_minus):
    odd = y_plus - y_minus
    left = odd - X @ np.linalg.lstsq(X, odd, rcond=None)[0]
    return np.sum(left**2) / (2 * len(X))
""",
        ),
        "linear functions not taken out": (
            "loss-floor-check",
            """
def loss_floor(X, y_plus, y_minus):
    return np.sum((y_plus - y_minus) ** 2) / (8 * len(X))
""",
        ),
        "one error a pair": (
            "loss-floor-check",
            """
def loss_floor(X, y_plus, y_minus):
    odd = (y_plus - y_minus) / 2
    left = odd - X @ np.linalg.lstsq(X, odd, rcond=None)[0]
    return np.sum(left**2) / (4 * len(X))
""",
        ),
        "no floor, as for points of which no two are equal": (
            "loss-floor-check",
            """
def loss_floor(X, y_plus, y_minus):
    return 0.0
""",
        ),
    },
    "circle-eigenvalues": {
        "b for its square": (
            "circle-eigenvalues-check",
            """
def circle_eigenvalues(b, degree):
    phi = np.linspace(0, 2 * np.pi, 20001)[:-1]
    s = np.clip((np.cos(phi) + b) / (1 + b), -1, 1)
    kernel = s * (0.5 - np.arccos(s) / (2 * np.pi))
    return np.array([np.mean(kernel * np.cos(l * phi)) for l in range(degree + 1)])
""",
        ),
        "the angle without the constant": (
            "circle-eigenvalues-check",
            """
def circle_eigenvalues(b, degree):
    phi = np.linspace(0, 2 * np.pi, 20001)[:-1]
    s = (np.cos(phi) + b**2) / (1 + b**2)
    kernel = s * (0.5 - np.arccos(np.cos(phi)) / (2 * np.pi))
    return np.array([np.mean(kernel * np.cos(l * phi)) for l in range(degree + 1)])
""",
        ),
        "coefficients of a cosine series": (
            "circle-eigenvalues-check",
            """
def circle_eigenvalues(b, degree):
    phi = np.linspace(0, 2 * np.pi, 20001)[:-1]
    s = np.clip((np.cos(phi) + b**2) / (1 + b**2), -1, 1)
    kernel = s * (0.5 - np.arccos(s) / (2 * np.pi))
    return np.array([(2 if l else 1) * np.mean(kernel * np.cos(l * phi)) for l in range(degree + 1)])
""",
        ),
        "the step kernel": (
            "circle-eigenvalues-check",
            """
def circle_eigenvalues(b, degree):
    phi = np.linspace(0, 2 * np.pi, 20001)[:-1]
    s = np.clip((np.cos(phi) + b**2) / (1 + b**2), -1, 1)
    kernel = 0.5 - np.arccos(s) / (2 * np.pi)
    return np.array([np.mean(kernel * np.cos(l * phi)) for l in range(degree + 1)])
""",
        ),
    },
    "weighted-discrepancy": {
        "cross term as if the weights added up to one": (
            "weighted-discrepancy-check",
            """
def weighted_discrepancy(W, p):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    k = 0.5 - np.arccos(np.clip(units @ units.T, -1, 1)) / (2 * np.pi)
    return p @ k**2 @ p - 1 / 16 - polygamma(1, W.shape[1] / 2) / (8 * np.pi**2)
""",
        ),
        "signs, whose squares drop out": (
            "weighted-discrepancy-check",
            """
def weighted_discrepancy(W, p):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    k = 0.5 - np.arccos(np.clip(units @ units.T, -1, 1)) / (2 * np.pi)
    return np.mean(k**2) - 1 / 16 - polygamma(1, W.shape[1] / 2) / (8 * np.pi**2)
""",
        ),
        "neurons of any length in the kernel, as on the slide": (
            "weighted-discrepancy-check",
            """
def weighted_discrepancy(W, p):
    k = 0.5 - np.arccos(np.clip(W @ W.T, -1, 1)) / (2 * np.pi)
    c = 1 / 16 + polygamma(1, W.shape[1] / 2) / (8 * np.pi**2)
    return p @ k**2 @ p - 2 * c * p.sum() + c
""",
        ),
        "the root": (
            "weighted-discrepancy-check",
            """
def weighted_discrepancy(W, p):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    k = 0.5 - np.arccos(np.clip(units @ units.T, -1, 1)) / (2 * np.pi)
    c = 1 / 16 + polygamma(1, W.shape[1] / 2) / (8 * np.pi**2)
    return np.sqrt(p @ k**2 @ p - 2 * c * p.sum() + c)
""",
        ),
    },
    "best-weights": {
        "all equal to 1/m": (
            "best-weights-check",
            """
def best_weights(W):
    return np.full(len(W), 1 / len(W))
""",
        ),
        "made to add up to one": (
            "best-weights-check",
            """
def best_weights(W):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    k = 0.5 - np.arccos(np.clip(units @ units.T, -1, 1)) / (2 * np.pi)
    p = np.linalg.solve(k**2, np.ones(len(W)))
    return p / p.sum()
""",
        ),
        "the kernel without its square": (
            "best-weights-check",
            """
def best_weights(W):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    k = 0.5 - np.arccos(np.clip(units @ units.T, -1, 1)) / (2 * np.pi)
    return np.linalg.solve(k, np.full(len(W), 0.25))
""",
        ),
        "the best equal weights": (
            "best-weights-check",
            """
def best_weights(W):
    units = W / np.linalg.norm(W, axis=1, keepdims=True)
    k = 0.5 - np.arccos(np.clip(units @ units.T, -1, 1)) / (2 * np.pi)
    c = 1 / 16 + polygamma(1, W.shape[1] / 2) / (8 * np.pi**2)
    return np.full(len(W), c / np.mean(k**2) / len(W))
""",
        ),
    },
    "final-loss": {
        "a step against the sum of all errors": (
            "final-loss-check",
            """
def final_loss(X, y, b, m, rng, steps):
    n, d = X.shape
    Z = np.column_stack([X, np.full(n, b)]) / np.sqrt(1 + b**2)
    U = rng.standard_normal((m // 2, d + 1))
    signs = rng.choice([-1.0, 1.0], m // 2)
    W, v = np.vstack([U, U]), np.concatenate([signs, -signs]) / np.sqrt(m)
    for _ in range(steps):
        H = Z @ W.T
        residual = np.maximum(H, 0) @ v - y
        W = W - 2 * v[:, None] * ((H >= 0).T @ (residual[:, None] * Z))
    return np.mean((np.maximum(Z @ W.T, 0) @ v - y) ** 2) / 2
""",
        ),
        "inputs not of length one": (
            "final-loss-check",
            """
def final_loss(X, y, b, m, rng, steps):
    n, d = X.shape
    Z = np.column_stack([X, np.full(n, b)])
    U = rng.standard_normal((m // 2, d + 1))
    signs = rng.choice([-1.0, 1.0], m // 2)
    W, v = np.vstack([U, U]), np.concatenate([signs, -signs]) / np.sqrt(m)
    for _ in range(steps):
        H = Z @ W.T
        residual = (np.maximum(H, 0) @ v - y) / n
        W = W - 2 * v[:, None] * ((H >= 0).T @ (residual[:, None] * Z))
    return np.mean((np.maximum(Z @ W.T, 0) @ v - y) ** 2) / 2
""",
        ),
        "the patterns of the start": (
            "final-loss-check",
            """
def final_loss(X, y, b, m, rng, steps):
    n, d = X.shape
    Z = np.column_stack([X, np.full(n, b)]) / np.sqrt(1 + b**2)
    U = rng.standard_normal((m // 2, d + 1))
    signs = rng.choice([-1.0, 1.0], m // 2)
    W, v = np.vstack([U, U]), np.concatenate([signs, -signs]) / np.sqrt(m)
    active = Z @ W.T >= 0
    for _ in range(steps):
        residual = ((Z @ W.T * active) @ v - y) / n
        W = W - 2 * v[:, None] * (active.T @ (residual[:, None] * Z))
    return np.mean(((Z @ W.T * active) @ v - y) ** 2) / 2
""",
        ),
        "the slide's sign of the residual": (
            "final-loss-check",
            """
def final_loss(X, y, b, m, rng, steps):
    n, d = X.shape
    Z = np.column_stack([X, np.full(n, b)]) / np.sqrt(1 + b**2)
    U = rng.standard_normal((m // 2, d + 1))
    signs = rng.choice([-1.0, 1.0], m // 2)
    W, v = np.vstack([U, U]), np.concatenate([signs, -signs]) / np.sqrt(m)
    for _ in range(steps):
        H = Z @ W.T
        residual = (y - np.maximum(H, 0) @ v) / n
        W = W - 2 * v[:, None] * ((H >= 0).T @ (residual[:, None] * Z))
    return np.mean((np.maximum(Z @ W.T, 0) @ v - y) ** 2) / 2
""",
        ),
    },
    "losses": {
        "a neighbour's numbers": (
            "losses-check",
            "losses, floor = [0.2501, 0.0193, 0.0017, 0.005, 0.0657, 0.1898], 0.2501",
        ),
        "one start for all constants": (
            "losses-check",
            """
losses = [final_loss(own_points, own_targets, b, 1000, variant.rng("start-0"), 300) for b in CONSTANTS]
floor = loss_floor(own_half, own_odd, -own_odd)
""",
        ),
        "the floor of the whole target": (
            "losses-check",
            """
losses = [final_loss(own_points, own_targets, b, 1000, variant.rng(f"start-{b}"), 300) for b in CONSTANTS]
floor = np.mean(own_targets**2) / 2
""",
        ),
    },
}
