"""Time and memory of `import kerasish`, beside `import numpy`.

    python benchmarks/startup.py

Each import runs in a fresh process; medians are printed, and the ratio to NumPy.
"""

import statistics
import subprocess
import sys

RUNS = 11
CODE = """
import time
start = time.perf_counter()
import {module}
wall = time.perf_counter() - start
status = open("/proc/self/status").read() if {linux} else "VmRSS: 0 kB"
print(wall, int(status.split("VmRSS:")[1].split()[0]) / 1024)
"""


def measure(module):
    """Return the median seconds and resident megabytes of importing a module."""
    code = CODE.format(module=module, linux=sys.platform == "linux")
    rows = []
    for _ in range(RUNS):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        rows.append([float(number) for number in done.stdout.split()])
    walls, sizes = zip(*rows, strict=True)
    return statistics.median(walls), statistics.median(sizes)


def main():
    names = ("numpy", "kerasish", "kerasish.layers, kerasish.models")
    results = {name: measure(name) for name in names}
    base = results["numpy"][0]
    print(f"{'import':34s} {'ms':>8s} {'MB':>8s} {'x numpy':>8s}")
    for name, (wall, size) in results.items():
        print(f"{name:34s} {1e3 * wall:8.1f} {size:8.1f} {wall / base:8.2f}")


if __name__ == "__main__":
    main()
