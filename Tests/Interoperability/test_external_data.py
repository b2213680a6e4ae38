"""Models with external data: what is read, what is written, what is removed."""

import os

import numpy as np
import onnx
import pytest

from builders import Graph, conv_norm, find, tensor
from command import listing, run
from external import OURS, assert_self_contained, bytes_of, data_files, entries_of, large_model, set_entries, write
from judge import assert_exact
from oracles import assert_equivalent, feeds_for, with_onnxruntime, worst


def assert_fused(original, path):
    """The model at `path`, with data beside it, is the exact fold of `original` and runs."""
    fused = assert_self_contained(path)
    assert assert_exact(original, fused)
    assert_equivalent(original, fused)
    feeds = feeds_for(original)
    assert worst(with_onnxruntime(original, feeds), with_onnxruntime(str(path), feeds)) < 1e-4
    return fused


def test_a_model_that_came_with_external_data_is_written_with_it(folder):
    original = write(folder, large_model())
    (folder / "out").mkdir()
    result = run("model.onnx", "-o", "out/fused.onnx")
    assert result.exit == 0, result.stderr
    names = sorted(os.listdir("out"))
    assert len(names) == 2 and "fused.onnx" in names
    fused = assert_fused(original, folder / "out" / "fused.onnx")
    assert bytes_of(fused, "w3") == bytes_of(original, "w3"), "an unchanged tensor is copied too"
    assert set(os.listdir()) == {"model.onnx", "weights.bin", "out"}


def test_the_input_and_its_data_are_only_read(folder):
    write(folder)
    before = listing(folder)
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    assert {name: data for name, data in listing(folder).items() if name in before} == before


@pytest.mark.parametrize("only", [["w"], ["w", "b"], ["y_gamma", "y_mean"]], ids=str)
def test_some_tensors_may_be_inside(only, folder):
    original = write(folder, only=only)
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    fused = onnx.load("fused.onnx")
    assert assert_exact(original, fused)


def test_the_reported_sizes_and_paths_are_those_of_the_model(folder):
    write(folder)
    run("model.onnx", "-o", "fused.onnx", "--report", "r.json")
    import json

    report = json.loads((folder / "r.json").read_text())
    assert report["output"]["path"] == "fused.onnx"
    assert report["output"]["bytes"] >= (folder / "fused.onnx").stat().st_size


@pytest.mark.parametrize("location", ["deep/er/weights.bin", "with blanks.bin", "Ünïcode", "w.onnx.data", "..w"])
def test_the_data_may_lie_in_any_folder_below(location, folder):
    original = write(folder, location=location)
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    assert_fused(original, folder / "fused.onnx")


def test_offset_and_length_may_be_left_out(folder):
    original = write(folder, only=["w"])
    model = onnx.load("model.onnx", load_external_data=False)
    weight = next(t for t in model.graph.initializer if t.name == "w")
    set_entries(weight, location="weights.bin")
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    assert_fused(original, folder / "fused.onnx")


def test_other_entries_about_the_data_are_not_in_the_way(folder):
    """A checksum of the old contents must not stay on a tensor whose contents changed."""
    original = write(folder)
    model = onnx.load("model.onnx", load_external_data=False)
    for t in model.graph.initializer:
        t.external_data.add(key="checksum", value="0" * 40)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    fused = onnx.load("fused.onnx", load_external_data=False)
    weight = next(t for t in fused.graph.initializer if t.name == find(fused, "y").input[1])
    assert entries_of(weight).get("checksum") != "0" * 40
    assert_fused(original, folder / "fused.onnx")


def test_many_data_files_become_one(folder):
    original = large_model()
    model = onnx.ModelProto()
    model.CopyFrom(original)
    for i, t in enumerate(model.graph.initializer):
        (folder / f"part{i % 3}").open("ab").write(t.raw_data)
        offset = (folder / f"part{i % 3}").stat().st_size - len(t.raw_data)
        set_entries(t, location=f"part{i % 3}", offset=offset, length=len(t.raw_data))
        t.ClearField("raw_data")
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    (folder / "out").mkdir()
    assert run("model.onnx", "-o", "out/fused.onnx").exit == 0
    assert len(os.listdir("out")) == 2
    assert_fused(original, folder / "out" / "fused.onnx")


def test_tensors_may_share_a_range_of_the_file(folder):
    """Both convolutions read the same bytes under two names; folding one must not change the other."""
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    value = graph.array([4, 3, 1, 1])
    for name in ("w1", "w2"):
        graph.initializer(name, value)
    graph.convolution("x", "c1", "w1")
    graph.convolution("x", "y2", "w2")
    graph.norm("c1", "y1", 4)
    graph.output("y1", [1, 4, 4, 4])
    graph.output("y2", [1, 4, 4, 4])
    original = write(folder, graph.model(), only=["w1"])
    model = onnx.load("model.onnx", load_external_data=False)
    second = next(t for t in model.graph.initializer if t.name == "w2")
    second.ClearField("raw_data")
    set_entries(second, location="weights.bin", offset=0, length=48)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    fused = assert_fused(original, folder / "fused.onnx")
    assert bytes_of(fused, "w2") == value.tobytes()


def test_tensors_of_subgraphs_and_constant_nodes_may_be_outside(folder):
    body = Graph(name="then", seed=4)
    body.weight("bw", [3, 3, 1, 1])
    body.convolution("x", "bc", "bw")
    body.norm("bc", "by", 3)
    body.output("by", [1, 3, 4, 4])
    other = Graph(name="else", seed=5)
    other.node("Constant", [], "k", value=onnx.numpy_helper.from_array(np.ones([3, 1, 1], np.float32)))
    other.node("Add", ["x", "k"], "oy")
    other.output("oy", [1, 3, 4, 4])
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.input("which", [], dtype="bool")
    graph.node("If", ["which"], "y", then_branch=body.proto, else_branch=other.proto)
    graph.output("y", [1, 3, 4, 4])
    original = graph.model()
    onnx.save_model(
        original, "model.onnx", save_as_external_data=True, location="all.bin", size_threshold=0, convert_attribute=True
    )
    original = onnx.load("model.onnx")
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    fused = onnx.load("fused.onnx")
    for which in (True, False):
        assert_equivalent(original, fused, feeds_for(original) | {"which": np.array(which)})


# Doing it again


def test_the_same_input_gives_the_same_bytes(folder):
    write(folder, large_model())
    for place in ("a", "b"):
        (folder / place).mkdir()
        assert run("model.onnx", "-o", f"{place}/fused.onnx").exit == 0
    assert listing(folder / "a") == listing(folder / "b")


def test_fusing_again_in_place_changes_nothing(folder):
    write(folder, large_model())
    run("model.onnx", "-o", "fused.onnx")
    before = listing(folder)
    assert run("fused.onnx", "-o", "fused.onnx").exit == 0
    assert listing(folder) == before


def test_fusing_again_elsewhere_changes_nothing_but_the_location(folder):
    write(folder, large_model())
    run("model.onnx", "-o", "fused.onnx")
    run("fused.onnx", "-o", "again.onnx")
    (first,) = (name for name in data_files(folder) if name.startswith("fused"))
    (second,) = (name for name in data_files(folder) if name.startswith("again"))
    assert OURS.fullmatch(first)["hash"] == OURS.fullmatch(second)["hash"]
    assert (folder / first).read_bytes() == (folder / second).read_bytes()
    assert (folder / "fused.onnx").read_bytes().replace(b"fused.onnx.", b"again.onnx.") == (
        folder / "again.onnx"
    ).read_bytes()


def test_if_nothing_folds_only_the_locations_change(folder):
    original = write(folder, conv_norm(variance=-np.ones(4)))
    assert run("model.onnx", "-o", "copy.onnx").exit == 0
    copy = assert_self_contained(folder / "copy.onnx")
    for t in [*copy.graph.initializer, *original.graph.initializer]:
        t.ClearField("data_location")
        t.ClearField("external_data")
    assert copy.SerializeToString() == original.SerializeToString()


# Replacing and removing


def test_in_place_fusing_keeps_a_foreign_data_file(folder):
    original = write(folder)
    data = (folder / "weights.bin").read_bytes()
    assert run("model.onnx", "-o", "model.onnx").exit == 0
    assert (folder / "weights.bin").read_bytes() == data
    assert len(os.listdir()) == 3
    assert_fused(original, folder / "model.onnx")


def test_the_old_data_file_of_a_replaced_output_is_removed(folder):
    write(folder, conv_norm(seed=1))
    run("model.onnx", "-o", "fused.onnx")
    (old,) = data_files(folder)
    original = write(folder, conv_norm(seed=2))
    run("model.onnx", "-o", "fused.onnx")
    (new,) = data_files(folder)
    assert new != old
    assert_fused(original, folder / "fused.onnx")


def test_the_data_file_of_another_model_of_ours_is_kept(folder):
    write(folder, conv_norm(seed=1))
    run("model.onnx", "-o", "first.onnx")
    first = data_files(folder)
    write(folder, conv_norm(seed=2))
    run("model.onnx", "-o", "second.onnx")
    assert set(first) < set(data_files(folder)) and len(data_files(folder)) == 2
    onnx.load("first.onnx")


def test_a_file_that_only_looks_like_ours_is_kept_if_the_replaced_model_does_not_name_it(folder):
    write(folder)
    stranger = folder / "fused.onnx.0123456789abcdef.data"
    stranger.write_bytes(b"mine")
    run("model.onnx", "-o", "fused.onnx")
    run("model.onnx", "-o", "fused.onnx")
    assert stranger.read_bytes() == b"mine"


def test_a_foreign_data_file_that_the_replaced_output_names_is_kept(folder):
    write(folder, conv_norm(seed=1), name="fused.onnx", location="precious.bin")
    write(folder, conv_norm(seed=2))
    precious = (folder / "precious.bin").read_bytes()
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    assert (folder / "precious.bin").read_bytes() == precious


@pytest.mark.parametrize("previous", [b"", b"not a model", b"\x3a\xff\xff\xff\xff\x7f"], ids=str)
def test_an_older_output_that_is_no_model_is_simply_replaced(previous, folder):
    original = write(folder)
    (folder / "fused.onnx").write_bytes(previous)
    assert run("model.onnx", "-o", "fused.onnx").exit == 0
    assert_fused(original, folder / "fused.onnx")


@pytest.mark.parametrize(
    "options", [["--strict", "--skip", "*"], ["--dry-run"], ["--report", "missing/r.json"]], ids=str
)
def test_a_run_that_writes_no_model_writes_no_data(options, folder):
    write(folder)
    before = listing(folder)
    run("model.onnx", "-o", "fused.onnx", *options)
    assert listing(folder) == before


@pytest.mark.parametrize("output", ["missing/fused.onnx", "folder"])
def test_an_output_that_cannot_be_written_leaves_no_data(output, folder):
    write(folder)
    (folder / "folder").mkdir()
    before = listing(folder)
    run("model.onnx", "-o", output).assert_failed(1, output)
    assert listing(folder) == before


# Converting


def test_inline_data_brings_everything_inside(folder):
    original = write(folder, large_model())
    assert run("model.onnx", "-o", "fused.onnx", "--inline-data").exit == 0
    assert data_files(folder) == []
    fused = onnx.load("fused.onnx", load_external_data=False)
    assert all(t.data_location == onnx.TensorProto.DEFAULT and not t.external_data for t in fused.graph.initializer)
    assert assert_exact(original, fused)
    assert_equivalent(original, fused)


def test_external_data_takes_everything_outside(folder):
    original = large_model()
    (folder / "model.onnx").write_bytes(original.SerializeToString())
    assert run("model.onnx", "-o", "fused.onnx", "--external-data").exit == 0
    fused = assert_fused(original, folder / "fused.onnx")
    assert bytes_of(fused, "w3") == bytes_of(original, "w3")


def test_converting_there_and_back_gives_the_same_fold(folder):
    (folder / "model.onnx").write_bytes(large_model().SerializeToString())
    run("model.onnx", "-o", "inside.onnx")
    run("model.onnx", "-o", "outside.onnx", "--external-data")
    run("outside.onnx", "-o", "back.onnx", "--inline-data")
    inside, back = onnx.load("inside.onnx"), onnx.load("back.onnx")
    assert [t.name for t in inside.graph.initializer] == [t.name for t in back.graph.initializer]
    for t in inside.graph.initializer:
        assert np.array_equal(tensor(inside, t.name), tensor(back, t.name))


@pytest.mark.parametrize("there", ["--external-data", "--inline-data"])
def test_converting_works_where_nothing_folds(there, folder):
    original = large_model()
    if there == "--inline-data":
        write(folder, original)
    else:
        (folder / "model.onnx").write_bytes(original.SerializeToString())
    assert run("model.onnx", "-o", "out.onnx", "--skip", "*", there).exit == 0
    if there == "--external-data":
        assert_equivalent(original, assert_self_contained(folder / "out.onnx"))
    else:
        assert (folder / "out.onnx").read_bytes() == original.SerializeToString()
        assert data_files(folder) == []


@pytest.mark.parametrize("dtype", ["float16", "float64", "bfloat16"])
def test_data_of_every_element_type_goes_out_and_comes_in(dtype, folder):
    original = large_model(dtype)
    (folder / "model.onnx").write_bytes(original.SerializeToString())
    assert run("model.onnx", "-o", "outside.onnx", "--external-data").exit == 0
    assert assert_exact(original, assert_self_contained(folder / "outside.onnx"))
    assert run("outside.onnx", "-o", "inside.onnx", "--inline-data").exit == 0
    assert assert_exact(original, onnx.load("inside.onnx"))


def test_a_model_with_external_data_goes_to_standard_output_whole_or_not_at_all(folder):
    """A data file has no name there; with the data inside it works, or it is refused in one line."""
    original = write(folder)
    before = listing(folder)
    result = run("model.onnx", "-o", "-", "--inline-data")
    assert result.exit == 0, result.stderr
    assert assert_exact(original, onnx.load_from_string(result.out))
    plain = run("model.onnx", "-o", "-")
    if plain.exit == 0:
        assert assert_exact(original, onnx.load_from_string(plain.out))
    else:
        assert plain.exit in (1, 64)
        plain.assert_failed(plain.exit)
    assert listing(folder) == before
