"""What every result file says about its making."""

import datetime
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path


def machine() -> str:
    """The processor's name and the number of cores."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").exists():
        names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
        name = names[0].split(":")[1].strip() if names else name
    return f"{name}, {os.cpu_count()} cores, {platform.system()}"


def provenance(command: str, **setting) -> str:
    """Command, setting, machine, versions and date as one JSON text."""
    versions = {name: version(name) for name in ("overparam", "numpy", "scipy", "torch")}
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return json.dumps({"command": command, **setting, "machine": machine(), "versions": versions, "date": today})
