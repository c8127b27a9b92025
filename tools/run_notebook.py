"""Run a notebook in this process, through IPython, and store its outputs.

Run as: python tools/run_notebook.py examples/digits.ipynb [RESULT.ipynb]

No kernel is started and no socket is opened. Without RESULT the notebook itself is
written anew. Needs IPython: `pip install ipython`.
"""

import argparse
import base64
import json
import os
import sys
import tempfile
from pathlib import Path


def make_shell():
    """Make the shell that runs cells; displays in it work as in a notebook."""
    from IPython.core.displayhook import DisplayHook
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Results(DisplayHook):
        """Keeps the value of a cell's last line in place of printing it."""

        def start_displayhook(self):
            pass

        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            self.shell.last_value = format_dict

        def finish_displayhook(self):
            pass

    class Shell(InteractiveShell):
        displayhook_class = Results
        last_value = None

    os.environ["IPYTHONDIR"] = tempfile.mkdtemp()
    settings = Config()
    settings.HistoryManager.enabled = False
    # By this name libraries know that what they display is a notebook.
    settings.IPKernelApp.parent_appname = "kerasish"
    shell = Shell.instance(config=settings)
    for formatter in shell.display_formatter.formatters.values():
        formatter.enabled = True
    return shell


def _data(bundle):
    """Returns displayed data as notebooks hold it: text as lines, pictures as text."""
    return {
        kind: base64.b64encode(value).decode()
        if isinstance(value, bytes)
        else value.splitlines(keepends=True)
        for kind, value in bundle.items()
    }


def run_cell(shell, source, number):
    """Run one cell.

    Args:
        shell: The shell.
        source: Its code.
        number: Its number among the code cells.

    Returns:
        The outputs in the form that a notebook holds them.

    Raises:
        SystemExit: If the code fails.
    """
    from IPython.utils.capture import capture_output

    shell.last_value = None
    with capture_output() as captured:
        result = shell.run_cell(source, store_history=True)
    if not result.success:
        sys.stderr.write(captured.stdout + captured.stderr)
        raise SystemExit(f"Cell {number} failed: {result.error_in_exec!r}")
    outputs = []
    if captured.stdout:
        lines = captured.stdout.splitlines(keepends=True)
        outputs.append({"name": "stdout", "output_type": "stream", "text": lines})
    by_name = {}
    for rich in captured.outputs:
        data, name = _data(rich.data), (rich.transient or {}).get("display_id")
        if rich.update:
            by_name[name]["data"] = data
            continue
        output = {"data": data, "metadata": {}, "output_type": "display_data"}
        by_name[name] = output
        outputs.append(output)
    if shell.last_value is not None:
        output = {"data": _data(shell.last_value), "metadata": {}}
        output.update(output_type="execute_result", execution_count=number)
        outputs.append(output)
    return outputs


def run_notebook(notebook):
    """Run all code cells and put their outputs into the notebook.

    Args:
        notebook: The notebook as its JSON is read.
    """
    shell = make_shell()
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    for number, cell in enumerate(code, start=1):
        cell["outputs"] = run_cell(shell, "".join(cell["source"]), number)
        cell["execution_count"] = number


def main():
    """Read, run and write the notebook."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("result", type=Path, nargs="?")
    arguments = parser.parse_args()
    notebook = json.loads(arguments.notebook.read_text(encoding="utf-8"))
    run_notebook(notebook)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True)
    target = arguments.result or arguments.notebook
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
