"""Mutation testing of the theory and the measures: do the unit tests notice one changed operator or number?

`make mutants`. The mutants are those of cosmic-ray's operators, without annotations, type aliases and the star of a
signature (nothing is computed there) and without what does not compile. Each of a seeded sample stands in a fresh copy
of the project, where the tests of its module run: it is killed when they go red or run too long. Fails where less than
NEEDED is killed. Verdicts are kept in `_build/mutants.jsonl` and hold until the module or its tests change.
"""

import argparse
import ast
import difflib
import hashlib
import importlib
import itertools
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
from tqdm import tqdm

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "_build"
NEEDED = 0.9
SECONDS, BYTES = 120, 16 << 30  # for one run of the tests: a mutant may loop for ever or ask for all memory
OPERATORS = {kind.__name__: kind() for kind in map(get_operator, operator_names()) if not kind.arguments()}
# Imported once here, so that every run of the tests is a fork that starts warm; the library itself must not be.
WARM = ("beartype", "hypothesis", "jaxtyping", "numpy", "pytest", "scipy.integrate", "scipy.special", "torch")


def is_signature(node) -> bool:
    """Whether a node stands in an annotation or a type alias, or is the star before keywords."""
    value = getattr(node, "value", None)
    if (value == "|" and node.search_ancestor("funcdef") is None) or (
        value == "*" and node.parent.type == "parameters"
    ):
        return True
    while (parent := node.parent) and parent.type != "tfpdef" and getattr(parent, "annotation", None) is not node:
        node = parent
    return parent is not None


def mutants(modules: dict[str, str], seed: int) -> Iterator[dict]:
    """All mutants of the modules (name: source) in a random order, to which a change in one module changes little."""
    order = []
    for module, source in modules.items():
        nodes = list(ast_nodes(get_ast(source)))
        for name, operator in OPERATORS.items():
            found = (node for node in nodes for _ in operator.mutation_positions(node))
            for occurrence, node in enumerate(found):
                draw = random.Random(f"{seed} {module} {name} {occurrence}").random()
                order += [] if is_signature(node) else [(draw, module, name, occurrence, node.start_pos[0])]
    for _, module, name, occurrence, line in sorted(order):
        mutated = mutate_code(modules[module], OPERATORS[name], occurrence)
        try:
            if ast.dump(ast.parse(mutated)) == ast.dump(ast.parse(modules[module])):
                continue
        except SyntaxError:
            continue
        diff = list(difflib.unified_diff(modules[module].splitlines(), mutated.splitlines(), n=0, lineterm=""))[3:]
        yield {"module": module, "line": line, "operator": name, "diff": diff, "source": mutated}


def tests_of(module: str) -> Path:
    """The unit tests of the module `floor.name`, from the root."""
    floor, name = module.split(".")
    return Path("tests", floor, f"test_{name}.py")


def verdict(module: str, source: str, root: Path = ROOT) -> str:
    """What the tests of a module say to this source: "green", "red" or "slow"."""
    with tempfile.TemporaryDirectory() as folder:
        copy, tests = Path(folder), tests_of(module)
        shutil.copytree(root / "lib", copy / "lib", ignore=shutil.ignore_patterns("__pycache__"))
        (copy / tests).parent.mkdir(parents=True)
        for file in (Path("pyproject.toml"), Path("tests/conftest.py"), tests):
            shutil.copy(root / file, copy / file)
        (copy / "lib/overparam" / module.replace(".", "/")).with_suffix(".py").write_text(source, encoding="utf-8")
        if (child := os.fork()) == 0:
            run_tests(copy, tests)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "green", -signal.SIGALRM: "slow"}.get(code, "red")


def run_tests(copy: Path, tests: Path) -> None:
    """In the child of a fork: run the tests in the copy and leave with pytest's code."""
    code = 70
    try:
        signal.alarm(SECONDS)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        os.chdir(copy)
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        sys.path.insert(0, str(copy / "lib"))
        sys.dont_write_bytecode = True
        # Plain: pytest cannot rewrite the assertions of plugins that were imported before it.
        quiet = ["-x", "-q", "--assert=plain", "-pno:cacheprovider", "-pno:xdist"]
        code = int(importlib.import_module("pytest").main([*quiet, str(tests)]))
    finally:
        os._exit(code)


def judge(mutant: dict) -> tuple[str, str]:
    return mutant["key"], verdict(mutant["module"], mutant["source"])


def report(results: list[dict]) -> int:
    """Print the survivors and the score, write them to `_build/mutants.json`; 1 where too few are killed."""
    survivors = [result for result in results if result["verdict"] == "green"]
    for result in survivors:
        print(f"\n{result['module']}:{result['line']} survived {result['operator']}", *result["diff"], sep="\n")
    total, left = (Counter(result["module"] for result in group) for group in (results, survivors))
    print(
        "\n" + "\n".join(f"{count - left[name]:4} of {count:4} killed  {name}" for name, count in sorted(total.items()))
    )
    score = 1 - len(survivors) / len(results)
    print(f"{len(results) - len(survivors):4} of {len(results):4} killed: {score:.1%}, at least {NEEDED:.0%} needed")
    content = {"score": score, "mutants": len(results), "survivors": survivors}
    (BUILD / "mutants.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
    return int(score < NEEDED)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--sample", type=int, default=320, help="how many mutants to draw over all modules")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", help="run only this module's part of the sample, such as theory.kernels")
    options = parser.parse_args()

    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = "1"
    for name in WARM:
        importlib.import_module(name)

    files = sorted(path for floor in ("theory", "measure") for path in (ROOT / "lib/overparam" / floor).glob("*.py"))
    modules = {f"{path.parent.name}.{path.stem}": path.read_text(encoding="utf-8") for path in files}
    sample = list(itertools.islice(mutants(modules, options.seed), options.sample))
    sample = [mutant for mutant in sample if options.only in (None, mutant["module"])]
    for mutant in sample:
        tests = (ROOT / tests_of(mutant["module"])).read_text(encoding="utf-8")
        mutant["key"] = hashlib.sha256((mutant["source"] + tests).encode()).hexdigest()
    journal = BUILD / "mutants.jsonl"
    journal.parent.mkdir(exist_ok=True)
    journal.touch()
    known = dict(map(json.loads, journal.read_text(encoding="utf-8").splitlines()))
    todo = [mutant for mutant in sample if mutant["key"] not in known]

    with multiprocessing.get_context("fork").Pool(options.jobs) as pool, journal.open("a", encoding="utf-8") as lines:
        used = sorted({mutant["module"] for mutant in todo})
        for module, colour in zip(used, pool.starmap(verdict, ((name, modules[name]) for name in used)), strict=True):
            if colour != "green":
                sys.exit(f"{tests_of(module)} is {colour} without any mutant: mend that first")
        for result in tqdm(pool.imap_unordered(judge, todo), total=len(todo), disable=None):
            print(json.dumps(result), file=lines, flush=True)
            known.update([result])
    keys = ("module", "line", "operator", "diff")
    return report([{key: mutant[key] for key in keys} | {"verdict": known[mutant["key"]]} for mutant in sample])


if __name__ == "__main__":
    sys.exit(main())
