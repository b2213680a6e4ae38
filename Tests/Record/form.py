"""The record as text: each input with its files, then its command lines, those that did the same together.

    == conv_bn
    file model.onnx, 994 bytes, #2b747a565fd76fb3

    $ bnfuse model.onnx --dry-run
    exit 0
    | norms     1
"""


def rendered(inputs):
    """`inputs` has, by the name of the input and the command line, the lines that tell what the command did."""
    blocks = []
    for name, runs in inputs.items():
        alike = {}
        for line, told in runs.items():
            alike.setdefault(tuple(told), []).append(line)
        for told, lines in alike.items():
            head = [f"== {name}"] if lines[0] == "" else []
            blocks.append([*head, *(f"$ {line}" for line in lines if line), *told])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def parsed(text):
    found = {}
    for block in text.rstrip("\n").split("\n\n"):
        lines = block.split("\n")
        if lines[0].startswith("== "):
            runs = found[lines[0][3:]] = {"": lines[1:]}
        else:
            told = [line for line in lines if not line.startswith("$ ")]
            runs |= {line[2:]: told for line in lines if line.startswith("$ ")}
    return found
