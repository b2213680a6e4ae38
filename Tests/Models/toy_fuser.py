"""A small fuser to test the checks of this folder with: it must satisfy them, and its deliberate mistakes must not.

It computes in double, which is good enough for ordinary numbers, or in what `arithmetic` says. It knows float32,
float16 and bfloat16 storage, asks nothing about training mode or types, and is no model for the real program.
"""

import numpy as np
from onnx import ModelProto, helper, numpy_helper

from graphs import Scope, attribute, is_a, name_of, scopes
from unchanged import CONSTANT, known


def fuse(original, arithmetic=np.float64, epsilon_type=np.float32):
    """The fused model and as much of a report as the checks read."""
    model = ModelProto()
    model.CopyFrom(original)
    report = {"folds": []}
    for scope in scopes(model):
        while site := next_site(scope):
            operator, steps = site
            report["folds"] += [{"batchNorm": n.output[0]} for n in steps if is_a(n, "BatchNormalization")]
            fold(model, scope, operator, steps, arithmetic, epsilon_type)
            scope = Scope(model, scope.graph, scope.outer)
    tidy(original, model)
    count = sum(is_a(node, "BatchNormalization") for scope in scopes(original) for node in scope.graph.node)
    folded = len(report["folds"])
    report["summary"] = {"batchNorms": count, "folded": folded, "declined": count - folded, "merged": 0, "lowered": 0}
    return model, report


def next_site(scope):
    for operator in scope.graph.node:
        if is_a(operator, "Conv", "ConvTranspose", "Gemm", "MatMul"):
            steps = absorbed(scope, operator)
            if steps:
                return operator, steps
    return None


def absorbed(scope, operator):
    """The nodes behind an operator up to the last norm that folds into it."""
    left = is_a(operator, "MatMul") and scope.constant(operator.input[1]) is None
    names = operator.input[:1] if left else operator.input[1:]
    if any(scope.constant(name) is None for name in names if name):
        return []
    steps, value, last = [], operator.output[0], 0
    while scope.readers[value] == 1:
        node = next((node for node in scope.graph.node if value in node.input), None)
        constants = [scope.constant(name) is not None for name in node.input] if node is not None else []
        norm = is_a(node, "BatchNormalization") and all(constants[1:])
        if not (norm or is_a(node, "Identity", "Dropout") or (is_a(node, "Add") and any(constants))):
            break
        steps.append(node)
        last = len(steps) if norm else last
        value = node.output[0]
    return steps[:last]


def fold(model, scope, operator, steps, arithmetic, epsilon_type):
    side = 0 if is_a(operator, "MatMul") and scope.constant(operator.input[1]) is None else 1
    weight = scope.constant(operator.input[side])
    groups = attribute(operator, "group", 1) if is_a(operator, "ConvTranspose") else 1
    across = is_a(operator, "MatMul") and side == 1 or is_a(operator, "Gemm") and not attribute(operator, "transB", 0)
    channels = weight.shape[1] if across else weight.shape[0]
    if is_a(operator, "ConvTranspose"):
        channels = weight.shape[1] * groups

    scale, bias = np.ones(channels, arithmetic), np.zeros(channels, arithmetic)
    alpha = attribute(operator, "alpha", 1.0) if is_a(operator, "Gemm") else 1.0
    if len(operator.input) > 2 and operator.input[2]:
        beta = attribute(operator, "beta", 1.0) if is_a(operator, "Gemm") else 1.0
        bias = scope.constant(operator.input[2]).astype(arithmetic) * arithmetic(beta)
    for node in steps:
        if is_a(node, "Add"):
            values = next(v for v in map(scope.constant, node.input) if v is not None)
            bias = bias + values.reshape(-1).astype(arithmetic)
        elif is_a(node, "BatchNormalization"):
            parameters = (scope.constant(name).reshape(-1) for name in node.input[1:5])
            gamma, beta, mean, variance = (values.astype(arithmetic) for values in parameters)
            epsilon = arithmetic(epsilon_type(attribute(node, "epsilon", 1e-5)))
            factor = gamma / np.sqrt(variance + epsilon)
            scale, bias = scale * factor, (bias - mean) * factor + beta

    if is_a(operator, "ConvTranspose"):
        shape = weight.shape
        parts = weight.reshape(groups, shape[0] // groups, shape[1], -1).astype(arithmetic)
        folded = (parts * scale.reshape(groups, 1, -1, 1)).reshape(shape)
    else:
        axes = [1] * weight.ndim
        axes[1 if across else 0] = -1
        folded = weight.astype(arithmetic) * (scale * arithmetic(alpha)).reshape(axes)

    # A shared weight is never edited: everything new gets a name of its own.
    last = steps[-1].output[0]
    store(model, scope, f"{last}.folded_weight", folded.astype(weight.dtype))
    operator.input[side] = f"{last}.folded_weight"
    bias = np.broadcast_to(bias, np.broadcast_shapes(bias.shape, (channels,))).astype(weight.dtype)
    nodes = list(scope.graph.node)
    gone = {node.output[0] for node in steps}
    place = next(i for i, node in enumerate(nodes) if node is operator)
    extra = []
    if is_a(operator, "MatMul"):
        store(model, scope, f"{last}.folded_bias", bias if side == 1 else bias.reshape(-1, 1))
        operator.output[0] = f"{last}.product"
        extra = [helper.make_node("Add", [f"{last}.product", f"{last}.folded_bias"], [last])]
    else:
        store(model, scope, f"{last}.folded_bias", bias)
        del operator.input[2:]
        operator.input.append(f"{last}.folded_bias")
        operator.output[0] = last
        kept = [a for a in operator.attribute if a.name not in ("alpha", "beta")]
        if is_a(operator, "Gemm"):
            del operator.attribute[:]
            operator.attribute.extend(kept)
    after = [node for node in nodes[place + 1 :] if node.output[0] not in gone]
    copies = [copy_of(node) for node in nodes[: place + 1] + extra + after]
    del scope.graph.node[:]
    scope.graph.node.extend(copies)


def copy_of(node):
    copy = type(node)()
    copy.CopyFrom(node)
    return copy


def store(model, scope, name, values):
    scope.graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
    if model.ir_version < 4 and scope.outer is None:
        kind = scope.graph.initializer[-1].data_type
        scope.graph.input.append(helper.make_tensor_value_info(name, kind, values.shape))


def tidy(original, model):
    """Removes what the folds left without a reader, and notes about values that are gone."""
    folded = set()
    for scope in scopes(original):
        for node in scope.graph.node:
            if is_a(node, "BatchNormalization", "Conv", "ConvTranspose", "Gemm", "MatMul", "Add"):
                folded |= known(scope, [node])
    changed = True
    while changed:
        changed = False
        found = scopes(model)
        read = set().union(*(scope.readers for scope in found))
        for scope in found:
            unread = folded - read
            for field in (scope.graph.initializer, scope.graph.sparse_initializer, scope.graph.node):
                for item in list(field):
                    name = item.output[0] if field is scope.graph.node else name_of(item)
                    if name in unread and (field is not scope.graph.node or is_a(item, *CONSTANT)):
                        field.remove(item)
                        changed = True
    for old, new in zip(scopes(original), scopes(model)):
        for value in list(new.graph.input):
            if value.name in old.initializers and value.name not in new.initializers:
                new.graph.input.remove(value)
        for field, key in ((new.graph.value_info, "name"), (new.graph.quantization_annotation, "tensor_name")):
            for note in list(field):
                if old.exists(getattr(note, key)) and not new.exists(getattr(note, key)):
                    field.remove(note)
