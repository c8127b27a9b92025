"""Pages about the public names, made of their docstrings while mkdocs builds.

`mkdocs build --strict` calls `on_files`; `python tools/api_pages.py FOLDER` writes the
pages into a folder.
"""

import importlib
import inspect
import re
import sys
from pathlib import Path

NAMESPACES = {
    "": "Top level",
    "activations": "Activations",
    "backend": "Functions of Keras 2 (K)",
    "callbacks": "Callbacks",
    "config": "Settings",
    "constraints": "Constraints",
    "datasets": "Data sets",
    "dtype_policies": "Dtype policies",
    "initializers": "Initializers",
    "layers": "Layers",
    "losses": "Losses",
    "metrics": "Metrics",
    "models": "Models",
    "ops": "Ops",
    "optimizers": "Optimizers",
    "optimizers.schedules": "Schedules of learning rates",
    "random": "Random numbers",
    "regularizers": "Regularizers",
    "saving": "Saving",
    "tree": "Structures",
    "utils": "Utilities",
    "visualization": "Visualization",
    "wrappers": "scikit-learn",
}
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields|Example|Examples):$")
_ENTRY = re.compile(r"(\*{0,2}[\w.]+(?:, [\w.]+)*): (.*)")


def _lines_of_section(lines):
    """The lines of a section without their indent; `None` where the next begins."""
    body = []
    for line in lines:
        if _SECTION.match(line):
            break
        body.append(line[4:] if line.startswith("    ") else line)
    return body


def _entries(body):
    """A list of `name: text` entries; lines that go on are joined."""
    found = []
    for line in body:
        match = _ENTRY.match(line)
        if match:
            found.append([match[1], match[2]])
        elif line.strip() and found:
            found[-1][1] += " " + line.strip()
    return [f"* `{name}`: {text}" for name, text in found]


def _example(body):
    """Text with the lines of a session as code."""
    found, inside = [], False
    for line in body:
        if line.startswith(">>>") and not inside:
            found.append("```pycon")
            inside = True
        elif inside and not line.strip():
            found.append("```")
            inside = False
        found.append(line)
    return [*found, "```"] if inside else found


def markdown(docstring):
    """Turn a docstring into Markdown.

    Args:
        docstring: In the style of Google, without indent.
    """
    lines = docstring.splitlines()
    parts, place = [], 0
    while place < len(lines):
        section = _SECTION.match(lines[place])
        if not section:
            parts.append(lines[place])
            place += 1
            continue
        title = section[1]
        body = _lines_of_section(lines[place + 1 :])
        place += 1 + len(body)
        if title.startswith("Example"):
            parts += ["", "**Example**", "", *_example(body), ""]
        elif title in ("Args", "Attributes", "Raises"):
            parts += ["", f"**{title}**", "", *_entries(body), ""]
        else:
            text = " ".join(line.strip() for line in body)
            parts += ["", f"**{title}** {text.strip()}", ""]
    return "\n".join(parts).strip()


def _signature(value):
    try:
        text = str(inspect.signature(value))
    except (TypeError, ValueError):
        return ""
    # Where an object lies in memory says nothing.
    return re.sub(r" at 0x[0-9a-f]+", "", text)


def _described(name, value):
    parts = [f"## {name}", "", f"```python\n{name}{_signature(value)}\n```", ""]
    parts += [markdown(inspect.getdoc(value) or ""), ""]
    if inspect.isclass(value):
        for inner, member in vars(value).items():
            shown = inspect.isfunction(member) and not inner.startswith("_")
            if (
                shown
                and member.__doc__
                and inner not in ("call", "build", "get_config")
            ):
                first = inspect.getdoc(member).split("\n\n")[0].replace("\n", " ")
                parts.append(f"* `{inner}{_signature(member)}`: {first}")
        parts.append("")
    return "\n".join(parts)


def public_names(module):
    """Return the classes and functions that a namespace hands on, sorted."""
    own = [n for n, v in vars(module).items() if inspect.getmodule(v) is module]
    names = getattr(module, "__all__", own)
    shown = [n for n in names if callable(getattr(module, n)) and n[0] != "_"]
    return sorted(shown, key=str.lower)


def api_page(namespace):
    """Return the page about a namespace.

    Args:
        namespace: Its name below `kerasish`.
    """
    full = f"kerasish.{namespace}".rstrip(".")
    module = importlib.import_module(full)
    parts = [f"# {NAMESPACES[namespace]}: `{full}`", "", module.__doc__ or "", ""]
    homes = {}
    for name in public_names(module):
        value = getattr(module, name)
        if id(value) in homes:
            parts += [f"## {name}", "", f"Another name of `{homes[id(value)]}`.", ""]
            continue
        homes[id(value)] = name
        parts.append(_described(name, value))
    return "\n".join(parts)


def pages():
    """Return all pages: file name -> text."""
    listed = [
        f"* [{title}]({_file(namespace)}): `kerasish.{namespace}`".replace(".`", "`")
        for namespace, title in NAMESPACES.items()
    ]
    index = ["# The public names", "", *listed, ""]
    found = {_file(namespace): api_page(namespace) for namespace in NAMESPACES}
    return {"index.md": "\n".join(index), **found}


def _file(namespace):
    return f"{namespace.replace('.', '_') or 'kerasish'}.md"


def on_files(files, config):
    """Adds the pages to what mkdocs builds.

    Args:
        files: The files of the site.
        config: The settings.
    """
    from mkdocs.structure.files import File

    sys.path.insert(0, str(Path(config["config_file_path"]).parent))
    for name, text in pages().items():
        files.append(File.generated(config, f"api/{name}", content=text))
    return files


def main():
    """Write the pages into a folder."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
