"""Networks: what they compute and how their gradients look; how they are trained is the next floor's business."""

from overparam.networks.deep import Deep, deep
from overparam.networks.leaky import LeakyPairs
from overparam.networks.linear_gnn import LinearGraph, linear_graph
from overparam.networks.two_layer import PseudoNetwork, TwoLayer

__all__ = ["Deep", "LeakyPairs", "LinearGraph", "PseudoNetwork", "TwoLayer", "deep", "linear_graph"]
