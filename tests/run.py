"""Run every check of the book one after the other, go on past failures, and close with a summary: `make test`.

A check is a command. The two pytest runs write their results to `_build/reports`, from which the summary takes the
number of tests and the time of each notebook.
"""

import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
REPORTS = ROOT / "_build" / "reports"
STUDENT_VERSIONS = sorted(path.relative_to(ROOT) for path in ROOT.glob("book/homework/*.ipynb"))
# The pages and the masters of the homework; the student versions have nothing that would run.
NOTEBOOKS = sorted(
    path.relative_to(ROOT)
    for pattern in ("book/*.ipynb", "book/*/*.ipynb", "book/homework/source/*/*.ipynb")
    for path in ROOT.glob(pattern)
    if path.parent.name != "homework"
)

# Seconds a notebook may take from a cold kernel: past the first it is reported, past the second it fails.
SLOW, TOO_SLOW = 60, 180

PYTEST = [BIN / "pytest", "-n", "2"]
CHECKS = {
    "lint": [BIN / "ruff", "check", "."],
    "format": [BIN / "ruff", "format", "--check", "."],
    "no outputs": [BIN / "nbstripout", "--verify", *NOTEBOOKS, *STUDENT_VERSIONS],
    "unit tests": [*PYTEST, "--dist", "loadfile", f"--junitxml={REPORTS / 'unit.xml'}", "tests"],
    "notebooks": [
        *PYTEST,
        # The cells of one notebook share a kernel, so they stay on one worker.
        *("--dist", "loadscope", "--nbval-lax", "--nbval-current-env", f"--nbval-cell-timeout={TOO_SLOW}"),
        f"--junitxml={REPORTS / 'notebooks.xml'}",
        *NOTEBOOKS,
    ],
}


def counts(report: Path) -> Counter:
    """How many tests of a pytest report passed, failed and were skipped."""
    total = Counter()
    for suite in ET.parse(report).getroot().iter("testsuite"):
        tests, skipped = int(suite.get("tests")), int(suite.get("skipped"))
        failed = int(suite.get("failures")) + int(suite.get("errors"))
        total.update(passed=tests - failed - skipped, failed=failed, skipped=skipped)
    return total


def seconds_by_notebook(report: Path) -> Counter:
    """The time of each notebook: of its cells and of the start of its kernel."""
    total = Counter()
    for case in ET.parse(report).getroot().iter("testcase"):
        # nbval writes a path with dots for its slashes.
        total[case.get("classname").removesuffix(".ipynb").replace(".", "/")] += float(case.get("time"))
    return total


def main() -> int:
    """Run the checks; 0 where all passed."""
    if not NOTEBOOKS:
        sys.exit("no notebook found in book/*/")
    REPORTS.mkdir(parents=True, exist_ok=True)
    for report in REPORTS.glob("*.xml"):
        report.unlink()

    results = {}
    for name, command in CHECKS.items():
        print(f"\n== {name}", flush=True)
        start = time.monotonic()
        failed = subprocess.run(command, cwd=ROOT).returncode != 0
        results[name] = ("FAILED" if failed else "ok", time.monotonic() - start)

    total = Counter(passed=0, failed=0, skipped=0)
    for report in REPORTS.glob("*.xml"):
        total += counts(report)

    print("\n== notebooks, slowest first")
    report = REPORTS / "notebooks.xml"
    for notebook, seconds in seconds_by_notebook(report).most_common() if report.exists() else ():
        remark = "too slow" if seconds > TOO_SLOW else "slow" if seconds > SLOW else ""
        print(f"{seconds:7.1f} s  {notebook}  {remark}".rstrip())
        if seconds > TOO_SLOW:
            results[f"time of {notebook}"] = ("FAILED", seconds)

    print("\n== summary")
    for name, (outcome, seconds) in results.items():
        print(f"{seconds:7.1f} s  {name}: {outcome}")
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return int(any(outcome == "FAILED" for outcome, _ in results.values()))


if __name__ == "__main__":
    sys.exit(main())
