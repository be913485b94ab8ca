"""Networks: what they compute and how their gradients look; how they are trained is the next floor's business."""

from overparam.networks.two_layer import PseudoNetwork, TwoLayer

__all__ = ["PseudoNetwork", "TwoLayer"]
