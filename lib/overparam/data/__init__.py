"""Data: structured mixtures with known separation, points on the sphere, and MNIST."""

from overparam.data.mnist import MNIST, mnist
from overparam.data.sphere import lift, uniform_cap, uniform_sphere
from overparam.data.structured import (
    Mixture,
    Sample,
    Separation,
    cap_mixture,
    gaussian_mixture,
    separation,
    xor_of_balls,
)

__all__ = [
    "MNIST",
    "Mixture",
    "Sample",
    "Separation",
    "cap_mixture",
    "gaussian_mixture",
    "lift",
    "mnist",
    "separation",
    "uniform_cap",
    "uniform_sphere",
    "xor_of_balls",
]
