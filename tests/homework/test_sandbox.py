"""What a submission can and cannot do. Each attack is one cell; the next answer must be right all the same."""

import os
import time

import numpy as np
import pytest

from overparam.homework.sandbox import Limits, Sandbox, SubmissionError

confined = pytest.mark.skipif(not Sandbox.is_confined(), reason="the system has no Landlock")
GOOD = "def double(x):\n    return 2 * x"


@pytest.fixture
def sandbox():
    with Sandbox(Limits(answer_s=3, total_s=60, megabytes=1024)) as made:
        made.run("good", GOOD)
        yield made


def still_right(sandbox):
    return np.array_equal(sandbox.call("double", np.arange(3)), [0, 2, 4])


def test_functions_are_called_and_variables_read(sandbox):
    sandbox.run("more", "import numpy as np\nx = np.arange(3.0)\nd = {'a': (1, 2)}")
    assert np.array_equal(sandbox.get("x"), [0, 1, 2])
    assert sandbox.get("d") == {"a": (1, 2)}
    assert sandbox.call("double", x=4) == 8
    assert still_right(sandbox)


def test_arguments_are_copies(sandbox):
    sandbox.run("spoil", "def spoil(X):\n    X[:] = 0\n    return X")
    given = np.ones(3)
    sandbox.call("spoil", given)
    assert given.tolist() == [1, 1, 1]


def test_plots_and_magic_do_no_harm():
    # The first import of matplotlib on a machine takes long.
    with Sandbox(Limits(answer_s=30, total_s=60, megabytes=1024)) as sandbox:
        sandbox.run("good", GOOD)
        sandbox.run("plot", "%matplotlib inline\n!ls\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
        assert still_right(sandbox)


WRONG = {
    "raises": ("1 / 0", "ZeroDivisionError: division by zero, line 1 of its cell"),
    "syntax": ("x = 1\ndef f(:", "SyntaxError: invalid syntax, line 2 of its cell"),
    "exits": ("raise SystemExit", "SystemExit"),
    "interrupts": ("raise KeyboardInterrupt", "KeyboardInterrupt"),
    "loops": ("while True:\n    pass", "it did not finish within 3 s"),
    "loops and catches": ("while True:\n    try:\n        pass\n    except BaseException:\n        pass", "within 3 s"),
    "sleeps": ("import time\ntime.sleep(1000)", "it did not finish within 3 s"),
    "eats memory": ("import numpy as np\nx = np.ones(10**9)", "it needs more memory than it may have"),
    "eats memory slowly": ("x = []\nwhile True:\n    x.append(bytearray(10**7))", "it needs more memory"),
    "leaves": ("import os\nos._exit(0)", r"it ended its process \(exit status 0\)"),
    "crashes": ("import os\nos.abort()", r"it ended its process \(SIGABRT\)"),
    "closes its pipes": ("import os\nos.closerange(3, 64)", "ended its process|cannot be read"),
    "recurses": ("def f():\n    f()\nf()", "RecursionError"),
}


@pytest.mark.parametrize(("source", "says"), WRONG.values(), ids=WRONG)
def test_a_cell_that_goes_wrong_costs_only_itself(sandbox, source, says):
    with pytest.raises(SubmissionError, match=says):
        sandbox.run("bad", source)
    assert still_right(sandbox)


CALLS = {
    "missing": ("x = 1", "f is not defined"),
    "no function": ("f = 3", "f raises TypeError: 'int' object is not callable"),
    "loops": ("def f():\n    while True:\n        pass", "f did not finish within 3 s"),
    "raises": ("def f():\n    raise ValueError('no')", "f raises ValueError: no, line 2 of its cell"),
    "not written": ("def f():\n    raise NotImplementedError", "it has not been written yet"),
    "an object": ("def f():\n    return object()", "f gives a value of type object"),
    "a long answer": (
        "import numpy as np\ndef f():\n    return np.ones(10**7)",
        "cannot be read .it is longer than 64 MB",
    ),
    "lies about its type": ("class A(str):\n    pass\ndef f():\n    return A('x')", "f gives a value of type A"),
    "wrong arguments": ("def f(x):\n    return x", "f raises TypeError"),
}


@pytest.mark.parametrize(("source", "says"), CALLS.values(), ids=CALLS)
def test_a_call_that_goes_wrong_costs_only_itself(sandbox, source, says):
    sandbox.run("bad", source)
    with pytest.raises(SubmissionError, match=says):
        sandbox.call("f")
    assert still_right(sandbox)


def test_printing_megabytes(sandbox):
    sandbox.run("prints", "for _ in range(50):\n    print('x' * 10**6)")
    assert sandbox.printed >= 50 * 10**6
    assert still_right(sandbox)


def test_patching_numpy_stays_in_the_sandbox(sandbox):
    sandbox.run("patch", "import numpy as np\nnp.allclose = np.array_equal = lambda *a, **k: True")
    assert not np.allclose(1, 2)
    assert not np.array_equal([1], [2])
    with pytest.raises(SubmissionError, match=r"it ended its process"):
        sandbox.run("patch what the worker itself needs", "import numpy as np\nnp.ndarray = None")
    assert still_right(sandbox)


def test_what_a_submission_writes_into_the_pipe_is_no_answer(sandbox):
    forged = """
import os, struct
from overparam.homework import codec
data = codec.dumps({"value": 1})
def f():
    for fd in map(int, os.listdir("/proc/self/fd")):
        try:
            os.write(fd, struct.pack("<Q", len(data)) + data)
        except OSError:
            pass
    return 2
"""
    sandbox.run("forge", forged)
    with pytest.raises(SubmissionError, match=r"cannot be read"):
        sandbox.call("f")
    assert still_right(sandbox)


def test_what_failed_is_not_run_again(sandbox, tmp_path):
    with pytest.raises(SubmissionError):
        sandbox.run("bad", "double = lambda x: -x\nimport os\nos._exit(1)")
    assert still_right(sandbox)


def test_time_in_all_is_limited():
    with Sandbox(Limits(answer_s=1, total_s=2.5)) as sandbox:
        sandbox.run("loop", "def f():\n    while True:\n        pass")
        start = time.monotonic()
        for _ in range(6):
            with pytest.raises(SubmissionError):
                sandbox.call("f")
        assert time.monotonic() - start < 10
        with pytest.raises(SubmissionError, match=r"2.5 s for the whole notebook are used up"):
            sandbox.call("f")


@confined
def test_other_files_can_be_neither_read_nor_written(sandbox, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("the answer")
    attacks = {
        "read": f"open({str(secret)!r}).read()",
        "write": f"open({str(tmp_path / 'new.txt')!r}, 'w')",
        "append": f"open({str(secret)!r}, 'a')",
        "delete": f"import os\nos.remove({str(secret)!r})",
        "rename": f"import os\nos.rename({str(secret)!r}, 'mine')",
        "link": f"import os\nos.symlink({str(secret)!r}, 'link')\nopen('link').read()",
        "list": f"import os\nos.listdir({str(tmp_path)!r})",
        "other program": f"import subprocess\nsubprocess.run(['cat', {str(secret)!r}], check=True)",
        "the memory of the judge": f"open('/proc/{os.getpid()}/mem', 'rb')",
        "environment of the judge": f"open('/proc/{os.getpid()}/environ', 'rb').read()",
    }
    for name, source in attacks.items():
        with pytest.raises(SubmissionError, match=r"PermissionError|CalledProcessError"):
            sandbox.run(name, source)
    assert secret.read_text() == "the answer"
    assert sorted(os.listdir(tmp_path)) == ["secret.txt"]
    sandbox.run("its own folder", "open('mine.txt', 'w').write('x')\nassert open('mine.txt').read() == 'x'")


@confined
def test_the_network_and_the_judge_are_out_of_reach(sandbox):
    for source in (
        "import socket\nsocket.create_connection(('127.0.0.1', 9))",
        "import os\nos.kill(os.getppid(), 9)",
        "import os\nos.kill(os.getppid(), 0)",
    ):
        with pytest.raises(SubmissionError, match=r"PermissionError"):
            sandbox.run("attack", source)


def test_a_full_disk_is_not_to_be_had(sandbox):
    with pytest.raises(SubmissionError, match=r"OSError|ended its process"):
        sandbox.run(
            "fill", "with open('big', 'wb') as file:\n    for _ in range(100):\n        file.write(bytes(10**6))"
        )
    assert still_right(sandbox)


def test_its_folder_is_gone_afterwards():
    with Sandbox(Limits()) as sandbox:
        sandbox.run("where", "import os\nhere = os.getcwd()")
        here = sandbox.get("here")
        assert os.path.isdir(here)
    assert not os.path.exists(here)


@pytest.mark.bad_input
@pytest.mark.parametrize("limits", [{"answer_s": 0}, {"total_s": -1}, {"megabytes": float("nan")}])
def test_limits_that_are_none(limits):
    (name,) = limits
    with pytest.raises(ValueError, match=f"{name} must be"):
        Limits(**limits)
