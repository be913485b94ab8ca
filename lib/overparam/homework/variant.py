"""The numbers that make one student's assignment different from another's."""

import hashlib

import numpy as np

from overparam._checks import positive_int


class Variant:
    """The data of one student's assignment.

    `rng(name)` draws what the student sees and works with. `hidden(name)` draws what the hidden checks use; with the
    instructor's `secret` nobody else can draw it. Different names give independent streams, the same name always the
    same numbers. ValueError for a seed that is no integer of at least 0, and for a name or secret that is no text.
    """

    def __init__(self, seed: int = 0, secret: str = ""):
        self.seed = positive_int("seed", seed, minimum=0)
        self._secret = _text("secret", secret)

    @classmethod
    def of(cls, course: str, student: str, assignment: str, secret: str) -> "Variant":
        """The variant of a student: its seed, nine digits, follows from the secret and the three names."""
        names = [_text("course", course), _text("student", student), _text("assignment", assignment)]
        return cls(_digest(_text("secret", secret), *names) % 10**9, secret)

    def rng(self, name: str) -> np.random.Generator:
        """A generator for what the student sees."""
        return np.random.default_rng(_digest("", str(self.seed), _text("name", name)))

    def hidden(self, name: str) -> np.random.Generator:
        """A generator for the hidden checks."""
        return np.random.default_rng(_digest(self._secret, "hidden", str(self.seed), _text("name", name)))


def _digest(secret: str, *parts: str) -> int:
    # Lengths go in, so that ("ab", "c") and ("a", "bc") differ.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return int.from_bytes(hashlib.blake2b(text.encode(), key=hashlib.sha256(secret.encode()).digest()).digest()[:16])


def _text(name: str, value) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text; got {value!r}")
    return value
