"""neural-tangents in an environment of its own, made on the first call, and a process there that is timed from here."""

import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = HERE.parent / "_build" / "peers"
PINS = HERE / "peers.txt"


def python() -> Path:
    """The interpreter of the peers' environment, which is made where it is missing or its pins have changed."""
    interpreter, ready = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "pins.txt"
    if not ready.exists() or ready.read_text() != PINS.read_text():
        print("Making the peers' environment: some 700 MB to download.", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "--quiet", "--requirement", PINS], check=True)
        ready.write_text(PINS.read_text())
    return interpreter


def versions() -> dict[str, str]:
    """Package and version, as pinned."""
    lines = [line for line in PINS.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("==") for line in lines)


class Peer:
    """A process in the peers' environment; `time` runs one task there and says how long it took."""

    def __init__(self, dtype: str):
        command = [python(), HERE / "neural_tangents_server.py", dtype]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def time(self, task: str, **arguments) -> float:
        """Seconds of one run of `task`; its data are prepared and compiled in the first call with these arguments."""
        self.process.stdin.write(json.dumps({"task": task, **arguments}) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["seconds"]

    def __enter__(self) -> "Peer":
        return self

    def __exit__(self, *_) -> None:
        self.process.stdin.close()
        self.process.wait()
