"""Plausible wrong answers: id of the solution cell → what went wrong → (id of the check that must fail, code)."""

WRONG = {
    "norm-moments": {
        "the mixed term forgotten": (
            "norm-moments-check",
            """
def norm_moments(m, L, alpha):
    second = 1 + 2 * alpha**2 + alpha**4 * (1 + 5 / m) * (1 + 2 / m)
    return (1 + alpha**2) ** L, second**L
""",
        ),
        "the second matrix taken as one that keeps lengths": (
            "norm-moments-check",
            """
def norm_moments(m, L, alpha):
    second = 1 + 2 * alpha**2 + 4 * alpha**2 / m + alpha**4 * (1 + 5 / m)
    return (1 + alpha**2) ** L, second**L
""",
        ),
        "a layer too many, as on the slide": (
            "norm-moments-check",
            """
def norm_moments(m, L, alpha):
    a2 = alpha**2
    second = 1 + 2 * a2 + 4 * a2 / m + a2**2 * (1 + 5 / m) * (1 + 2 / m)
    return (1 + a2) ** (L + 1), second ** (L + 1)
""",
        ),
        "the fourth moment of the plain network": (
            "norm-moments-check",
            """
def norm_moments(m, L, alpha):
    return (1 + alpha**2) ** L, (1 + alpha**2) ** (2 * L) * (1 + 5 * alpha**2 / m) ** L
""",
        ),
    },
    "correlations": {
        "not divided by the length": (
            "correlations-check",
            """
def correlations(rho, alpha, L):
    found = [rho]
    for _ in range(L):
        theta = np.arccos(np.clip(found[-1], -1, 1))
        kappa = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
        found.append(found[-1] + alpha**2 * kappa)
    return np.array(found)
""",
        ),
        "alpha for its square": (
            "correlations-check",
            """
def correlations(rho, alpha, L):
    found = [rho]
    for _ in range(L):
        theta = np.arccos(np.clip(found[-1], -1, 1))
        kappa = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
        found.append((found[-1] + alpha * kappa) / (1 + alpha))
    return np.array(found)
""",
        ),
        "distances that do not change, as on the slide": (
            "correlations-check",
            """
def correlations(rho, alpha, L):
    return np.full(L + 1, rho)
""",
        ),
        "no care for rounding": (
            "correlations-check",
            """
def correlations(rho, alpha, L):
    found = [rho * (1 + 1e-15)]
    for _ in range(L):
        theta = np.arccos(found[-1])
        kappa = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
        found.append((found[-1] + alpha**2 * kappa) / (1 + alpha**2))
    return np.array(found)
""",
        ),
    },
    "last-block": {
        "the covariance of one layer too early, as on the slide": (
            "last-block-check",
            """
def last_block(rho, alpha, L):
    rhos = correlations(rho, alpha, L - 1)
    early = rhos[max(L - 2, 0)]
    active = (np.pi - np.arccos(np.clip(early, -1, 1))) / (2 * np.pi)
    return alpha**2 * (1 + alpha**2) ** (L - 1) * rhos[-1] * active
""",
        ),
        "cosine for the inner product": (
            "last-block-check",
            """
def last_block(rho, alpha, L):
    below = np.clip(correlations(rho, alpha, L - 1)[-1], -1, 1)
    return alpha**2 * below * (np.pi - np.arccos(below)) / (2 * np.pi)
""",
        ),
        "the factor c of ReLU put in a second time": (
            "last-block-check",
            """
def last_block(rho, alpha, L):
    below = np.clip(correlations(rho, alpha, L - 1)[-1], -1, 1)
    return alpha**2 * (1 + alpha**2) ** (L - 1) * below * (np.pi - np.arccos(below)) / np.pi
""",
        ),
    },
    "flip-most": {
        "each input with an equal share": (
            "flip-most-check",
            """
def flip_most(W, H, omega):
    past = -(1 + 1e-6) * (W @ H.T)
    move = np.zeros(past.shape)
    for i in range(len(H)):
        order = np.argsort(np.abs(past[:, i]))
        taken = order[np.cumsum(past[order, i] ** 2) <= omega**2 / len(H)]
        move[taken, i] = past[taken, i]
    return move @ H
""",
        ),
        "the whole budget at each input": (
            "flip-most-check",
            """
def flip_most(W, H, omega):
    past = -(1 + 1e-6) * (W @ H.T)
    move = np.zeros(past.shape)
    for i in range(len(H)):
        order = np.argsort(np.abs(past[:, i]))
        taken = order[np.cumsum(past[order, i] ** 2) <= omega**2]
        move[taken, i] = past[taken, i]
    return move @ H
""",
        ),
        "lengths added without squares": (
            "flip-most-check",
            """
def flip_most(W, H, omega):
    past = -(1 + 1e-6) * (W @ H.T)
    order = np.argsort(np.abs(past), axis=None)
    taken = order[np.cumsum(np.abs(past.ravel()[order])) <= omega]
    move = np.zeros(past.size)
    move[taken] = past.ravel()[taken]
    return move.reshape(past.shape) @ H
""",
        ),
        "all units of one input first": (
            "flip-most-check",
            """
def flip_most(W, H, omega):
    g = W @ H[0]
    order = np.argsort(np.abs(g))
    taken = order[np.cumsum(g[order] ** 2) <= omega**2 / (1 + 1e-6) ** 2]
    change = np.zeros(W.shape)
    change[taken] = -(1 + 1e-6) * g[taken, None] * H[0]
    return change
""",
        ),
    },
    "distance-after": {
        "lengths not taken out": (
            "distance-after-check",
            """
def distance_after(x, y, L, rng, residual):
    m = len(x)
    h = np.stack([x, y], axis=1)
    for _ in range(L):
        inner = np.maximum(rng.standard_normal((m, m)) * np.sqrt(2 / m) @ h, 0)
        h = h + rng.standard_normal((m, m)) @ inner / np.sqrt(m * L) if residual else inner
    return np.linalg.norm(h[:, 0] - h[:, 1])
""",
        ),
        "a network for each input": (
            "distance-after-check",
            """
def distance_after(x, y, L, rng, residual):
    ends, m = [], len(x)
    for h in (x, y):
        for _ in range(L):
            inner = np.maximum(rng.standard_normal((m, m)) * np.sqrt(2 / m) @ h, 0)
            h = h + rng.standard_normal((m, m)) @ inner / np.sqrt(m * L) if residual else inner
        ends.append(h / np.linalg.norm(h))
    return np.linalg.norm(ends[0] - ends[1])
""",
        ),
        "alpha is 1/L": (
            "distance-after-check",
            """
def distance_after(x, y, L, rng, residual):
    m = len(x)
    h = np.stack([x, y], axis=1)
    for _ in range(L):
        inner = np.maximum(rng.standard_normal((m, m)) * np.sqrt(2 / m) @ h, 0)
        h = h + rng.standard_normal((m, m)) @ inner / (np.sqrt(m) * L) if residual else inner
    h = h / np.linalg.norm(h, axis=0)
    return np.linalg.norm(h[:, 0] - h[:, 1])
""",
        ),
    },
    "kept": {
        "a neighbour's numbers": (
            "kept-check",
            """
kept_plain = [0.53, 0.4, 0.18, 0.04]
kept_residual = [0.57, 0.58, 0.56, 0.57]
""",
        ),
        "one start for five": (
            "kept-check",
            """
kept_plain = [distance_after(x_own, y_own, L, variant.rng(f"network-{L}-0"), False) for L in DEPTHS]
kept_residual = [distance_after(x_own, y_own, L, variant.rng(f"network-{L}-0"), True) for L in DEPTHS]
""",
        ),
        "the law of infinite width for the runs": (
            "kept-check",
            """
delta = np.linalg.norm(x_own - y_own)
kept_plain = [delta / (1 + delta * L / (3 * np.pi)) for L in DEPTHS]
kept_residual = [delta / (1 + delta / (3 * np.pi)) for L in DEPTHS]
""",
        ),
    },
}
