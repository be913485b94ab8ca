"""Networks: what they compute and how their gradients look; how they are trained is the next floor's business."""

from overparam.networks.deep import Deep, deep
from overparam.networks.two_layer import PseudoNetwork, TwoLayer

__all__ = ["Deep", "PseudoNetwork", "TwoLayer", "deep"]
