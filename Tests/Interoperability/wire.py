"""Protobuf's wire format by hand: legal files that no library writes."""

VARINT, FIXED64, BYTES, OPEN, CLOSE, FIXED32 = range(6)

# Field numbers of onnx.proto
GRAPH, IR_VERSION = 7, 1
NODE, INITIALIZER, INPUT, OUTPUT, INFO, NAME = 1, 5, 11, 12, 13, 2
DIMS, FLOAT_DATA, INT32_DATA, RAW_DATA, DOUBLE_DATA, TENSOR_NAME = 1, 4, 5, 9, 10, 8
ATTRIBUTE = 5


def varint(value, width=0):
    """A varint, stretched to `width` bytes where that is more than it needs."""
    value &= (1 << 64) - 1
    out = bytearray()
    while True:
        out.append(value & 0x7F | 0x80)
        value >>= 7
        if not value and len(out) >= width:
            out[-1] &= 0x7F
            return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def field(number, kind, content, width=0):
    """One field; the content is a number for VARINT and bytes for all else."""
    tag = varint(number << 3 | kind)
    if kind == VARINT:
        return tag + varint(content, width)
    return tag + varint(len(content), width) + content if kind == BYTES else tag + content


def fields(data):
    """The fields of a message as (number, kind, content), without groups."""
    at, out = 0, []
    while at < len(data):
        tag, at = read_varint(data, at)
        kind = tag & 7
        if kind == VARINT:
            content, at = read_varint(data, at)
        else:
            size = {FIXED64: 8, FIXED32: 4}.get(kind)
            if size is None:
                size, at = read_varint(data, at)
            content, at = data[at : at + size], at + size
        out.append((tag >> 3, kind, content))
    return out


def message(parts, width=0):
    return b"".join(field(*part, width) for part in parts)


def edited(data, path, change):
    """Applies `change` (bytes to bytes) to the messages that a path of field numbers leads to, all of them."""
    if not path:
        return change(data)
    return message(
        (number, kind, edited(content, path[1:], change) if number == path[0] and kind == BYTES else content)
        for number, kind, content in fields(data)
    )


# The messages of a model: where each is, as paths from the model
MESSAGES = {
    "model": [],
    "graph": [GRAPH],
    "node": [GRAPH, NODE],
    "attribute": [GRAPH, NODE, ATTRIBUTE],
    "initializer": [GRAPH, INITIALIZER],
    "graph input": [GRAPH, INPUT],
    "input type": [GRAPH, INPUT, 2],
    "input tensor type": [GRAPH, INPUT, 2, 1],
    "input shape": [GRAPH, INPUT, 2, 1, 2],
    "input dimension": [GRAPH, INPUT, 2, 1, 2, 1],
    "graph output": [GRAPH, OUTPUT],
    "opset import": [8],
}
