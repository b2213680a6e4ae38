"""The fixtures, each through the standard command lines; and options, each on a fixture that it makes a difference to."""

import pathlib

from inputs import MEMORY, Input, model

FIXTURES = pathlib.Path(__file__).parents[2] / "Fixtures"
DIGITS = FIXTURES / "digits"
HANDMADE = FIXTURES / "handmade"

DIGITS_FILES = {
    "model.onnx": DIGITS / "digits.onnx", "labels.npy": DIGITS / "labels.npy",
    "data/input_0.pb": DIGITS / "test_data_set_0" / "input_0.pb",
    "data/output_0.pb": DIGITS / "test_data_set_0" / "output_0.pb",
}  # fmt: skip

USAGE = [
    "", "--help", "help fuse", "help inspect", "help check", "help nothing", "model.onnx", "model.onnx -o",
    "model.onnx -o out.onnx --nonsense", "model.onnx other.onnx -o out.onnx", "model.onnx -o out.onnx --only",
    "model.onnx -o out.onnx --report out.txt", "model.onnx -o out.onnx --report out.onnx",
    "model.onnx -o out.onnx --external-data --inline-data", "model.onnx -o out.onnx --data data",
    "model.onnx -o out.onnx --quiet --verbose", "missing.onnx -o out.onnx", "data -o out.onnx",
    "model.onnx -o missing/out.onnx", "model.onnx -o data", "inspect", "inspect missing.onnx",
    "check model.onnx", "check model.onnx missing.onnx", "check model.onnx --data missing",
    "check model.onnx model.onnx --memory much", "check model.onnx model.onnx --limit nonsense=3",
    "check model.onnx model.onnx --input-shape image=1", "check model.onnx model.onnx --input-shape nothing=1,1",
    "check model.onnx model.onnx --labels labels.npy", "check model.onnx model.onnx --threads 0",
]  # fmt: skip

OPTIONS = [
    "model.onnx -o out.onnx --only */features.1/*", "model.onnx -o out.onnx --skip */features.?/* -v",
    "model.onnx -o out.onnx --keep-value /features/features.0/Conv_output_0 --strict",
    "model.onnx -o out.onnx --keep-value nothing", "model.onnx -o out.onnx --skip * --report out.json",
    "model.onnx -o out.onnx --strict --sync --quiet", "model.onnx --dry-run --report plan.json --report plan.md",
    "model.onnx -o external.onnx --external-data", "external.onnx -o inline.onnx --inline-data",
    "external.onnx -o again.onnx", "inspect model.onnx --only */classifier/*",
    "check model.onnx out.onnx --data data --labels labels.npy --memory 512M",
    f"check model.onnx --data data {MEMORY}", f"check model.onnx --data data --json {MEMORY}",
    f"check model.onnx --data data --precision own --labels labels.npy --report check.md --report check.html {MEMORY}",
    f"check model.onnx --data data --precision float64 --runs 2 --rtol 0 --atol 0 {MEMORY}",
    f"check model.onnx out.onnx --input-shape image=2,1,8,8 --runs 2 --seed 3 -v {MEMORY}",
    f"check model.onnx out.onnx --max-ulp 0.1 {MEMORY}", f"check model.onnx out.onnx --rtol 0 --atol 0 -q {MEMORY}",
    f"check model.onnx out.onnx --limit nodes=3 {MEMORY}", f"check model.onnx out.onnx --limit operations=100 {MEMORY}",
    "check model.onnx --data data --precision own --memory 10K",
    "model.onnx -o checked.onnx --check --data data --labels labels.npy --report checked.md --memory 512M",
    f"model.onnx -o unproven.onnx --check --limit nodes=3 {MEMORY}",
    f"model.onnx -o unproven.onnx --check --limit nodes=3 --allow-unproven {MEMORY}", "model.onnx -o model.onnx",
    "model.onnx -o model.onnx --strict",
]  # fmt: skip

OTHERS = {
    "training_mode": [
        "model.onnx -o out.onnx --assume-inference -v", "inspect model.onnx --assume-inference",
        f"check model.onnx out.onnx --assume-inference {MEMORY}", "model.onnx -o strict.onnx --strict",
    ],
    "opset6_training": ["model.onnx -o out.onnx --assume-inference", "inspect model.onnx --assume-inference --json"],
    "overridable": [
        "model.onnx -o out.onnx --freeze-initializers -v", "inspect model.onnx --freeze-initializers",
        f"model.onnx -o checked.onnx --freeze-initializers --check {MEMORY}",
    ],
    "negative_variance": ["model.onnx -o out.onnx --strict -v", "model.onnx -o out.onnx --strict --report out.md"],
    "if_bodies": ["model.onnx -o out.onnx --skip * -v", f"check model.onnx model.onnx --limit depth=0 {MEMORY}"],
}  # fmt: skip


def fixtures():
    yield model("digits", DIGITS / "digits.onnx")
    for path in sorted(HANDMADE.glob("*.onnx")):
        each = model(path.stem, path)
        if path.stem == "external":
            each.files["external.data"] = HANDMADE / "external.data"
        yield each


def options():
    yield Input("digits, usage", DIGITS_FILES, USAGE)
    yield Input("digits", DIGITS_FILES, OPTIONS)
    for name, lines in OTHERS.items():
        yield Input(name, {"model.onnx": HANDMADE / f"{name}.onnx"}, lines)
