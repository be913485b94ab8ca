"""Plausible wrong answers: id of the solution cell → what went wrong → (id of the check that must fail, code)."""

WRONG = {
    "mean-product": {
        "the integral for ReLU": (
            "mean-product-check",
            """
def mean_product(U, V):
    lengths = np.linalg.norm(U, axis=1) * np.linalg.norm(V, axis=1)
    t = np.clip(np.sum(U * V, axis=1) / lengths, -1, 1)
    theta = np.arccos(t)
    return lengths * (np.sin(theta) + (np.pi - theta) * t) / (2 * np.pi)
""",
        ),
        "twice the integral for ReLU, for the two signs": (
            "mean-product-check",
            """
def mean_product(U, V):
    lengths = np.linalg.norm(U, axis=1) * np.linalg.norm(V, axis=1)
    t = np.clip(np.sum(U * V, axis=1) / lengths, -1, 1)
    theta = np.arccos(t)
    return lengths * (np.sin(theta) + (np.pi - theta) * t) / np.pi
""",
        ),
        "unit vectors assumed": (
            "mean-product-check",
            """
def mean_product(U, V):
    t = np.clip(np.sum(U * V, axis=1), -1, 1)
    theta = np.arccos(t)
    return 2 / np.pi * (np.sin(theta) + (np.pi / 2 - theta) * t)
""",
        ),
        "the absolute value of the mean product": (
            "mean-product-check",
            """
def mean_product(U, V):
    return np.abs(np.sum(U * V, axis=1))
""",
        ),
    },
    "loss-and-gradient": {
        "the slide's loss, without its constant": (
            "loss-and-gradient-check",
            """
def loss_and_gradient(w, w_star, k):
    r, R = np.linalg.norm(w), np.linalg.norm(w_star)
    t = np.clip(w @ w_star / (r * R), -1, 1)
    theta = np.arccos(t)
    beta = 2 / np.pi * (k**2 - k)
    gamma = beta + k
    g = 2 / np.pi * r * R * (np.sin(theta) + (np.pi / 2 - theta) * t)
    in_g = 2 / np.pi * (R * np.sin(theta) * w / r + (np.pi / 2 - theta) * w_star)
    loss = (gamma * r**2 - 2 * k * g - 2 * beta * r * R) / k**2
    return loss, (2 * gamma * w - 2 * k * in_g - 2 * beta * R * w / r) / k**2
""",
        ),
        "the constants of ReLU": (
            "loss-and-gradient-check",
            """
def loss_and_gradient(w, w_star, k):
    r, R = np.linalg.norm(w), np.linalg.norm(w_star)
    t = np.clip(w @ w_star / (r * R), -1, 1)
    theta = np.arccos(t)
    beta = (k**2 - k) / (2 * np.pi)
    gamma = beta + k / 2
    g = 2 / np.pi * r * R * (np.sin(theta) + (np.pi / 2 - theta) * t)
    in_g = 2 / np.pi * (R * np.sin(theta) * w / r + (np.pi / 2 - theta) * w_star)
    loss = (gamma * (r**2 + R**2) - 2 * k * g - 2 * beta * r * R) / k**2
    return loss, (2 * gamma * w - 2 * k * in_g - 2 * beta * R * w / r) / k**2
""",
        ),
        "the angle kept fixed in the gradient": (
            "loss-and-gradient-check",
            """
def loss_and_gradient(w, w_star, k):
    r, R = np.linalg.norm(w), np.linalg.norm(w_star)
    t = np.clip(w @ w_star / (r * R), -1, 1)
    theta = np.arccos(t)
    beta = 2 / np.pi * (k**2 - k)
    gamma = beta + k
    g = 2 / np.pi * r * R * (np.sin(theta) + (np.pi / 2 - theta) * t)
    loss = (gamma * (r**2 + R**2) - 2 * k * g - 2 * beta * r * R) / k**2
    return loss, (2 * gamma * w - 2 * k * g * w / r**2 - 2 * beta * R * w / r) / k**2
""",
        ),
        "different patches forgotten": (
            "loss-and-gradient-check",
            """
def loss_and_gradient(w, w_star, k):
    r, R = np.linalg.norm(w), np.linalg.norm(w_star)
    t = np.clip(w @ w_star / (r * R), -1, 1)
    theta = np.arccos(t)
    g = 2 / np.pi * r * R * (np.sin(theta) + (np.pi / 2 - theta) * t)
    in_g = 2 / np.pi * (R * np.sin(theta) * w / r + (np.pi / 2 - theta) * w_star)
    return (r**2 + R**2 - 2 * g) / k, (2 * w - 2 * in_g) / k
""",
        ),
        "the gradient of one half of the loss": (
            "loss-and-gradient-check",
            """
def loss_and_gradient(w, w_star, k):
    r, R = np.linalg.norm(w), np.linalg.norm(w_star)
    t = np.clip(w @ w_star / (r * R), -1, 1)
    theta = np.arccos(t)
    beta = 2 / np.pi * (k**2 - k)
    gamma = beta + k
    g = 2 / np.pi * r * R * (np.sin(theta) + (np.pi / 2 - theta) * t)
    in_g = 2 / np.pi * (R * np.sin(theta) * w / r + (np.pi / 2 - theta) * w_star)
    loss = (gamma * (r**2 + R**2) - 2 * k * g - 2 * beta * r * R) / k**2
    return loss, (gamma * w - k * in_g - beta * R * w / r) / k**2
""",
        ),
    },
    "train": {
        "a step whenever the hinge loss is positive": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, U, count, clean = W.copy(), U.copy(), 0, 0
    while clean < len(y):
        for x, label in zip(X, y):
            zw, zu = W @ x, U @ x
            sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
            if label * v * (sw @ zw - su @ zu) >= 1:
                clean += 1
                continue
            W += rate * v * label * np.outer(sw, x)
            U -= rate * v * label * np.outer(su, x)
            count, clean = count + 1, 0
    return count, W, U
""",
        ),
        "an output of zero is no mistake": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, U, count, clean = W.copy(), U.copy(), 0, 0
    while clean < len(y):
        for x, label in zip(X, y):
            zw, zu = W @ x, U @ x
            sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
            if label * v * (sw @ zw - su @ zu) >= 0:
                clean += 1
                continue
            W += rate * v * label * np.outer(sw, x)
            U -= rate * v * label * np.outer(su, x)
            count, clean = count + 1, 0
    return count, W, U
""",
        ),
        "one pass": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, U, count = W.copy(), U.copy(), 0
    for x, label in zip(X, y):
        zw, zu = W @ x, U @ x
        sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
        if label * v * (sw @ zw - su @ zu) <= 0:
            W += rate * v * label * np.outer(sw, x)
            U -= rate * v * label * np.outer(su, x)
            count += 1
    return count, W, U
""",
        ),
        "passes counted in the place of steps": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, U, count, steps = W.copy(), U.copy(), 0, 1
    while steps:
        steps = 0
        for x, label in zip(X, y):
            zw, zu = W @ x, U @ x
            sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
            if label * v * (sw @ zw - su @ zu) <= 0:
                W += rate * v * label * np.outer(sw, x)
                U -= rate * v * label * np.outer(su, x)
                steps += 1
        count += steps > 0
    return count, W, U
""",
        ),
        "the linear step of the perceptron": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, U, count, clean = W.copy(), U.copy(), 0, 0
    while clean < len(y):
        for x, label in zip(X, y):
            zw, zu = W @ x, U @ x
            sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
            if label * v * (sw @ zw - su @ zu) > 0:
                clean += 1
                continue
            W += rate * v * label * x
            U -= rate * v * label * x
            count, clean = count + 1, 0
    return count, W, U
""",
        ),
        "the output weight left out of the step": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, U, count, clean = W.copy(), U.copy(), 0, 0
    while clean < len(y):
        for x, label in zip(X, y):
            zw, zu = W @ x, U @ x
            sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
            if label * v * (sw @ zw - su @ zu) > 0:
                clean += 1
                continue
            W += rate * label * np.outer(sw, x)
            U -= rate * label * np.outer(su, x)
            count, clean = count + 1, 0
    return count, W, U
""",
        ),
        "only the positive half trained": (
            "train-check",
            """
def train(X, y, W, U, v, a, rate):
    W, count, clean = W.copy(), 0, 0
    while clean < len(y) and count < 2000:
        for x, label in zip(X, y):
            zw, zu = W @ x, U @ x
            sw, su = np.where(zw >= 0, 1, a), np.where(zu >= 0, 1, a)
            if label * v * (sw @ zw - su @ zu) > 0:
                clean += 1
                continue
            W += rate * v * label * np.outer(sw, x)
            count, clean = count + 1, 0
    return count, W, U
""",
        ),
    },
    "project": {
        "the sum equal to c, as on the slide": (
            "project-check",
            """
def project(z, c):
    low, high = np.min(z) - 1, np.max(z)
    for _ in range(100):
        tau = (low + high) / 2
        if np.clip(z - tau, 0, 1).sum() > c:
            low = tau
        else:
            high = tau
    return np.clip(z - high, 0, 1)
""",
        ),
        "the simplex, without the upper bound": (
            "project-check",
            """
def project(z, c):
    y = np.maximum(z, 0)
    if y.sum() <= c:
        return y
    low, high = 0.0, np.max(z)
    for _ in range(100):
        tau = (low + high) / 2
        if np.maximum(z - tau, 0).sum() > c:
            low = tau
        else:
            high = tau
    return np.maximum(z - high, 0)
""",
        ),
        "clipped and then scaled": (
            "project-check",
            """
def project(z, c):
    y = np.clip(z, 0, 1)
    return y * min(1, c / max(y.sum(), 1e-300))
""",
        ),
        "first onto the box and then onto the half-space": (
            "project-check",
            """
def project(z, c):
    y = np.clip(z, 0, 1)
    return y - max(y.sum() - c, 0) / len(y)
""",
        ),
        "projected in turn, without the corrections of Dykstra": (
            "project-check",
            """
def project(z, c):
    y = z
    for _ in range(2000):
        y = np.clip(y, 0, 1)
        y = y - max(y.sum() - c, 0) / len(y)
    return np.clip(y, 0, 1)
""",
        ),
    },
    "steps-to-turn": {
        "only towards the true filter, not towards its negative": (
            "steps-to-turn-check",
            """
def steps_to_turn(w, w_star, k, rate):
    count = 0
    while np.sqrt(2) * (w @ w_star) < np.linalg.norm(w) * np.linalg.norm(w_star) and count < 2000:
        w, count = w - rate * loss_and_gradient(w, w_star, k)[1], count + 1
    return count
""",
        ),
        "lengths left out of the cosine": (
            "steps-to-turn-check",
            """
def steps_to_turn(w, w_star, k, rate):
    count = 0
    while np.sqrt(2) * abs(w @ w_star) < 1 and count < 2000:
        w, count = w - rate * loss_and_gradient(w, w_star, k)[1], count + 1
    return count
""",
        ),
        "the rate counted for the sum over patches": (
            "steps-to-turn-check",
            """
def steps_to_turn(w, w_star, k, rate):
    count = 0
    while np.sqrt(2) * abs(w @ w_star) < np.linalg.norm(w) * np.linalg.norm(w_star) and count < 2000:
        w, count = w - rate * k * loss_and_gradient(w, w_star, k)[1], count + 1
    return count
""",
        ),
    },
    "per-log": {
        "a neighbour's numbers": ("per-log-check", "steps, per_log = [38, 71, 104, 138], 7.23"),
        "the decimal logarithm": (
            "per-log-check",
            """
length = np.linalg.norm(w_star)
steps = [
    steps_to_turn(length * np.cos(psi) * aside + np.sin(psi) * w_star, w_star, k, rate)
    for psi in ANGLES
]
per_log = np.polyfit(-np.log10(ANGLES), steps, 1)[0]
""",
        ),
        "both logarithms, as for a power": (
            "per-log-check",
            """
length = np.linalg.norm(w_star)
steps = [
    steps_to_turn(length * np.cos(psi) * aside + np.sin(psi) * w_star, w_star, k, rate)
    for psi in ANGLES
]
per_log = np.polyfit(-np.log(ANGLES), np.log(steps), 1)[0]
""",
        ),
        "started along the true filter": (
            "per-log-check",
            """
length = np.linalg.norm(w_star)
steps = [
    steps_to_turn(length * np.sin(psi) * aside + np.cos(psi) * w_star, w_star, k, rate)
    for psi in ANGLES
]
per_log = np.polyfit(-np.log(ANGLES), steps, 1)[0]
""",
        ),
    },
}
