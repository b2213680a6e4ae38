"""The rules of the architecture that a compiler does not enforce: who imports whom, and where unsafe code may be.

Run by `make check` with any Python 3; prints each breach and exits with 1 if there is one.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
C_LIBRARY = {"Glibc", "Darwin"}

# The arrows: what each target may import. Whatever is not here imports nothing.
MAY_IMPORT = {
    "ProtobufIO": {"CProtobufC", "CSystemShims", "Dispatch", "Synchronization"} | C_LIBRARY,
    "Tensors": {"CSystemShims", "Dispatch", "Synchronization"},
    "RecordedData": {"Tensors", "ProtobufIO", "CONNXSchema", "CProtobufC"},
    "BatchNormFolding": {"Tensors"},
    "ModelGraph": {"Tensors", "ProtobufIO"},
    "ONNXModel": {"Tensors", "ModelGraph", "RecordedData", "ProtobufIO", "CONNXSchema"},
    "ONNXFormat": {"Tensors", "ModelGraph", "RecordedData", "ONNXModel", "ProtobufIO", "BatchNormFolding", "Synchronization"},
    "NumericKernels": {"Tensors", "Dispatch"} | C_LIBRARY,
    "Equivalence": {"Tensors"} | C_LIBRARY,
    "ONNXEvaluation": {"Tensors", "RecordedData", "ModelGraph", "ProtobufIO", "NumericKernels", "Equivalence"},
    "ONNXAlignment": {"Tensors", "ModelGraph", "ProtobufIO", "ONNXEvaluation", "Equivalence", "Synchronization"},
    "FusionReport": {"Tensors", "Equivalence", "FoundationEssentials"},
    "BatchNormFusion": {
        "Tensors", "ModelGraph", "RecordedData", "ProtobufIO", "BatchNormFolding", "ONNXModel", "ONNXFormat", "ONNXEvaluation",
        "ONNXAlignment", "Equivalence", "FusionReport",
    },
    "bnfuse": {"BatchNormFusion", "ArgumentParser"},
    "FuseModels": {"PackagePlugin", "Foundation"},
    "FuseModelsTool": {"BatchNormFusion", "FoundationEssentials"} | C_LIBRARY,
    "FuzzTargets": {"BatchNormFusion", "Equivalence", "ONNXModel", "ProtobufIO", "CONNXSchema", "CProtobufC"} | C_LIBRARY,
    "FuzzRunner": {"FuzzTargets", "CLibFuzzer"} | C_LIBRARY,
}

# The same for the targets in C, whose arrows are in Package.swift alone.
C_TARGETS = {
    "CProtobufC": set(), "CSystemShims": set(), "CONNXSchema": {"CProtobufC"}, "CMadeUpSchema": {"CProtobufC"},
    "CLibFuzzer": set(),
}

# Unsafe code begins where C does: the file layer, the views of a format's C tree, and the file that calls OpenBLAS.
# Fuzzing reads descriptors, makes what no regular file is, and is called by libFuzzer.
MAY_BE_UNSAFE = {"ProtobufIO", "RecordedData", "ONNXModel"}
UNSAFE_FILES = {
    ("NumericKernels", "OpenBLAS.swift"),
    ("FuzzTargets", "MessageTypes.swift"),
    ("FuzzTargets", "FuzzFolder.swift"),
    ("FuzzRunner", "FuzzRunner.swift"),
}

LONGEST_FILE = 400
IMPORT = re.compile(
    r"^[ \t]*(?:@\w+[ \t]+)*(?:(?:public|package|internal|private)[ \t]+)?import[ \t]+"
    r"(?:(?:struct|class|enum|protocol|func)[ \t]+)?(\w+)", re.M)
DECLARATION = re.compile(r"\b(?:struct|class|enum|actor|protocol|typealias)\s+(\w+)")
# One pattern for both: a comment may hold a quote, and a string two slashes.
STRING_OR_COMMENT = re.compile(r'"""(?:.|\n)*?"""|"(?:\\.|[^"\\\n])*"|//[^\n]*|/\*(?:.|\n)*?\*/')
PRODUCT = re.compile(r'\.product\(\s*name: ("\w+")[^)]*\)')
TARGET = re.compile(r'\.(?:target|executableTarget|systemLibrary|plugin)\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?')


def code_of(text):
    """The text without comments and string literals."""
    return STRING_OR_COMMENT.sub(lambda match: '""' if match[0].startswith('"') else " ", text)


def breaches_of(target, path, text):
    """The rules that one source file breaks."""
    code = code_of(text)
    for module in IMPORT.findall(code):
        if module not in MAY_IMPORT[target]:
            yield f"{target} must not import {module}"
    may_be_unsafe = target in MAY_BE_UNSAFE or (target, path.name) in UNSAFE_FILES
    if not may_be_unsafe and re.search(r"\bunsafe\b|\bUnsafe\w*Pointer", code):
        yield f"{target} must hold no unsafe code"
    if re.search(r"\btry!|\bas!|[\w)\]]!(?![=\w(])", code):
        yield "nothing may be forced with '!'"
    for match in re.finditer(r"@unchecked Sendable", text):
        before = text[: match.start()].splitlines()[-2:]
        if not any(line.lstrip().startswith("//") for line in before):
            yield "@unchecked Sendable needs a comment that proves it"
    if target in DECLARATION.findall(code):
        yield f"a type must not have its module's name, {target}"
    if text.count("\n") > LONGEST_FILE:
        yield f"a file holds at most {LONGEST_FILE} lines, this one {text.count(chr(10))}"


def breaches(sources):
    """Every breach in a folder of targets, as 'path: rule'."""
    found = []
    for folder in sorted(sources.iterdir()):
        files = sorted(folder.rglob("*.swift"))
        if files and folder.name not in MAY_IMPORT:
            found.append(f"{folder.name}: no rule says what this target may import")
            continue
        for path in files:
            text = path.read_text()
            found += [f"{path.relative_to(sources)}: {rule}" for rule in breaches_of(folder.name, path, text)]
    return found


def package_breaches(text):
    """The arrows in a Package.swift that no rule allows; tests may depend on anything."""
    for target, dependencies in TARGET.findall(PRODUCT.sub(r"\1", text)):
        allowed = C_TARGETS.get(target, MAY_IMPORT.get(target))
        if allowed is None:
            yield f"Package.swift: no rule says what {target} may depend on"
            continue
        for name in sorted(set(re.findall(r'"(\w+)"', dependencies)) - allowed):
            yield f"Package.swift: {target} must not depend on {name}"


def all_breaches():
    """Every breach in the repository."""
    found = list(package_breaches((ROOT / "Package.swift").read_text()))
    for folder in (ROOT / "Sources", ROOT / "Plugins", ROOT / "Fuzzing"):
        found += breaches(folder) if folder.is_dir() else []
    return found


if __name__ == "__main__":
    found = all_breaches()
    print("\n".join(found) or "the arrows point one way")
    sys.exit(1 if found else 0)
