"""Where external data may lie, and every way in which it may not be there."""

import os

import onnx
import pytest

from builders import conv_norm
from command import listing, run
from external import data_files, set_entries, write
from judge import assert_exact


def relocate(path, **entries):
    """Changes what every external tensor of a written model says about its data."""
    model = onnx.load(path, load_external_data=False)
    for tensor in model.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            old = {e.key: e.value for e in tensor.external_data}
            set_entries(tensor, **{**old, **entries})
    path.write_bytes(model.SerializeToString())


def assert_refused(folder, *words, arguments=("model.onnx", "-o", "fused.onnx")):
    before = set(os.listdir(folder))
    text = run(*arguments, cwd=folder).assert_failed(1, *words)
    assert set(os.listdir(folder)) == before, "a refused model left a file"
    return text


def assert_accepted(original, folder, *options, model="model.onnx"):
    result = run(model, "-o", "fused.onnx", "--inline-data", *options, cwd=folder)
    assert result.exit == 0, result.stderr
    assert assert_exact(original, onnx.load(os.path.join(folder, "fused.onnx")))


# Outside the folder


@pytest.mark.parametrize(
    "location",
    ["../secret.bin", "sub/../../secret.bin", "./../secret.bin", "sub/../weights.bin", "..", "../model/weights.bin"],
)
def test_a_location_with_two_dots_is_refused(location, folder):
    place = folder / "model"
    (place / "sub").mkdir(parents=True)
    write(place)
    (folder / "secret.bin").write_bytes((place / "weights.bin").read_bytes())
    relocate(place / "model.onnx", location=location)
    assert_refused(place, "model.onnx: ")


def test_an_absolute_location_is_refused_even_inside_the_folder(folder):
    write(folder)
    relocate(folder / "model.onnx", location=str(folder / "weights.bin"))
    assert_refused(folder, "model.onnx: ")


@pytest.mark.parametrize("location", ["", ".", "/", "/etc/passwd", "/dev/zero", "/proc/self/mem", "a\\..\\b", "\n"])
def test_other_strange_locations_are_refused_in_one_line(location, folder):
    write(folder)
    relocate(folder / "model.onnx", location=location)
    assert_refused(folder)


def test_a_link_out_of_the_folder_is_refused_unless_its_root_is_named(folder):
    place, away = folder / "model", folder / "away"
    place.mkdir(), away.mkdir()
    original = write(place)
    (place / "weights.bin").rename(away / "data")
    (place / "weights.bin").symlink_to(away / "data")
    assert_refused(place, "model.onnx: ")
    assert_accepted(original, place, "--external-root", "../away")
    assert_accepted(original, place, "--external-root", "/usr", "--external-root", str(away))


def test_a_root_whose_name_only_begins_alike_is_another_folder(folder):
    place, away = folder / "model", folder / "model-private"
    place.mkdir(), away.mkdir()
    write(place)
    (place / "weights.bin").rename(away / "data")
    (place / "weights.bin").symlink_to(away / "data")
    assert_refused(place)


def test_a_linked_folder_out_of_the_folder_is_refused(folder):
    place, away = folder / "model", folder / "away"
    place.mkdir(), away.mkdir()
    write(place, location="sub/weights.bin")
    (place / "sub").rename(away / "sub")
    (place / "sub").symlink_to(away / "sub")
    assert_refused(place)


def test_a_link_inside_the_folder_is_ordinary(folder):
    original = write(folder, location="sub/data")
    (folder / "weights.bin").symlink_to("sub/data")
    relocate(folder / "model.onnx", location="weights.bin")
    assert_accepted(original, folder)


def test_a_hard_link_is_an_ordinary_file(folder):
    place, away = folder / "model", folder / "away"
    place.mkdir(), away.mkdir()
    original = write(place)
    (place / "weights.bin").rename(away / "data")
    os.link(away / "data", place / "weights.bin")
    assert_accepted(original, place)


def cache(folder):
    """A model cache: both names are links into a common store of files named by their hash."""
    store, shown = folder / "blobs", folder / "snapshots" / "main"
    store.mkdir(), shown.mkdir(parents=True)
    original = write(shown)
    for name, blob in (("model.onnx", "aaaa"), ("weights.bin", "bbbb")):
        (shown / name).rename(store / blob)
        (shown / name).symlink_to(f"../../blobs/{blob}")
    return original, shown


def test_links_of_model_and_data_into_a_common_store_work(folder):
    original, shown = cache(folder)
    result = run(shown / "model.onnx", "-o", folder / "fused.onnx")
    assert result.exit == 0, result.stderr
    assert assert_exact(original, onnx.load(folder / "fused.onnx"))
    assert sorted(os.listdir(folder / "blobs")) == ["aaaa", "bbbb"]


def test_a_cached_model_may_be_named_from_anywhere(folder):
    original, shown = cache(folder)
    (folder / "elsewhere").mkdir()
    path = os.path.relpath(shown / "model.onnx", folder / "elsewhere")
    result = run(path, "-o", "fused.onnx", cwd=folder / "elsewhere")
    assert result.exit == 0, result.stderr
    assert assert_exact(original, onnx.load(folder / "elsewhere" / "fused.onnx"))


def test_a_linked_model_with_data_beside_the_link_works(folder):
    """The location is opened from the folder in which the model was named."""
    original = write(folder)
    (folder / "store").mkdir()
    (folder / "model.onnx").rename(folder / "store" / "blob")
    (folder / "model.onnx").symlink_to("store/blob")
    assert_accepted(original, folder)


# Standard input


def test_a_model_from_standard_input_needs_a_root_for_its_data(folder):
    original = write(folder)
    data = (folder / "model.onnx").read_bytes()
    run("-", "-o", "fused.onnx", stdin=data).assert_failed(1)
    assert set(os.listdir()) == {"model.onnx", "weights.bin"}
    result = run("-", "-o", "fused.onnx", "--external-root", ".", stdin=data)
    assert result.exit == 0, result.stderr
    assert assert_exact(original, onnx.load("fused.onnx"))


# Not there, or not as it should be


def test_a_missing_data_file_is_named(folder):
    write(folder)
    (folder / "weights.bin").unlink()
    assert_refused(folder, "weights.bin")


@pytest.mark.parametrize("left", [0, 1, 100, -1])
def test_a_short_data_file_is_refused(left, folder):
    write(folder)
    data = (folder / "weights.bin").read_bytes()
    (folder / "weights.bin").write_bytes(data[:left])
    assert_refused(folder, "weights.bin")


def test_a_folder_in_place_of_the_data_is_refused(folder):
    write(folder)
    (folder / "weights.bin").unlink()
    (folder / "weights.bin").mkdir()
    assert_refused(folder, "weights.bin")


@pytest.mark.parametrize("kind", ["fifo", "link to a fifo", "link to a device", "link to itself", "dangling link"])
def test_what_is_no_regular_file_is_refused_without_waiting(kind, folder):
    write(folder)
    path = folder / "weights.bin"
    path.unlink()
    if kind.endswith("fifo"):
        os.mkfifo(path if kind == "fifo" else folder / "pipe")
    if kind != "fifo":
        targets = {"link to a fifo": "pipe", "link to a device": "/dev/zero", "link to itself": "weights.bin"}
        path.symlink_to(targets.get(kind, "nothing"))
    assert_refused(folder, "weights.bin")


def test_a_fifo_as_the_model_is_read_like_a_pipe_or_refused(folder):
    import threading

    os.mkfifo(folder / "model.onnx")
    writer = threading.Thread(target=lambda: (folder / "model.onnx").write_bytes(conv_norm().SerializeToString()))
    writer.daemon = True
    writer.start()
    result = run("model.onnx", "-o", "fused.onnx")
    if result.exit:
        result.assert_failed(1, "model.onnx")
    else:
        onnx.load("fused.onnx")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("offset", "-1"), ("offset", "99999999"), ("offset", "9223372036854775807"), ("offset", "18446744073709551616"),
        ("offset", "abc"), ("offset", ""), ("offset", "1e2"), ("offset", "0x10"), ("length", "-5"), ("length", "3"),
        ("length", "99999999999"), ("length", "18446744073709551615"), ("length", "many"), ("length", "0"),
    ],
)  # fmt: skip
def test_an_offset_or_length_that_does_not_fit_is_refused(key, value, folder):
    write(folder)
    relocate(folder / "model.onnx", **{key: value})
    assert_refused(folder, "model.onnx: ")


def test_a_tensor_that_is_outside_but_names_no_file_is_refused(folder):
    write(folder)
    relocate(folder / "model.onnx", location=None)
    assert_refused(folder, "model.onnx: ")


def test_data_inside_and_outside_at_once_is_refused_or_read_from_outside(folder):
    original = write(folder)
    model = onnx.load("model.onnx", load_external_data=False)
    for tensor in model.graph.initializer:
        tensor.raw_data = b"\0" * 16
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    result = run("model.onnx", "-o", "fused.onnx")
    if result.exit:
        result.assert_failed(1, "model.onnx: ")
        assert data_files(folder) == []
    else:
        assert assert_exact(original, onnx.load("fused.onnx"))


def test_a_data_file_without_permission_is_refused(folder):
    write(folder)
    (folder / "weights.bin").chmod(0)
    run("model.onnx", "-o", "fused.onnx", unprivileged=True).assert_failed(1, "weights.bin")
    assert "fused.onnx" not in listing(folder)


def test_data_that_no_tensor_of_the_fold_needs_must_be_there_all_the_same(folder):
    """The output is self-contained, so a missing file cannot be passed over."""
    write(folder, only=["y_gamma"])
    (folder / "weights.bin").unlink()
    assert_refused(folder, "weights.bin")


def test_inspect_needs_the_data_too_and_refuses_in_one_line(folder):
    write(folder)
    (folder / "weights.bin").unlink()
    run("inspect", "model.onnx").assert_failed(1, "weights.bin")
