"""Networks: what they compute and how their gradients look; how they are trained is the next floor's business."""

from overparam.networks.cardinality import constrain
from overparam.networks.deep import Deep, deep
from overparam.networks.leaky import LeakyPairs
from overparam.networks.linear_gnn import LinearGraph, linear_graph
from overparam.networks.sets import DeepSet, GraphPool, MessagePassing, OrderSensitive, SceneGraph, perceptron
from overparam.networks.two_layer import PseudoNetwork, TwoLayer

__all__ = [
    "Deep",
    "DeepSet",
    "GraphPool",
    "LeakyPairs",
    "LinearGraph",
    "MessagePassing",
    "OrderSensitive",
    "PseudoNetwork",
    "SceneGraph",
    "TwoLayer",
    "constrain",
    "deep",
    "linear_graph",
    "perceptron",
]
