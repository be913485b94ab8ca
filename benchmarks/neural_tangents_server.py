"""Runs in the peers' environment: reads tasks as JSON lines, answers with seconds; first runs compile."""

import functools
import json
import os
import sys
import time

stdout, sys.stdout = sys.stdout, sys.stderr  # what libraries print must not mix with the answers

import jax  # noqa: E402

jax.config.update("jax_enable_x64", sys.argv[1] == "float64")

import jax.numpy as jnp  # noqa: E402
import neural_tangents as nt  # noqa: E402
import numpy as np  # noqa: E402
from neural_tangents import stax  # noqa: E402


def dense(m, std):
    return stax.Dense(m, W_std=std, b_std=None)


def layers(depth, m, c=1):
    """He scaling behind the first layer; inputs times √d make the first one that of the book."""
    hidden = [layer for std in [1.0] + [2**0.5] * (depth - 1) for layer in (dense(m, std), stax.Relu())]
    return stax.serial(*hidden, dense(c, 2**0.5))


def points(path):
    X = np.load(path)["X"].astype(sys.argv[1])
    return jnp.asarray(X * np.sqrt(X.shape[1]).astype(X.dtype))


@functools.cache
def infinite(data, depth):
    _, _, kernel_fn = layers(depth, 1)
    kernel, X = jax.jit(functools.partial(kernel_fn, get="ntk")), points(data)
    return lambda: kernel(X)


@functools.cache
def finite(data, depth, m, implementation):
    init_fn, apply_fn, _ = layers(depth, m)
    X = points(data)
    _, params = init_fn(jax.random.PRNGKey(0), X.shape)
    shapes, tree = jax.tree_util.tree_flatten(params)
    file = np.load(data)
    leaves = [jnp.asarray(file[f"W{i}"].T.astype(sys.argv[1])) for i in range(depth + 1)]
    assert [leaf.shape for leaf in leaves] == [leaf.shape for leaf in shapes]
    params = jax.tree_util.tree_unflatten(tree, leaves)
    implementation = getattr(nt.NtkImplementation, implementation)
    kernel = jax.jit(nt.empirical_ntk_fn(apply_fn, trace_axes=(-1,), vmap_axes=0, implementation=implementation))
    return lambda: kernel(X, None, params)


@functools.cache
def matmul(size):
    A, product = jnp.ones((size, size), sys.argv[1]), jax.jit(jnp.matmul)
    return lambda: product(A, A)


for line in sys.stdin:
    task = json.loads(line)
    out = task.pop("out", None)
    try:
        call = {"infinite": infinite, "finite": finite, "matmul": matmul}[task.pop("task")](**task)
        start = time.perf_counter()
        result = call().block_until_ready()
        answer = {"seconds": time.perf_counter() - start}
        if out:
            np.save(out, np.asarray(result))
    except Exception as error:
        answer = {"error": repr(error)}
    print(json.dumps(answer), file=stdout, flush=True)
os._exit(0)
