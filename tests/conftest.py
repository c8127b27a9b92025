"""Settings of all tests, and the list of what was skipped."""

import os
import signal

# Shells start jobs in the background with Ctrl-C ignored, and children inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Before any test module imports the package: check every pass over every graph.
os.environ.setdefault("KERASISH_CHECK", "1")


def _reason(report) -> str:
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr)


def pytest_collection_modifyitems(config, items):
    """Leaves out what needs a GPU unless somebody asks for it."""
    if "gpu" not in config.option.markexpr:
        wanted = [item for item in items if not item.get_closest_marker("gpu")]
        rest = [item for item in items if item.get_closest_marker("gpu")]
        config.hook.pytest_deselected(items=rest)
        items[:] = wanted


def pytest_terminal_summary(terminalreporter, config):
    """Ends the output with the skipped and deselected tests, and why."""
    terminalreporter.section("skipped")
    skipped: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        skipped.setdefault(_reason(report), []).append(report.nodeid)
    for reason, names in sorted(skipped.items()):
        terminalreporter.write_line(f"{len(names)} skipped: {reason}")
        for name in names[:20]:
            terminalreporter.write_line(f"    {name}")
        if len(names) > 20:
            terminalreporter.write_line(f"    and {len(names) - 20} more")
    deselected = len(terminalreporter.stats.get("deselected", []))
    if deselected:
        expression = config.option.markexpr
        terminalreporter.write_line(
            f"{deselected} left out by -m {expression!r}; all: -m 'slow or not slow'"
        )
    if not skipped and not deselected:
        terminalreporter.write_line("nothing")
