"""The library behind Overparameterized: data, theory, networks, training and the claims of its pages.

Import what you need from the modules: `overparam.data`, `overparam.theory`, `overparam.networks`, `overparam.train`,
`overparam.measure`, `overparam.results`, `overparam.claims`, `overparam.explore`, `overparam.figures`.
"""

from importlib.metadata import version

__version__ = version("overparam")
