"""What one command refuses all do, in the same words: a model is valid or it is not."""

import pytest
from onnx import AttributeProto, TensorProto, helper

from builders import Graph, conv_norm, find
from command import run


def body(*nodes, output):
    graph = Graph(name="body")
    graph.proto.node.extend(nodes)
    graph.output(output, [2, 4, 4, 4])
    return graph.proto


def with_node(*arguments, **attributes):
    def change(model):
        model.graph.node.append(helper.make_node(*arguments, **attributes))

    return change


def repeat_attribute(value, *, output="y", name="training_mode"):
    def change(model):
        for number in (0, value):
            find(model, output).attribute.append(helper.make_attribute(name, number))

    return change


def in_body(node):
    def change(model):
        made = node.output[0]
        model.graph.initializer.append(helper.make_tensor("k", TensorProto.BOOL, [], [True]))
        graph = body(node, output=made)
        model.graph.node.append(helper.make_node("If", ["k"], ["z"], then_branch=graph, else_branch=graph, name="if"))

    return change


def function(*nodes, times=1, opsets=(("", 17),), outputs=("b",)):
    def change(model):
        model.opset_import.add(domain="d", version=1)
        imports = [helper.make_opsetid(*opset) for opset in opsets]
        for _ in range(times):
            model.functions.append(helper.make_function("d", "F", ["a"], list(outputs), list(nodes), imports))
        model.graph.node.append(helper.make_node("F", ["y"], ["z"], domain="d"))

    return change


RELU = helper.make_node("Relu", ["a"], ["b"])


def twice(node, name):
    copy = AttributeProto()
    copy.CopyFrom(helper.make_attribute(name, 1))
    node.attribute.extend([copy, copy])
    return node


BROKEN = {
    "a domain that is not imported": (
        with_node("Op", ["y"], ["z"], domain="com.example", name="n"),
        "node 'n' (Op) needs the domain 'com.example', of which the model imports no version",
    ),
    "ONNX's own domain is not imported": (
        lambda model: model.opset_import[0].__setattr__("domain", "com.example"),
        "node 'conv' (Conv) needs ONNX's own operators, of which the model imports no version",
    ),
    "an opset of the future": (
        lambda model: model.opset_import[0].__setattr__("version", 99), "opset 99 is not known; 1 to 28 are",
    ),
    "a domain imported twice": (
        lambda model: model.opset_import.add(domain="ai.onnx", version=6),
        "imports the operator set '' twice, as version 17 and 6",
    ),
    "a name made by two nodes": (
        with_node("Relu", ["x"], ["y"], name="n"), "value 'y' is defined twice, the second time by node 'n' (Relu)",
    ),
    "a name made twice by one node": (
        with_node("Split", ["x"], ["h", "h"], name="n"),
        "value 'h' is defined twice, the second time by node 'n' (Split)",
    ),
    "a name of an initializer and a node": (
        with_node("Relu", ["x"], ["w"], name="n"), "value 'w' is defined twice, the second time by node 'n' (Relu)",
    ),
    "a name of an input and a node": (
        with_node("Relu", ["y"], ["x"], name="n"), "value 'x' is defined twice, the second time by node 'n' (Relu)",
    ),
    "an initializer twice": (
        lambda model: model.graph.initializer.add().CopyFrom(model.graph.initializer[0]),
        "value 'w' is defined twice, the second time by the initializers",
    ),
    "an input twice": (
        lambda model: model.graph.input.add().CopyFrom(model.graph.input[0]),
        "value 'x' is defined twice, the second time by the graph's inputs",
    ),
    "a circle": (
        with_node("Relu", ["z"], ["z"], name="n"), "node 'n' (Relu) reads 'z', which nothing before it defines",
    ),
    "nodes out of order": (
        lambda model: model.graph.node.insert(0, model.graph.node.pop()),
        "node 'bn' (BatchNormalization) reads 'c', which nothing before it defines",
    ),
    "a value that nothing defines": (
        with_node("Relu", ["nobody"], ["z"], name="n"),
        "node 'n' (Relu) reads 'nobody', which nothing before it defines",
    ),
    "an output that nothing defines": (
        lambda model: model.graph.output[0].__setattr__("name", "nobody"),
        "graph output 'nobody' of / is defined by nothing",
    ),
    "a node without an operator": (with_node("", ["y"], ["z"]), "node 2 has no operator type"),
    "training_mode twice": (
        repeat_attribute(0), "node 'bn' (BatchNormalization) has the attribute 'training_mode' twice",
    ),
    "training_mode twice, of two values": (
        repeat_attribute(1), "node 'bn' (BatchNormalization) has the attribute 'training_mode' twice",
    ),
    "an attribute twice in a node that does not fold": (
        repeat_attribute(1, output="c", name="group"), "node 'conv' (Conv) has the attribute 'group' twice",
    ),
    "an attribute twice in another domain": (
        lambda model: (
            model.opset_import.add(domain="com.example", version=1),
            model.graph.node.append(
                twice(helper.make_node("Op", ["y"], ["z"], domain="com.example", name="n"), "level")
            ),
        ),
        "node 'n' (Op) has the attribute 'level' twice",
    ),
    "an attribute twice among many": (
        lambda model: find(model, "y").attribute.extend(
            helper.make_attribute(f"extra{index % 39}", index) for index in range(40)
        ),
        "node 'bn' (BatchNormalization) has the attribute 'extra0' twice",
    ),
    "an attribute twice in a body": (
        in_body(twice(helper.make_node("Relu", ["y"], ["i"], name="n"), "alpha")),
        "node 'n' (Relu) has the attribute 'alpha' twice",
    ),
    "a value that nothing defines in a body": (
        in_body(helper.make_node("Relu", ["nobody"], ["i"], name="n")),
        "node 'n' (Relu) reads 'nobody', which nothing before it defines",
    ),
    "an attribute twice in a function": (
        function(twice(helper.make_node("Relu", ["a"], ["b"], name="n"), "alpha")),
        "node 'n' (Relu) has the attribute 'alpha' twice",
    ),
    "a function twice": (function(RELU, times=2), "function 'F' is defined twice"),
    "a function's output that nothing defines": (
        function(RELU, outputs=["c"]), "output 'c' of function 'F' is defined by nothing",
    ),
    "a domain that a function does not import": (
        function(helper.make_node("Op", ["a"], ["b"], name="n", domain="com.example")),
        "node 'n' (Op) needs the domain 'com.example', of which the model imports no version",
    ),
    "a function of an opset of the future": (
        function(RELU, opsets=[("", 99)]), "opset 99 is not known; 1 to 28 are",
    ),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_every_command_refuses_a_broken_model_in_the_same_words(folder, kind):
    change, text = BROKEN[kind]
    model = conv_norm()
    (folder / "sound.onnx").write_bytes(model.SerializeToString())
    change(model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    line = f"bnfuse: error: model.onnx: {text}"
    for arguments in (
        ["model.onnx", "-o", "out.onnx"], ["model.onnx", "-o", "out.onnx", "--check"],
        ["model.onnx", "--dry-run"], ["inspect", "model.onnx"], ["check", "model.onnx", "model.onnx"],
        ["check", "sound.onnx", "model.onnx"], ["check", "model.onnx", "sound.onnx"],
    ):
        assert run(*arguments, cwd=folder).assert_failed(1) == line, arguments


SOUND = {
    "a function without imports of its own": function(RELU, opsets=[]),
    "a function that nobody calls": lambda model: (
        model.opset_import.add(domain="d", version=1),
        model.functions.append(
            helper.make_function("d", "F", ["a"], ["b"], [RELU], [helper.make_opsetid("", 17)])
        ),
    ),
    "a name of the graph once more in a body": in_body(helper.make_node("Relu", ["y"], ["c"])),
    "the other name of ONNX's own domain": lambda model: model.opset_import[0].__setattr__("domain", "ai.onnx"),
}


@pytest.mark.parametrize("kind", SOUND)
def test_every_command_takes_what_one_takes(folder, kind):
    model = conv_norm()
    SOUND[kind](model)
    (folder / "model.onnx").write_bytes(model.SerializeToString())
    for arguments in (["model.onnx", "-o", "out.onnx"], ["inspect", "model.onnx"], ["check", "model.onnx", "model.onnx"]):
        assert run(*arguments, cwd=folder).exit == 0, arguments
