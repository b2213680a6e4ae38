"""What a replaced output passes on to the new one: permissions, owner, access list and the attributes of users."""

import os
import stat
import struct

import onnx
import pytest

from builders import conv_norm
from command import drop_privileges, listing, run
from external import data_files, large_model, write

MODEL = conv_norm().SerializeToString()
ACCESS = "system.posix_acl_access"


def access_list(*entries):
    """The kernel's form of an access list: version 2, then (tag, permissions, id) in order."""
    return struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)


NOBODY_READS = access_list((1, 6, 0xFFFFFFFF), (2, 4, 65534), (4, 4, 0xFFFFFFFF), (16, 4, 0xFFFFFFFF), (32, 0, 0xFFFFFFFF))


@pytest.fixture
def output(folder):
    """A model, and an older output that is about to be replaced."""
    (folder / "model.onnx").write_bytes(MODEL)
    (folder / "out.onnx").write_bytes(b"older")
    return folder / "out.onnx"


def attributes(path):
    return {name: os.getxattr(path, name) for name in os.listxattr(path)}


def set_attribute(path, name, value):
    """Whether the file system takes the attribute; where it does not, there is nothing to pass on."""
    try:
        os.setxattr(path, name, value)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("options", [[], ["--skip", "*"], ["--external-data"]], ids=str)
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o444, 0o755, 0o4755, 0o2711, 0o6777])
def test_permissions_stay_but_never_the_right_to_run_as_somebody_else(mode, options, output, folder):
    output.chmod(mode)
    assert run("model.onnx", "-o", "out.onnx", *options).exit == 0
    for name in ["out.onnx", *data_files(folder)]:
        assert stat.S_IMODE(os.stat(name).st_mode) == mode & 0o777, name


def test_a_new_output_and_its_data_obey_the_mask(folder):
    write(folder)
    assert run("model.onnx", "-o", "out.onnx", prefix=["sh", "-c", 'umask 027; exec "$@"', "sh"]).exit == 0
    for name in ["out.onnx", *data_files(folder)]:
        assert stat.S_IMODE(os.stat(name).st_mode) == 0o640, name


def test_attributes_of_users_and_the_access_list_stay(output):
    attribute = set_attribute(output, "user.origin", b"training run 7")
    access = set_attribute(output, ACCESS, NOBODY_READS)
    before = attributes(output)
    assert len(before) == attribute + access
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    assert attributes(output) == before


def test_data_gets_the_access_list_of_its_model_but_not_its_attributes(folder):
    write(folder, large_model())
    (folder / "out.onnx").write_bytes(b"older")
    set_attribute(folder / "out.onnx", "user.origin", b"training run 7")
    access = set_attribute(folder / "out.onnx", ACCESS, NOBODY_READS)
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    (data,) = data_files(folder)
    assert attributes(data) == ({ACCESS: NOBODY_READS} if access else {})


def test_owner_and_group_stay_where_the_caller_may_give_them(output):
    """Root may give both; anybody else keeps what is theirs anyway."""
    if os.geteuid() == 0:
        os.chown(output, 65534, 65534)
    before = os.stat(output)
    assert run("model.onnx", "-o", "out.onnx").exit == 0
    after = os.stat(output)
    assert (after.st_uid, after.st_gid) == (before.st_uid, before.st_gid)


def test_another_group_gets_no_more_than_everybody(output):
    """Where the group cannot be kept, what it was allowed is not passed to the caller's own."""
    if os.geteuid() == 0:
        os.chown(output, 65534, 65534)
    output.chmod(0o664)
    before = os.stat(output)
    without_chown = ["setpriv", "--bounding-set", "-chown", "--inh-caps", "-chown"] if os.geteuid() == 0 else []
    assert run("model.onnx", "-o", "out.onnx", prefix=without_chown).exit == 0
    after = os.stat(output)
    kept = after.st_gid == before.st_gid
    assert stat.S_IMODE(after.st_mode) == (0o664 if kept else 0o644)
    assert kept == (os.geteuid() != 0)


@pytest.mark.parametrize("length", [200, 233, 234, 255])
@pytest.mark.parametrize("options", [[], ["--external-data"]], ids=str)
def test_the_longest_names_work_with_data_too(options, length, folder):
    name = "n" * length
    (folder / "model.onnx").write_bytes(large_model().SerializeToString())
    for _ in range(2):
        assert run("model.onnx", "-o", name, *options).exit == 0
        assert len(listing(folder)) == (3 if options else 2)
        onnx.load(name)


def test_a_link_is_replaced_and_what_it_leads_to_stays(folder):
    """A model cache links names to a common store, which is never written to."""
    (folder / "store").mkdir()
    (folder / "store" / "blob").write_bytes(MODEL)
    os.symlink("store/blob", "model.onnx")
    assert run("model.onnx", "-o", "model.onnx").exit == 0
    assert not os.path.islink("model.onnx")
    assert listing("store") == {"blob": MODEL}


def test_a_folder_that_cannot_be_listed_can_be_written_to(folder):
    write(folder, large_model())
    (folder / "drop").mkdir()
    assert run("model.onnx", "-o", "drop/out.onnx", "--skip", "n2").exit == 0
    os.chmod("drop", 0o300)
    result = run("model.onnx", "-o", "drop/out.onnx", unprivileged=True)
    os.chmod("drop", 0o700)
    assert result.exit == 0 and "the folder cannot be listed" in result.stderr
    onnx.load("drop/out.onnx")
    assert len(data_files("drop")) == 2
