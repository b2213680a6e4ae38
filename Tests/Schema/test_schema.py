"""Our schema says of every field what the published descriptor says.

The published one is that of the PyPI package onnx; ours is what protoc-c makes of Schemas/onnx.proto.
"""

import pathlib
import subprocess

import pytest
from google.protobuf import descriptor_pb2
from onnx import onnx_data_pb2, onnx_ml_pb2

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "Schemas" / "onnx.proto"


def compiled(path, folder):
    """The descriptor of a .proto file."""
    target = folder / "descriptor.bin"
    subprocess.run(
        ["protoc-c", f"--descriptor_set_out={target}", f"--proto_path={path.parent}", path.name], check=True)
    (file,) = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file
    return file


def published():
    file = descriptor_pb2.FileDescriptorProto()
    onnx_ml_pb2.DESCRIPTOR.CopyToProto(file)
    recorded = descriptor_pb2.FileDescriptorProto()
    onnx_data_pb2.DESCRIPTOR.CopyToProto(recorded)
    file.message_type.extend(recorded.message_type)
    return file


def facts(file):
    """Each field and enum value of a file with everything that decides how it is encoded."""
    found = {}

    def visit_enum(enum, path):
        for value in enum.value:
            found[f"{path}.{enum.name}.{value.name}"] = value.number

    def visit(message, path):
        path = f"{path}.{message.name}"
        for field in message.field:
            found[f"{path}.{field.name}"] = {
                "number": field.number,
                "label": field.label,
                "type": field.type,
                "type name": field.type_name,
                "packed": field.options.packed,
                "default": field.default_value,
                "oneof": message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None,
            }
        for enum in message.enum_type:
            visit_enum(enum, path)
        for nested in message.nested_type:
            visit(nested, path)

    for message in file.message_type:
        visit(message, file.package)
    for enum in file.enum_type:
        visit_enum(enum, file.package)
    return found


def test_every_field_is_as_published(tmp_path):
    assert facts(compiled(SCHEMA, tmp_path)) == facts(published())


def test_there_is_something_to_compare():
    assert len(facts(published())) > 150


@pytest.mark.parametrize(
    "old, new",
    [
        ("optional string op_type = 4;", "optional string op_type = 14;"),
        ("repeated NodeProto node = 1;", "optional NodeProto node = 1;"),
        ("optional bytes raw_data = 9;", "optional string raw_data = 9;"),
        ("repeated float float_data = 4 [packed = true];", "repeated float float_data = 4;"),
        ("optional string producer_name = 2;", ""),
    ],
)
def test_a_changed_field_is_found(tmp_path, old, new):
    text = SCHEMA.read_text()
    assert old in text
    (tmp_path / "onnx.proto").write_text(text.replace(old, new))
    assert facts(compiled(tmp_path / "onnx.proto", tmp_path)) != facts(published())
