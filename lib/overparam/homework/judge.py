"""What a submission is worth: the checks of the master run here, on what its functions answer from afar."""

import contextlib
import re
from dataclasses import dataclass, field

from nbformat import NotebookNode

from overparam.homework.notebooks import Check, Sheet
from overparam.homework.sandbox import Limits, Sandbox, SubmissionError
from overparam.homework.variant import Variant


@dataclass
class Verdict:
    """The outcome: for each check, by its id, "" where it passed and else why not; and remarks on the whole.

    `values` has, for checks that ask for variables, what these are: whoever marks an interpretation has to see them.
    """

    checks: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)


def judge(master: NotebookNode, submission: NotebookNode, variant: Variant, limits: Limits) -> Verdict:
    """Run `submission` in a sandbox and the checks of `master` here.

    The checks see no object of the submission. A function that the master's solution defines is replaced by one that
    sends its arguments to the sandbox and returns what comes back; a variable by its value. A check that fails is tried
    once more with the master's answers in the place of all that it is not about, so that a mistake costs once.
    """
    sheet = Sheet(master)
    verdict = Verdict()
    answers, remarks = sheet.answers(submission, variant.seed)
    verdict.remarks += remarks
    base = _base(sheet, variant)
    with Sandbox(limits) as sandbox:
        for name, source in answers:
            try:
                sandbox.run(name, source)
            except SubmissionError as error:
                verdict.remarks.append(f"{name}: {error}")
        for check in sheet.checks:
            verdict.checks[check.id] = _failure(check, sheet, sandbox, dict(base))
            if values := _values(sorted(check.names & sheet.variables), sandbox):
                verdict.values[check.id] = values
        if sandbox.printed > 1 << 20:
            verdict.remarks.append(f"the notebook printed {sandbox.printed / 1e6:.0f} MB, which were thrown away")
    for check in sheet.checks[1:]:
        if verdict.checks[check.id] and _passes_alone(check, sheet, answers, limits, dict(base)):
            verdict.checks[check.id] = ""
            verdict.remarks.append(f"{check.id}: passed with our answers in the place of the others")
    return verdict


def _base(sheet: Sheet, variant: Variant) -> dict[str, object]:
    """What every check starts from."""
    namespace: dict[str, object] = {"__name__": "judge"}
    for source in sheet.prepared(variant.seed):
        exec(source, namespace)
    return namespace | {"variant": variant}


def _passes_alone(check: Check, sheet: Sheet, answers: list, limits: Limits, namespace: dict) -> bool:
    # The submission stands beside the master's answers here, so that nothing it says may reach its author.
    preparation = [answer for answer in answers if answer[0] == "preparation"]
    others = [answer for answer in answers if answer[0] != "preparation"]
    with Sandbox(limits) as sandbox:
        for name, source in preparation + sheet.followed_through(check, others):
            with contextlib.suppress(SubmissionError):
                sandbox.run(name, source)
        return not _failure(check, sheet, sandbox, namespace)


def _failure(check: Check, sheet: Sheet, sandbox: Sandbox, namespace: dict) -> str:
    """Why a check fails, without a line of it; "" where it passes."""
    try:
        for name in check.names & sheet.functions:
            namespace[name] = _Remote(name, sandbox)
        for name in check.names & sheet.variables:
            namespace[name] = sandbox.get(name)
        exec(check.code, namespace)
    except AssertionError as error:
        return str(error) or f"not so: {check.says}"
    except SubmissionError as error:
        return str(error)
    except Exception as error:  # what came back has a type or shape that the check cannot use
        asked = ", ".join(sorted(check.names & (sheet.functions | sheet.variables)))
        return f"what {asked} gives cannot be used ({type(error).__name__}: {_line(error)})"
    return ""


def _values(names: list[str], sandbox: Sandbox) -> str:
    lines = []
    for name in names:
        with contextlib.suppress(SubmissionError):
            lines.append(f"{name} = {sandbox.get(name)!r}"[:500])
    return "\n".join(lines)


class _Remote:
    def __init__(self, name: str, sandbox: Sandbox):
        self._name, self._sandbox = name, sandbox

    def __call__(self, *args, **kwargs):
        return self._sandbox.call(self._name, *args, **kwargs)


def _line(error: Exception) -> str:
    return re.sub(r"\s+", " ", str(error))[:200]
