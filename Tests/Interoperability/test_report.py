"""The report, its warnings, and `inspect`."""

import json

import numpy as np
import pytest

from builders import Graph, conv_norm, tensor
from command import fuse, run, warning_codes
from contract import check_shared, norm_list
from judge import judge
from preservation import reads


def mixed():
    """Four norms: two fold, two are declined."""
    graph = Graph(opset=17)
    graph.input("x", [1, 3, 6, 6])
    for name in ("a", "b", "c", "d"):
        graph.weight(f"w{name}", [4, 3, 3, 3])
        graph.convolution("x", f"c{name}", f"w{name}", name=f"conv {name}")
        extra = {"variance": -np.ones(4)} if name == "c" else {}
        graph.norm(f"c{name}", f"y{name}", 4, name=f"norm {name}", **extra)
        graph.output(f"y{name}", [1, 4, 4, 4])
    graph.relu("cd", "shared")
    graph.output("shared", [1, 4, 4, 4])
    return graph.model(domains=["com.example"])


def test_the_report_tells_what_went_in_and_came_out():
    model = mixed()
    report = fuse(model).report
    assert report["input"]["irVersion"] == 8 and report["input"]["nodes"] == 9
    assert report["input"]["opsets"] == {"": 17, "com.example": 1}
    assert report["input"]["batchNorms"] == 4 and report["output"]["nodes"] == 7
    assert report["summary"]["batchNorms"] == 4
    assert (report["summary"]["folded"], report["summary"]["declined"]) == (2, 2)
    assert {d["batchNorm"]: d["code"] for d in report["declined"]} == {
        "yc": "invalid-variance",
        "yd": "activation-shared",
    }
    assert {f["batchNorm"] for f in report["folds"]} == {"ya", "yb"}
    assert "onnx" in report["input"]["format"].lower()


def test_reasons_are_sentences_about_this_norm():
    reasons = {d["code"]: d["reason"] for d in fuse(mixed()).report["declined"]}
    assert len(set(reasons.values())) == 2
    assert all(len(reason) > 15 and " " in reason for reason in reasons.values())


def test_every_run_counts_each_norm_once_in_subgraphs_and_functions_too():
    body = Graph(name="body", seed=3)
    body.weight("bw", [3, 3, 1, 1])
    body.convolution("x", "bc", "bw")
    body.norm("bc", "by", 3)
    body.output("by", [1, 3, 6, 6])
    other = Graph(name="other")
    other.node("Identity", ["x"], "oy")
    other.output("oy", [1, 3, 6, 6])
    model = mixed()
    model.graph.input.append(Graph(name="g").proto.input.add(name="which"))
    model.graph.input[1].type.tensor_type.elem_type = 9
    model.graph.input[1].type.tensor_type.shape.SetInParent()
    main = Graph(name="m")
    main.node("If", ["which"], "z", then_branch=body.proto, else_branch=other.proto)
    model.graph.node.extend(main.proto.node)
    model.graph.output.add().CopyFrom(other.proto.output[0])
    model.graph.output[-1].name = "z"
    result = fuse(model)
    judge(model, result, folded=3)
    assert result.report["summary"]["batchNorms"] == 5


WARNINGS = {
    "running-statistics-untouched": {"mean": np.zeros(4), "variance": np.ones(4)},
    "tiny-variance": {"variance": np.array([1, 1, 1e-40, 1]), "epsilon": 1e-12},
    "dead-channels": {"gamma": np.array([1, 0, 1, 1.0])},
    "subnormal-weights": {"gamma": np.array([1, 1, 1, 1e-39]), "variance": np.ones(4)},
}


@pytest.mark.parametrize("code", WARNINGS)
def test_a_warning_is_given_where_it_applies_and_the_norm_folds_all_the_same(code):
    model = conv_norm(**WARNINGS[code])
    result = fuse(model)
    judge(model, result, folded=1)
    assert code in warning_codes(result.report)
    texts = [w["text"] for w in result.report["warnings"] if w["code"] == code]
    assert all(len(text) > 10 for text in texts)


def test_half_precision_that_becomes_subnormal_is_warned_of():
    model = conv_norm(dtype="float16", gamma=np.full(4, 1e-4), variance=np.ones(4))
    result = fuse(model)
    judge(model, result, folded=1)
    assert "subnormal-weights" in warning_codes(result.report)


def test_an_ordinary_norm_gives_no_warning():
    result = fuse(conv_norm())
    assert warning_codes(result.report) == set()


@pytest.mark.parametrize("statistics", [{"mean": np.zeros(4)}, {"variance": np.ones(4)}])
def test_half_untouched_statistics_are_ordinary(statistics):
    assert "running-statistics-untouched" not in warning_codes(fuse(conv_norm(**statistics)).report)


@pytest.mark.parametrize(
    ("opset", "attributes", "outputs"),
    [
        (15, {"training_mode": 1}, ["y"]),
        (15, {"training_mode": 1}, ["y", "m", "v"]),
        (6, {"is_test": 0}, ["y"]),
        (9, {}, ["y", "m", "v", "sm", "sv"]),
    ],
    ids=str,
)
def test_assume_inference_folds_what_was_exported_in_training_mode_and_warns(opset, attributes, outputs):
    model = conv_norm(opset=opset, attributes=attributes, outputs=outputs)
    result = fuse(model, "--assume-inference")
    judged = conv_norm(opset=opset)  # the same norm in inference mode
    assert result.report["summary"]["folded"] == 1, result.report["declined"]
    assert "assumed-inference" in warning_codes(result.report)
    plain = fuse(judged).model
    for index in (1, 2):
        have, want = (tensor(m, m.graph.node[0].input[index]) for m in (result.model, plain))
        assert np.array_equal(have, want)


def test_assume_inference_does_not_warn_of_a_norm_that_infers_anyway():
    result = fuse(conv_norm(), "--assume-inference")
    assert "assumed-inference" not in warning_codes(result.report)


def test_a_weight_that_is_cloned_is_warned_of_and_one_that_is_not_is_not():
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.weight("w", [8, 3, 1, 1])
    graph.convolution("x", "c", "w")
    graph.convolution("x", "other", "w")
    graph.norm("c", "y", 8, name="bn")
    graph.output("y", [1, 8, 4, 4])
    graph.output("other", [1, 8, 4, 4])
    model = graph.model()
    result = fuse(model)
    judge(model, result, folded=1)
    (warning,) = (w for w in result.report["warnings"] if w["code"] == "weight-duplicated")
    assert "96" in warning["text"], "8 · 3 float32 elements are 96 bytes"
    assert reads(result.model.graph)["w"] == 1


# inspect


@pytest.fixture
def inspected(folder):
    (folder / "model.onnx").write_bytes(mixed().SerializeToString())
    return run("inspect", "model.onnx", "--json")


def test_inspect_gives_the_same_kind_of_document(inspected):
    assert inspected.exit == 0 and inspected.stderr == ""
    document = json.loads(inspected.stdout)
    check_shared(document)
    assert document["summary"]["batchNorms"] == 4
    assert [f["batchNorm"] for f in document["folds"]] == ["ya", "yb"]
    assert [d["code"] for d in document["declined"]] == ["invalid-variance", "activation-shared"]


def test_inspect_lists_every_norm_with_mode_channels_epsilon_and_producer(inspected):
    entries = norm_list(json.loads(inspected.stdout), 4)
    assert {e["batchNorm"] for e in entries} == {"ya", "yb", "yc", "yd"}
    for entry in entries:
        assert entry["channels"] == 4
        assert abs(entry["epsilon"] - 1e-3) < 1e-9
        assert "Conv" in json.dumps(entry)


def test_inspect_for_people_names_every_norm(folder):
    (folder / "model.onnx").write_bytes(mixed().SerializeToString())
    result = run("inspect", "model.onnx")
    assert result.exit == 0 and result.stderr == ""
    for name in ("a", "b", "c", "d"):
        assert f"norm {name}" in result.stdout
    assert "invalid-variance" in result.stdout and "activation-shared" in result.stdout
    assert {path.name for path in folder.iterdir()} == {"model.onnx"}


def test_inspect_tells_the_range_that_a_fold_spreads(folder):
    """What per-tensor int8 will suffer: one channel's weights become a million times larger than another's."""
    gamma = np.array([1e-3, 1, 1, 1e3])
    (folder / "model.onnx").write_bytes(conv_norm(gamma=gamma, variance=np.ones(4)).SerializeToString())
    document = json.loads(run("inspect", "model.onnx", "--json").stdout)
    assert "range-spread" in warning_codes(document)
    (folder / "plain.onnx").write_bytes(conv_norm().SerializeToString())
    assert "range-spread" not in warning_codes(json.loads(run("inspect", "plain.onnx", "--json").stdout))


def test_inspect_reads_standard_input():
    document = json.loads(run("inspect", "-", "--json", stdin=mixed().SerializeToString()).stdout)
    assert document["summary"]["folded"] == 2


def test_inspect_of_a_model_without_norms(folder):
    graph = Graph()
    graph.input("x", [1])
    graph.relu("x", "y")
    graph.output("y", [1])
    (folder / "model.onnx").write_bytes(graph.model().SerializeToString())
    document = json.loads(run("inspect", "model.onnx", "--json").stdout)
    check_shared(document)
    assert document["summary"]["batchNorms"] == 0
    assert run("inspect", "model.onnx").exit == 0


@pytest.mark.parametrize("line", [["missing.onnx"], ["missing.onnx", "--json"]])
def test_inspect_of_a_file_that_cannot_be_read_is_one_error(line, folder):
    run("inspect", *line).assert_failed(1, "missing.onnx")


def test_numbers_in_the_report_are_finite_json(folder):
    """Huge and tiny scales, dead channels: the document stays JSON by the letter."""
    gamma = np.array([1e-38, 0, 1e20, -1e-20])
    (folder / "model.onnx").write_bytes(conv_norm(gamma=gamma).SerializeToString())

    def refuse(text):
        raise AssertionError(f"{text} is not JSON")

    assert run("model.onnx", "-o", "fused.onnx", "--report", "r.json").exit == 0
    json.loads((folder / "r.json").read_text(), parse_constant=refuse)
    json.loads(run("inspect", "model.onnx", "--json").stdout, parse_constant=refuse)
