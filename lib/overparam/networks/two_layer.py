"""The two-layer ReLU network with a fixed random output layer, and the pseudo-network that freezes its patterns."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from overparam._checks import generator, points, positive_int, real


class TwoLayer(torch.nn.Module):
    r"""$f_i(x) = \sum_{r=1}^m a_{i,r}\,\mathrm{ReLU}(\langle w_r, x\rangle)$, i = 1, ..., c; the $w_r$ are trained.

    The start is $w_r^{(0)} \sim N(0, \sigma^2 I)$ and $a_{i,r} \sim N(0, 1)$ with $\sigma = m^{-1/2}$, a standard
    deviation, so that $\operatorname{Var} f_i(x) = \|x\|^2/2$.

    Attributes: `hidden` W (m, d), trained; `initial` W at the start (m, d); `output` A (c, m), fixed; `std` σ. With one
    more axis in front they are a stack of R networks, and points and outputs have that axis too; points may also be
    shared. `train.train_many` makes stacks.

    Raises ValueError for sizes below 1, a σ that is not positive, `rng` that is no NumPy generator, and a `dtype` other
    than torch.float64 and torch.float32.

    Source: items LL-1 and LL-3; Li and Liang (2018), section 3. Derived in: {sec-setting}.
    """

    def __init__(
        self,
        *,
        m: int,
        d: int,
        c: int,
        rng: np.random.Generator,
        std: float | None = None,
        dtype: torch.dtype = torch.float64,
    ):
        super().__init__()
        m, d, c = positive_int("m", m), positive_int("d", d), positive_int("c", c)
        generator("rng", rng)
        self.std = m**-0.5 if std is None else real("std", std, above=0)
        if dtype not in (torch.float64, torch.float32):
            raise ValueError(f"dtype must be torch.float64 or torch.float32; got {dtype!r}")
        draw = np.float32 if dtype == torch.float32 else np.float64
        hidden = torch.from_numpy(rng.standard_normal((m, d), dtype=draw)).mul_(self.std)
        self.hidden = torch.nn.Parameter(hidden, requires_grad=False)
        self.register_buffer("initial", hidden.clone())
        self.register_buffer("output", torch.from_numpy(rng.standard_normal((c, m), dtype=draw)))

    def tensor(self, X) -> Float[Tensor, "... n d"]:
        """Points (n, d), NumPy or torch, with the dtype and device of the weights; ValueError if they do not fit."""
        if not isinstance(X, Tensor):
            X = torch.from_numpy(np.require(points("X", X), requirements=["C", "W"]))
        if X.ndim not in (2, self.hidden.ndim) or X.shape[-1] != self.hidden.shape[-1]:
            raise ValueError(f"X must have shape (n, {self.hidden.shape[-1]}); got {tuple(X.shape)}")
        return X.to(self.hidden)

    def preactivations(self, X) -> Float[Tensor, "... n m"]:
        r"""$\langle w_r, x\rangle$ for every point and unit."""
        return self.tensor(X) @ self.hidden.mT

    def patterns(self, X) -> Bool[Tensor, "... n m"]:
        r"""$1[\langle w_r, x\rangle \ge 0]$: which units are active at which points."""
        return self.preactivations(X) >= 0

    def initial_patterns(self, X) -> Bool[Tensor, "... n m"]:
        r"""$1[\langle w_r^{(0)}, x\rangle \ge 0]$: the patterns at the start."""
        return self.tensor(X) @ self.initial.mT >= 0

    def _active(self, X: Tensor, Z: Tensor) -> Tensor:
        return Z >= 0

    def forward(self, X) -> Float[Tensor, "... n c"]:
        """Outputs f(x), one row a point."""
        X = self.tensor(X)
        Z = X @ self.hidden.mT
        return (Z * self._active(X, Z)) @ self.output.mT

    def gradient(self, X, residual: Float[Tensor, "... n c"]) -> Float[Tensor, "... m d"]:
        r"""$\sum_s \sum_i \rho_{s,i}\, a_{i,r} 1[\langle w_r, x_s\rangle \ge 0]\, x_s$, one row a unit r.

        With ρ = ∂L/∂f of a loss this is ∂L/∂W; with one entry 1, else 0, the gradient of one output at one point.
        ValueError for X or a residual of another shape. Source: item LL-4. Derived in: {sec-setting}.
        """
        X = self.tensor(X)
        Z = X @ self.hidden.mT
        return self._through(residual, self._active(X, Z)).mT @ X

    def _through(self, residual: Tensor, active: Tensor) -> Tensor:
        needed = (*active.shape[:-1], self.output.shape[-2])
        if residual.shape != needed:
            raise ValueError(f"residual must have shape {needed}; got {tuple(residual.shape)}")
        return (residual @ self.output) * active

    def descend(self, X, residual_of, rate: float) -> None:
        """One step W ← W - rate·∂L/∂W in place, where `residual_of(outputs)` gives ∂L/∂f."""
        X = self.tensor(X)
        Z = X @ self.hidden.mT
        active = self._active(X, Z)
        residual = residual_of((Z * active) @ self.output.mT)
        signal = self._through(residual, active).mT
        if self.hidden.ndim == 2:  # one fused product and sum: at large m the gradient is never written to memory
            self.hidden.addmm_(signal, X, alpha=-rate)
        else:
            self.hidden.baddbmm_(signal, X.expand(len(signal), -1, -1), alpha=-rate)

    def pseudo(self) -> "PseudoNetwork":
        """The pseudo-network of this network: same weights (shared, not copied), patterns frozen at the start."""
        return PseudoNetwork(self)


class PseudoNetwork(TwoLayer):
    r"""$g_i(x) = \sum_r a_{i,r} \langle w_r, x\rangle\, 1[\langle w_r^{(0)}, x\rangle \ge 0]$: linear in W.

    Its gradient with the residuals of the *true* network is the pseudo-gradient of Li and Liang:
    `network.pseudo().gradient(X, residual)`.

    Source: item LL-7; Li and Liang (2018), section 5. Derived in: {sec-coupling}.
    """

    def __init__(self, network: TwoLayer):
        torch.nn.Module.__init__(self)
        if not isinstance(network, TwoLayer):
            raise ValueError(f"network must be a TwoLayer; got {type(network).__name__}")
        self.std = network.std
        self.hidden = network.hidden
        self.register_buffer("initial", network.initial)
        self.register_buffer("output", network.output)

    def patterns(self, X) -> Bool[Tensor, "... n m"]:
        """The frozen patterns: those of the start."""
        return self.initial_patterns(X)

    def _active(self, X: Tensor, Z: Tensor) -> Tensor:
        return X @ self.initial.mT >= 0
