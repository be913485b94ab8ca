"""Data: structured mixtures with known separation, points on the sphere, graphs, scenes, MNIST, corrupted labels."""

from overparam.data.corruption import Corrupted, corrupt_labels
from overparam.data.graphs import aggregate, karate_club, normalized_adjacency, stochastic_block_model
from overparam.data.mnist import MNIST, mnist
from overparam.data.scenes import Scenes, scenes
from overparam.data.separable import Separable, separable
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
    "Corrupted",
    "Mixture",
    "Sample",
    "Scenes",
    "Separable",
    "Separation",
    "aggregate",
    "cap_mixture",
    "corrupt_labels",
    "gaussian_mixture",
    "karate_club",
    "lift",
    "mnist",
    "normalized_adjacency",
    "scenes",
    "separable",
    "separation",
    "stochastic_block_model",
    "uniform_cap",
    "uniform_sphere",
    "xor_of_balls",
]
