"""Files that are broken, missing or closed: one clear line, no crash, nothing written."""

import os
import random

import numpy as np
import onnx
import pytest

from builders import Graph, conv_norm
from command import fuse, listing, run
from judge import assert_exact
from oracles import is_valid
from tracing import is_norm, scopes

FLIPS = 600
SEED = int(os.environ.get("BNFUSE_SEED", "20"))


def assert_refused(model, *words):
    """Exit 1, one line that names the file, no output; `fuse` has shown that nothing was written."""
    result = fuse(model)
    return result.assert_failed(1, "model.onnx: ", *words)


NO_MODELS = {
    "empty": b"",
    "one zero byte": b"\0",
    "zeros": bytes(1000),
    "text": b"Lorem ipsum dolor sit amet, consectetur adipiscing elit\n" * 20,
    "json": b'{"irVersion": 8, "graph": {}}',
    "an ELF header": b"\x7fELF\x02\x01\x01" + bytes(100),
    "a zip": b"PK\x03\x04" + bytes(100),
    "a PNG header": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "0xff": b"\xff" * 1000,
    "no graph": onnx.ModelProto(ir_version=8, producer_name="nothing").SerializeToString(),
    "a tensor": onnx.numpy_helper.from_array(np.ones(3, np.float32)).SerializeToString(),
}


@pytest.mark.parametrize("kind", NO_MODELS)
def test_what_is_no_model_is_refused(kind):
    assert_refused(NO_MODELS[kind])


def test_random_bytes_are_refused():
    for seed in range(40):
        result = fuse(random.Random(seed).randbytes(1 + 37 * seed))
        result.assert_failed(1, "model.onnx: ")


def small():
    graph = Graph(seed=2)
    graph.input("x", [1, 1, 2, 2])
    graph.weight("w", [1, 1, 1, 1])
    graph.convolution("x", "c", "w", name="conv")
    graph.norm("c", "y", 1, name="bn")
    graph.output("y", [1, 1, 2, 2])
    return graph.model()


def test_a_file_cut_off_at_any_byte_is_refused_or_a_shorter_model(folder):
    """Cut between two fields of the model itself it may still be a model, then the checker agrees."""
    data = small().SerializeToString()
    path, out = folder / "model.onnx", folder / "fused.onnx"
    refused = 0
    for length in range(len(data)):
        path.write_bytes(data[:length])
        result = run("model.onnx", "-o", "fused.onnx")
        if result.exit == 0:
            assert parsed(data[:length]) is not None, f"cut at {length}: accepted what is not parsable"
            onnx.load_from_string(out.read_bytes())
            out.unlink()
        else:
            result.assert_failed(1, "model.onnx: ")
            refused += 1
        assert set(os.listdir()) == {"model.onnx"}
    assert refused > len(data) * 0.9


def parsed(data):
    try:
        model = onnx.load_from_string(data)
    except Exception:
        return None
    return model if model.HasField("graph") else None


def flipped(data, generator):
    """One to four flipped bits, with a preference for the structure at the ends of the file."""
    out = bytearray(data)
    for _ in range(generator.choice([1, 1, 1, 2, 4])):
        out[generator.randrange(len(out))] ^= 1 << generator.randrange(8)
    return bytes(out)


def norm_count(model):
    return sum(is_norm(node) for scope in scopes(model) for node in scope.graph.node)


def flip_sources():
    yield small().SerializeToString()
    yield conv_norm(typed=True).SerializeToString()
    yield conv_norm(opset=9, ir=3, dtype="float16", typed=True).SerializeToString()
    body = Graph(name="b", seed=3)
    body.weight("bw", [1, 1, 1, 1])
    body.convolution("x", "bc", "bw")
    body.norm("bc", "by", 1)
    body.output("by", [1, 1, 2, 2])
    graph = Graph()
    graph.input("x", [1, 1, 2, 2])
    graph.input("t", [], dtype="bool")
    graph.node("If", ["t"], "y", then_branch=body.proto, else_branch=body.proto)
    graph.output("y", [1, 1, 2, 2])
    yield graph.model().SerializeToString()


def test_flipped_bits_never_crash_it(folder):
    """Exit 0 and a model that the checker judges like the input, or exit 1 and one line; never a file left over."""
    print(f"seed {SEED}")
    generator = random.Random(SEED)
    sources = list(flip_sources())
    for count in range(FLIPS):
        data = flipped(sources[count % len(sources)], generator)
        (folder / "model.onnx").write_bytes(data)
        result = run("model.onnx", "-o", "fused.onnx")
        where = f"flip {count} of seed {SEED}"
        if result.exit == 0:
            before, after = parsed(data), parsed((folder / "fused.onnx").read_bytes())
            assert before is not None, f"{where}: accepted what is not parsable"
            assert after is not None, f"{where}: wrote what is not parsable"
            valid = is_valid(before, full=True)
            assert is_valid(after, full=True) or not valid, f"{where}: a valid model became invalid"
            if valid and norm_count(after) < norm_count(before):
                assert assert_exact(before, after), where
            (folder / "fused.onnx").unlink()
        else:
            result.assert_failed(1, "model.onnx: ")
        assert os.listdir() == ["model.onnx"], where


# Files


def test_a_missing_file_is_named(folder):
    run("missing.onnx", "-o", "fused.onnx").assert_failed(1, "missing.onnx: ")
    assert os.listdir() == []


def test_a_folder_is_no_model(folder):
    (folder / "model.onnx").mkdir()
    run("model.onnx", "-o", "fused.onnx").assert_failed(1, "model.onnx: ")


@pytest.mark.parametrize(
    "path", ["/dev/null", "/", ".", "missing/model.onnx", "model.onnx/", "a\nb.onnx", "x" * 300, ""]
)
def test_strange_paths_are_one_error(path, folder):
    (folder / "model.onnx").write_bytes(small().SerializeToString())
    result = run(path, "-o", "fused.onnx")
    assert result.exit in (1, 64)
    result.assert_failed(result.exit)
    assert os.listdir() == ["model.onnx"]


def test_a_file_without_permission_is_one_error(folder):
    path = folder / "model.onnx"
    path.write_bytes(small().SerializeToString())
    path.chmod(0)
    run("model.onnx", "-o", "fused.onnx", unprivileged=True).assert_failed(1, "model.onnx: ")
    assert os.listdir() == ["model.onnx"]


def test_an_output_folder_without_permission_is_one_error(folder):
    (folder / "model.onnx").write_bytes(small().SerializeToString())
    (folder / "closed").mkdir(0o555)
    run("model.onnx", "-o", "closed/fused.onnx", unprivileged=True).assert_failed(1, "closed/fused.onnx")
    assert os.listdir("closed") == []


def test_a_dangling_link_is_one_error(folder):
    (folder / "model.onnx").symlink_to("nowhere")
    run("model.onnx", "-o", "fused.onnx").assert_failed(1, "model.onnx: ")


def test_an_older_file_stays_if_the_new_input_is_refused(folder):
    (folder / "model.onnx").write_bytes(b"broken")
    (folder / "fused.onnx").write_bytes(b"older")
    run("model.onnx", "-o", "fused.onnx").assert_failed(1)
    assert listing(folder) == {"model.onnx": b"broken", "fused.onnx": b"older"}
