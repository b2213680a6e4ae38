"""A model as text that a person can read: small constants with their elements, bodies and functions indented."""

import numpy as np
from onnx import AttributeProto, TensorProto, helper, numpy_helper

from preservation import bodies


def tensor_text(tensor):
    value = numpy_helper.to_array(tensor)
    elements = np.array2string(value.astype(float) if value.dtype.kind == "V" else value, separator=", ", threshold=8)
    shown = f" = {' '.join(elements.split())}" if value.size <= 8 else ""
    return f"{TensorProto.DataType.Name(tensor.data_type).lower()}{list(tensor.dims)}{shown}"


def value_text(value):
    tensor = value.type.tensor_type
    shape = [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in tensor.shape.dim]
    return f"{value.name}{shape if tensor.HasField('shape') else ''}"


def attribute_text(attribute):
    if attribute.type == AttributeProto.TENSOR:
        return f"{attribute.name}={tensor_text(attribute.t)}"
    value = helper.get_attribute_value(attribute)
    return f"{attribute.name}={value.decode() if isinstance(value, bytes) else value}"


def node_lines(node, indent):
    plain = [a for a in node.attribute if a.type not in (AttributeProto.GRAPH, AttributeProto.GRAPHS)]
    attributes = "".join(f", {attribute_text(a)}" for a in plain)
    operator = f"{node.domain}.{node.op_type}" if node.domain else node.op_type
    yield f"{indent}{', '.join(node.output)} = {operator}({', '.join(node.input)}{attributes})"
    for graph in bodies(node):
        yield from graph_lines(graph, indent + "    ")


def graph_lines(graph, indent=""):
    inputs, outputs = map(value_text, graph.input), (value.name for value in graph.output)
    yield f"{indent}{graph.name}: {', '.join(inputs)} → {', '.join(outputs)}"
    for tensor in graph.initializer:
        yield f"{indent}  {tensor.name}: {tensor_text(tensor)}"
    for node in graph.node:
        yield from node_lines(node, indent + "  ")


def model_text(model):
    """The whole model."""
    lines = [f"opset {model.opset_import[0].version}, IR {model.ir_version}", *graph_lines(model.graph)]
    for function in model.functions:
        lines.append(f"{function.name}: {', '.join(function.input)} → {', '.join(function.output)}")
        for node in function.node:
            lines.extend(node_lines(node, "  "))
    return "\n".join(lines)
