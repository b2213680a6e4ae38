"""What the program is run on: files, and the command lines that are run on them in order, in one folder."""

import pathlib
import shutil
from dataclasses import dataclass

# The memory is named because what a run may take otherwise depends on what the machine has free.
MEMORY = "--memory 64M"


def standard(memory=MEMORY, more=""):
    """The command lines that are run on every model; `more` are further options of the checks."""
    check = f"{memory} {more}".strip()
    return [
        "model.onnx -o fused.onnx --report fused.json",
        "model.onnx -o external.onnx --external-data -q",
        "inspect model.onnx",
        "inspect model.onnx --json",
        "model.onnx --dry-run -v",
        f"check model.onnx fused.onnx {check}",
        f"check model.onnx fused.onnx --json {check}",
        f"model.onnx -o checked.onnx --check --report checked.json --report checked.md --report checked.html {check}",
    ]


@dataclass
class Input:
    """Named files, each as bytes or as the path of a file to copy, and command lines without the command."""

    name: str
    files: dict
    lines: list

    def place(self, folder):
        for name, content in self.files.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, bytes):
                path.write_bytes(content)
            else:
                shutil.copyfile(content, path)


def model(name, content, options=(), **limits):
    """One model, with options that every command line but those of `check` takes."""
    added = " ".join(options)
    lines = [line if line.startswith("check ") else f"{line} {added}".strip() for line in standard(**limits)]
    return Input(name, {"model.onnx": content}, lines)
