"""Files made to exhaust stack, memory or time, of any size."""

import numpy as np

import wire
from builders import Graph, conv_norm
from wire import BYTES, VARINT, edited, field, varint

SUBGRAPH = [wire.NODE, wire.ATTRIBUTE, 6]  # graph → node → attribute → graph
TYPE = [4, 1]  # type → sequence → element type

DEEP = ["subgraphs", "types", "unknown fields"]
CLAIMED = [1 << 20, 1 << 31, (1 << 31) - 1, 1 << 40, (1 << 63) - 1]
HUGE = [[1 << 31], [1 << 20, 1 << 20], [1 << 62]]


def nested(levels, wrap, core=b""):
    """A message inside itself; `wrap` are the field numbers from one level to the next."""
    for _ in range(levels):
        for number in reversed(wrap):
            core = field(number, BYTES, core)
    return core


def deep(kind, levels):
    """A model with something inside itself, `levels` times."""
    if kind == "subgraphs":
        return in_graph(nested(levels, SUBGRAPH))
    if kind == "types":
        return in_graph(field(wire.INFO, BYTES, field(1, BYTES, b"deep") + field(2, BYTES, nested(levels, TYPE))))
    return behind(nested(levels, [1000]))  # a parser that does not know the field sees only bytes


def claimed(length):
    """A model whose second graph says that it is longer than the file."""
    return behind(varint(wire.GRAPH << 3 | BYTES) + varint(length) + bytes(100))


def huge_constant(shape):
    """A model with a gamma of a shape that only a ConstantOfShape says."""
    graph = Graph()
    graph.input("x", [1, 3, 4, 4])
    graph.initializer("shape", np.array(shape, np.int64))
    graph.node("ConstantOfShape", ["shape"], "gamma")
    graph.weight("w", [4, 3, 1, 1])
    graph.convolution("x", "c", "w")
    graph.norm("c", "y", 4, gamma="gamma")
    graph.output("y", [1, 4, 4, 4])
    return graph.model().SerializeToString()


def in_graph(extra):
    data = conv_norm().SerializeToString()
    return edited(data, [wire.GRAPH], lambda graph: graph + extra)


def in_node(extra):
    return in_graph(field(wire.NODE, BYTES, field(4, BYTES, b"Relu") + extra))


def behind(extra):
    return conv_norm().SerializeToString() + extra


def repeated(unit, size):
    return unit * (size // len(unit))


def dims(size):
    return field(13, BYTES, field(2, BYTES, field(1, BYTES, field(2, BYTES, repeated(field(1, BYTES, b""), size)))))


# Models with `size` bytes of small things.
BOMBS = {
    "empty attributes": lambda size: in_node(repeated(field(5, BYTES, b""), size)),
    "empty nodes": lambda size: in_graph(repeated(field(1, BYTES, b""), size)),
    "empty initializers": lambda size: in_graph(repeated(field(5, BYTES, b""), size)),
    "empty sparse initializers": lambda size: in_graph(repeated(field(15, BYTES, b""), size)),
    "empty value infos": lambda size: in_graph(repeated(field(13, BYTES, b""), size)),
    "empty metadata": lambda size: in_graph(repeated(field(16, BYTES, b""), size)),
    "empty functions": lambda size: behind(repeated(field(25, BYTES, b""), size)),
    "empty training infos": lambda size: behind(repeated(field(20, BYTES, b""), size)),
    "empty inputs of a node": lambda size: in_node(repeated(field(1, BYTES, b""), size)),
    "dims of one tensor": lambda size: in_graph(field(5, BYTES, repeated(field(1, VARINT, 1), size))),
    "dims of a shape": lambda size: in_graph(dims(size)),
    "packed int64 data": lambda size: in_graph(
        field(5, BYTES, field(1, VARINT, size) + field(2, VARINT, 7) + field(7, BYTES, bytes(size)))
    ),
    "unpacked int32 data": lambda size: in_graph(field(5, BYTES, repeated(field(5, VARINT, 1), size))),
    "float data one by one": lambda size: in_graph(field(5, BYTES, repeated(field(4, BYTES, b"\0\0\0\0"), size))),
    "unknown fields": lambda size: behind(repeated(field(1000, VARINT, 1), size)),
    "unknown fields in a node": lambda size: in_node(repeated(field(1000, VARINT, 1), size)),
    "duplicate graphs": lambda size: behind(repeated(field(7, BYTES, b""), size)),
    "duplicate names": lambda size: in_graph(repeated(field(2, BYTES, b"n"), size)),
    "duplicate numbers": lambda size: repeated(field(1, VARINT, 8), size) + conv_norm().SerializeToString(),
    "duplicate raw data": lambda size: in_graph(field(5, BYTES, repeated(field(9, BYTES, b""), size))),
    "duplicate tensors of an attribute": lambda size: in_node(
        field(5, BYTES, repeated(field(5, BYTES, b""), size))
    ),
    "opset imports": lambda size: repeated(field(8, BYTES, b""), size) + conv_norm().SerializeToString(),
    "floats of an attribute": lambda size: in_node(
        field(5, BYTES, repeated(field(7, wire.FIXED32, b"\0\0\0\0"), size))
    ),
    "strings of an attribute": lambda size: in_node(field(5, BYTES, repeated(field(9, BYTES, b""), size))),
    "groups": lambda size: behind(repeated(varint(1000 << 3 | 3) + varint(1000 << 3 | 4), size)),
}
