"""`check` and `fuse --check`: what they compare, say and leave behind."""

import json
import pathlib

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from builders import Graph, find, replace, tensor
from command import listing, run

def test_a_value_that_changed_its_form_is_compared_in_the_new_one(folder):
    graph = Graph()
    graph.input("x", [4, 8])
    graph.weight("w", [8, 6])
    graph.node("MatMul", ["x", "w"], ["m"])
    graph.norm("m", "n", 6)
    graph.output("n", [4, 6])
    onnx.save(graph.model(), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx", "--check", "--report", "r.json").exit == 0
    report = json.loads((folder / "r.json").read_text())
    ((old, new),) = [(renamed["old"], renamed["new"]) for renamed in report["renamed"]]
    drifts = {drift["name"]: drift for drift in report["check"]["drifts"]}
    assert old == "m" and drifts["m"]["candidateName"] == new and 0 < drifts["m"]["share"] <= 1


DIGITS = pathlib.Path(__file__).resolve().parents[2] / "Fixtures/digits"


def network(layers=3, channels=4, unknown=False, mute=False):
    """Convolutions, each with its norm and a Relu.

    With `unknown` a value passes an operator of nobody's; with `mute` all activations are zeros.
    """
    graph = Graph()
    value = "x"
    graph.input("x", [1, channels, 12, 12])
    if mute:
        graph.initializer("zero", np.zeros(1, np.float32))
        graph.node("Mul", ["x", "zero"], ["silence"])
        value = "silence"
    for layer in range(layers):
        graph.weight(f"w{layer}", [channels, channels, 3, 3])
        graph.convolution(value, f"c{layer}", f"w{layer}", pads=[1, 1, 1, 1])
        graph.norm(f"c{layer}", f"n{layer}", channels)
        value = graph.relu(f"n{layer}", f"r{layer}") or f"r{layer}"
    graph.output(f"r{layers - 1}", [1, channels, 12, 12])
    if unknown:
        graph.node("Mystery", ["r0"], ["mystery"], name="riddle")
        graph.output("mystery", [1, channels, 12, 12])
    return graph.model()


@pytest.fixture
def pair(folder):
    """A model and its fused form in the working folder."""
    onnx.save(network(), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    return onnx.load(folder / "fused.onnx")


def checked(*arguments, status):
    done = run("check", *arguments, "--json")
    assert done.exit == status, done.stdout + done.stderr
    return json.loads(done.stdout)


def mutated(model, change, layer="n1"):
    """A copy of a fused model in which the weight or the bias of one convolution is changed."""
    copy = onnx.ModelProto.FromString(model.SerializeToString())
    node = find(copy, layer)
    arrays = [tensor(copy, name).copy() for name in node.input[1:]]
    for name, array in zip(node.input[1:], change(*arrays)):
        replace(copy, name, array)
    return copy


# Two models


def test_a_fused_model_is_equivalent(pair):
    found = checked("model.onnx", "fused.onnx", status=0)
    check = found["check"]
    assert check["verdict"] == "equivalent" and check["scope"] == "end-to-end" and "reason" not in check
    assert check["nodes"] == check["executed"] == 9 and check["notExecuted"] == []
    assert [drift["name"] for drift in check["drifts"]] == ["n0", "r0", "n1", "r1", "n2", "r2"]
    assert all(drift["share"] <= 1 and drift["yardstick"] > 0 for drift in check["drifts"])
    assert {output["precision"] for output in check["runs"][0]["outputs"]} == {"own", "float64"}


def nudge(weight, bias):
    weight[2, 1, 0, 0] += 0.01
    return weight, bias


def swap(weight, bias):
    weight[[0, 1]] = weight[[1, 0]]
    return weight, bias


def unscaled(weight, bias):
    return weight, bias * 1.3


def shiftless(weight, bias):
    bias[3] = 0
    return weight, bias


def transposed(weight, bias):
    return weight.transpose(1, 0, 2, 3).copy(), bias


@pytest.mark.parametrize("change", [nudge, swap, unscaled, shiftless, transposed])
def test_a_wrong_fold_is_found_where_it_is(pair, folder, change):
    onnx.save(mutated(pair, change), folder / "wrong.onnx")
    check = checked("model.onnx", "wrong.onnx", status=2)["check"]
    assert check["verdict"] == "different"
    beyond = [drift["name"] for drift in check["drifts"] if drift.get("share", 2) > 1]
    assert beyond[0] == "n1", "the first value that differs is the one that was changed"
    assert "'n1'" in check["reason"]


def test_the_channel_that_differs_is_named(pair, folder):
    onnx.save(mutated(pair, nudge), folder / "wrong.onnx")
    drift = next(d for d in checked("model.onnx", "wrong.onnx", status=2)["check"]["drifts"] if d["name"] == "n1")
    assert drift["worstChannel"] == 2 and drift["channels"] == 4
    assert drift["worstError"] > drift["allowed"]


def test_a_change_far_below_the_rounding_is_none(pair, folder):
    def tiny(weight, bias):
        return weight, np.nextafter(bias, np.float32(np.inf))

    onnx.save(mutated(pair, tiny), folder / "near.onnx")
    checked("model.onnx", "near.onnx", status=0)


def test_fixed_tolerances_replace_the_yardstick(pair, folder):
    onnx.save(mutated(pair, nudge), folder / "wrong.onnx")
    assert checked("model.onnx", "wrong.onnx", "--atol", 10, status=0)["check"]["tolerance"]["absolute"] == 10
    checked("model.onnx", "wrong.onnx", "--atol", 1e-9, status=2)


def test_the_same_seed_gives_the_same_result(pair):
    def without_times(found):
        found["check"].pop("secondsPerRun")
        return found

    first, second = (without_times(checked("model.onnx", "fused.onnx", "--seed", 7, status=0)) for _ in range(2))
    other = without_times(checked("model.onnx", "fused.onnx", "--seed", 8, status=0))
    assert first == second != other


def test_each_run_has_its_own_inputs(pair):
    runs = checked("model.onnx", "fused.onnx", "--runs", 3, "--seed", 5, status=0)["check"]["runs"]
    assert [run["inputs"] for run in runs] == ["seed 5", "seed 6", "seed 7"]
    assert len({run["outputs"][0]["range"] for run in runs}) == 3


def test_two_threads_find_the_same(pair):
    checked("model.onnx", "fused.onnx", "--threads", 2, status=0)


def test_a_model_without_another_output_is_refused(pair, folder):
    other = onnx.ModelProto.FromString(pair.SerializeToString())
    other.graph.output[0].name = "n2"
    onnx.save(other, folder / "other.onnx")
    run("check", "model.onnx", "other.onnx").assert_failed(1, "r2")


# What cannot be run


def test_an_unknown_operator_is_named_and_the_rest_compared(folder):
    onnx.save(network(unknown=True), folder / "model.onnx")
    other = network(unknown=True)
    next(node for node in other.graph.node if node.output[0] == "r2").op_type = "LeakyRelu"
    other.graph.node[-2].attribute.append(onnx.helper.make_attribute("alpha", 0.0))
    onnx.save(other, folder / "other.onnx")
    check = checked("model.onnx", "other.onnx", status=4)["check"]
    assert check["verdict"] == "not-run" and "Mystery 'riddle'" in check["reason"]
    assert [node["operator"] for node in check["notExecuted"]] == ["Mystery"]
    assert check["executed"] == check["nodes"] - 1
    assert [output["name"] for output in check["runs"][0]["outputs"]] == ["r2", "r2"]


def test_folds_by_themselves_are_proof_where_all_else_is_the_same(folder):
    onnx.save(network(unknown=True), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx", "--check", "--report", "r.json").exit == 0
    for check in (json.loads((folder / "r.json").read_text())["check"], checked("model.onnx", "fused.onnx", status=0)["check"]):
        assert check["verdict"] == "equivalent" and check["scope"] == "fold-local"
        assert "Mystery 'riddle'" in check["reason"]
        assert [fold["drift"]["name"] for fold in check["foldLocal"]] == ["n0", "n1", "n2"]


def test_folds_that_the_run_does_not_reach_run_on_activations_of_their_own(folder):
    graph = Graph()
    graph.input("x", [1, 4, 12, 12])
    graph.node("Mystery", ["x"], ["mystery"], name="riddle")
    graph.weight("w", [4, 4, 3, 3])
    graph.convolution("mystery", "c", "w")
    graph.norm("c", "n", 4)
    graph.output("n", [1, 4, 10, 10])
    onnx.save(graph.model(), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    check = checked("model.onnx", "fused.onnx", status=0)["check"]
    assert check["scope"] == "fold-local"
    assert [(fold["activations"], fold["drift"]["name"]) for fold in check["foldLocal"]] == [("seeded", "n")]
    fused = onnx.load(folder / "fused.onnx")
    tensor = next(tensor for tensor in fused.graph.initializer if tensor.name == "w")
    weight = numpy_helper.to_array(tensor).copy()
    weight[0, 0, 0, 0] *= 1.01
    tensor.CopyFrom(numpy_helper.from_array(weight, "w"))
    onnx.save(fused, folder / "wrong.onnx")
    assert "'n'" in checked("model.onnx", "wrong.onnx", "--max-ulp", "1e9", status=2)["check"]["reason"]


def test_constant_values_prove_nothing(folder):
    graph = Graph()
    graph.input("x", [1, 4, 8, 8])
    graph.initializer("zero", np.zeros(1, np.float32))
    graph.node("Mul", ["x", "zero"], ["y"])
    graph.output("y", [1, 4, 8, 8])
    onnx.save(graph.model(), folder / "model.onnx")
    assert "varies" in checked("model.onnx", "model.onnx", status=4)["check"]["reason"]


# Inputs


def test_recorded_inputs_of_either_kind(folder):
    onnx.save(network(), folder / "model.onnx")
    image = np.random.default_rng(1).standard_normal((1, 4, 12, 12)).astype(np.float32)
    (folder / "data").mkdir()
    for name in ("input_0.npy", "x.npy"):
        np.save(folder / "data" / name, image)
        checked("model.onnx", "model.onnx", "--data", "data", status=0)
        (folder / "data" / name).unlink()
    (folder / "data/input_0.pb").write_bytes(numpy_helper.from_array(image).SerializeToString())
    checked("model.onnx", "model.onnx", "--data", "data", status=0)
    (folder / "data/input_0.pb").unlink()
    run("check", "model.onnx", "model.onnx", "--data", "data").assert_failed(1, "data: ", "input 'x'")


def test_recorded_outputs_that_differ_are_found(folder):
    assert run("check", DIGITS / "digits.onnx", "--data", DIGITS).exit == 0
    data = folder / "test_data_set_0"
    data.mkdir()
    for path in (DIGITS / "test_data_set_0").iterdir():
        (data / path.name).write_bytes(path.read_bytes())
    scores = numpy_helper.to_array(onnx.TensorProto.FromString((data / "output_0.pb").read_bytes())).copy()
    scores[17, 3] += 0.1
    (data / "output_0.pb").write_bytes(numpy_helper.from_array(scores).SerializeToString())
    output = checked(DIGITS / "digits.onnx", "--data", folder, status=2)["check"]["runs"][0]["outputs"][0]
    assert output["mismatches"] == 1 and 0.09 < output["maxAbsoluteError"] < 0.11


def test_shapes_may_be_given(folder):
    model = network()
    model.graph.input[0].type.tensor_type.shape.dim[2].dim_param = "height"
    model.graph.output[0].type.tensor_type.ClearField("shape")
    onnx.save(model, folder / "model.onnx")
    found = checked("model.onnx", "model.onnx", "--input-shape", "x=1,4,20,12", status=0)
    assert found["check"]["runs"][0]["outputs"][0]["shape"] == [1, 4, 20, 12]
    run("check", "model.onnx", "model.onnx", "--input-shape", "z=1").assert_failed(1, "no input 'z'")
    run("check", "model.onnx", "model.onnx", "--input-shape", "x=1,4,20,13").assert_failed(1, "model.onnx: ", "[1, 4, 20, 13]")


@pytest.mark.parametrize(
    "arguments, word",
    [
        (["model.onnx"], "--data"),
        (["model.onnx", "model.onnx", "--input-shape", "x"], "name=1,3,224,224"),
        (["model.onnx", "model.onnx", "--input-shape", "x=1,a"], "1,a"),
        (["model.onnx", "model.onnx", "--runs", 0], "--runs"),
        (["model.onnx", "model.onnx", "--threads", 0], "--threads"),
        (["model.onnx", "model.onnx", "--rtol=-1"], "tolerance"),
        (["model.onnx", "model.onnx", "--data", "d", "--input-shape", "x=1"], "exclude"),
    ],
)
def test_usage_errors(folder, arguments, word):
    onnx.save(network(), folder / "model.onnx")
    run("check", *arguments).assert_failed(64, word)


def test_a_library_that_cannot_be_opened_is_an_error(folder, monkeypatch):
    onnx.save(network(), folder / "model.onnx")
    monkeypatch.setenv("BNFUSE_BLAS", "/nowhere/libblas.so")
    run("check", "model.onnx", "model.onnx").assert_failed(1, "/nowhere/libblas.so")
    monkeypatch.setenv("BNFUSE_BLAS", "none")
    checked("model.onnx", "model.onnx", status=0)


# fuse --check


def test_a_fusion_is_proven_before_it_is_written(folder):
    onnx.save(network(), folder / "model.onnx")
    done = run("model.onnx", "-o", "fused.onnx", "--check", "--report", "r.json")
    assert done.exit == 0, done.stderr
    assert "check: equivalent" in done.stdout
    assert json.loads((folder / "r.json").read_text())["check"]["verdict"] == "equivalent"
    assert run("model.onnx", "-o", "plain.onnx").exit == 0
    assert (folder / "plain.onnx").read_bytes() == (folder / "fused.onnx").read_bytes()


def test_a_fusion_that_cannot_be_proven_is_not_written(folder):
    onnx.save(network(layers=1, mute=True), folder / "model.onnx")
    done = run("model.onnx", "-o", "fused.onnx", "--check", "--report", "r.json")
    assert done.exit == 4 and "no value that both models make varies" in done.stderr
    assert set(listing(folder)) == {"model.onnx", "r.json"}
    report = json.loads((folder / "r.json").read_text())
    assert report["check"]["verdict"] == "not-run" and report["summary"]["folded"] == 1


def test_unless_that_is_allowed(folder):
    onnx.save(network(layers=1, mute=True), folder / "model.onnx")
    assert run("model.onnx", "-o", "fused.onnx", "--check", "--allow-unproven").exit == 0
    assert (folder / "fused.onnx").exists()


def test_a_dry_run_proves_too(folder):
    onnx.save(network(), folder / "model.onnx")
    done = run("model.onnx", "--dry-run", "--check")
    assert done.exit == 0 and "check: equivalent" in done.stdout
    assert set(listing(folder)) == {"model.onnx"}


DIGITS = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "digits"


def test_the_accuracy_on_labelled_digits_is_reported(folder):
    options = ["--data", DIGITS / "test_data_set_0", "--labels", DIGITS / "labels.npy"]
    assert run(DIGITS / "digits.onnx", "-o", "fused.onnx", "--check", "--report", "r.json", *options).exit == 0
    known = json.loads((DIGITS / "labels.json").read_text())
    for accuracy in json.loads((folder / "r.json").read_text())["check"]["accuracy"]:
        assert (accuracy["output"], accuracy["samples"]) == ("scores", known["heldOut"])
        assert accuracy["originalRight"] == accuracy["candidateRight"] == known["right"]
        assert accuracy["agree"] == known["heldOut"]


def test_labels_that_are_no_integers_are_refused(folder):
    np.save("labels.npy", np.zeros(360, np.float32))
    options = ["--data", DIGITS / "test_data_set_0", "--labels", "labels.npy"]
    run(DIGITS / "digits.onnx", "--dry-run", "--check", *options).assert_failed(1, "labels.npy", "holds no integers")
    run(DIGITS / "digits.onnx", "--dry-run", "--check", "--labels", "labels.npy").assert_failed(64, "--labels needs --data")


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_types_are_judged_by_their_own_rounding(folder, dtype):
    graph = Graph(dtype=dtype)
    graph.input("x", [1, 8, 16, 16])
    graph.weight("w", [8, 8, 3, 3])
    graph.convolution("x", "c", "w")
    graph.norm("c", "n", 8)
    graph.relu("n", "y")
    graph.output("y", [1, 8, 14, 14])
    onnx.save(graph.model(), folder / "model.onnx")
    done = run("model.onnx", "-o", "fused.onnx", "--check")
    assert done.exit == 0 and "check: equivalent" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["initializer", "Neg"])
def test_an_output_that_no_input_has_part_in_is_compared_too(folder, kind):
    """An element of a constant that the graph hands out is another one, by much more than a rounding."""
    for path, value in (("a.onnx", 0.5), ("b.onnx", 0.5005)):
        graph = Graph(seed=1)
        graph.relu(graph.input("x", [1, 4, 8, 8]), "y")
        graph.initializer("k", np.array([1, value, -2, 3], np.float32))
        made = graph.node(kind, ["k"], "n") if kind != "initializer" else "k"
        graph.output("y", [1, 4, 8, 8])
        graph.output(made, [4])
        (folder / path).write_bytes(graph.model().SerializeToString())
    done = run("check", "a.onnx", "b.onnx")
    assert done.exit == 2 and "1 of 4 elements differ" in done.stdout
    assert run("check", "a.onnx", "a.onnx").exit == 0
