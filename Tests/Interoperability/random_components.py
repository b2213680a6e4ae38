"""Random components: sites one behind the other, alone or enclosed in bodies and functions, many to one model."""

import zlib

import numpy as np
import onnx
from onnx import helper, numpy_helper

from builders import TYPES
from choices import Choices
from random_causes import Causes

SITES = [
    "backward_site", "backward_site", "forward_site", "sideways_site", "staying_site", "staying_site", "merged_site",
    "wild_site", "twin_site", "known_site", "border_site",
]  # fmt: skip
# Rules that hold whatever shape comes in: the weight tells the rank, and that axis 1 has the channels.
PROVEN = {
    f"{direction} / {what}" for direction in ("backward", "forward") for what in (
        "Conv", "Conv 1-D", "grouped Conv", "Gemm", "BatchNormalization", "Identity", "Dropout", "several readers",
    )
}  # fmt: skip
ENCLOSURES = [
    "nothing", "nothing", "branch", "branch in a branch", "loop", "function", "branch in a function", "known branch",
]  # fmt: skip


class Component(Causes):
    """A small graph with its expectations; the same choices give the same component."""

    def __init__(self, choices, opset, dtype, number):
        super().__init__(choices, opset, dtype, f"g{number}_", 7)
        self.number = number
        for _ in range(1 + choices.below(3)):
            getattr(self, choices.pick(SITES))()
        proto = self.graph.proto
        self.inputs, self.nodes = list(proto.input), list(proto.node)
        self.initializers, self.outputs = list(proto.initializer), list(proto.output)
        self.enclosure = "nothing"
        if not self.is_open and self.outputs:
            self.enclosure = choices.pick(ENCLOSURES)
            for kind in reversed(self.enclosure.split(" in a ")):
                self.enclose(kind)

    # Enclosures

    def enclose(self, kind):
        if kind in ("branch", "known branch"):
            self.in_branch(kind == "known branch")
        elif kind == "loop":
            self.in_loop()
        elif kind == "function" and not self.has_parameters:
            self.in_function()

    def body(self, name, extra_inputs=(), extra_outputs=()):
        """The component as a graph; some of its constants stay outside."""
        outside = [t for t in self.initializers if self.choices.chance(30)]
        kept = {t.name for t in outside}
        graph = onnx.GraphProto(name=name)
        graph.node.extend(self.nodes)
        graph.initializer.extend(t for t in self.initializers if t.name not in kept)
        graph.input.extend(extra_inputs)
        graph.output.extend([*extra_outputs, *self.outputs])
        self.initializers = outside
        return graph

    def renamed_outputs(self):
        """The outer names of what the body gives."""
        values = []
        for value in self.outputs:
            outer = onnx.ValueInfoProto(name=self.name("o"))
            outer.type.CopyFrom(value.type)
            values.append(outer)
        return values

    def in_branch(self, is_known):
        """The other branch gives numbers, and is not taken, which may be known."""
        body, outer = self.body(self.name("then")), self.renamed_outputs()
        other = onnx.GraphProto(name=self.name("else"))
        for value in self.outputs:
            name = self.name("z")
            dtype = helper.tensor_dtype_to_np_dtype(value.type.tensor_type.elem_type)
            zero = numpy_helper.from_array(np.zeros([], dtype))
            other.node.append(helper.make_node("Constant", [], [name], value=zero))
            other.output.add(name=name).type.CopyFrom(value.type)
        which = self.name("c")
        self.nodes = [helper.make_node(
            "If", [which], [v.name for v in outer], name=self.name("if"), then_branch=body, else_branch=other
        )]  # fmt: skip
        self.outputs = outer
        if is_known:
            self.initializers = [*self.initializers, numpy_helper.from_array(np.array(True), which)]
            self.folds = {name: {*rules, "a body that is known to run"} for name, rules in self.folds.items()}
            # What the body hands out is read by the If, whose output is the graph's.
            self.stays = {
                name: {*codes, "activation-shared"} if "activation-is-output" in codes else codes
                for name, codes in self.stays.items()
            }
        else:
            self.inputs = [*self.inputs, helper.make_tensor_value_info(which, onnx.TensorProto.BOOL, [])]
            self.feeds[which] = np.array(True)

    def in_loop(self):
        """A loop of one turn, whose results are stacked."""
        turn = helper.make_tensor_value_info(self.name("i"), onnx.TensorProto.INT64, [])
        going, again = (helper.make_tensor_value_info(self.name("c"), onnx.TensorProto.BOOL, []) for _ in range(2))
        self.nodes.append(helper.make_node("Identity", [going.name], [again.name]))
        body, outer = self.body(self.name("loop"), [turn, going], [again]), self.renamed_outputs()
        count = numpy_helper.from_array(np.array(1, np.int64), self.name("count"))
        names = [v.name for v in outer]
        self.nodes = [helper.make_node("Loop", [count.name, ""], names, name=self.name("loop"), body=body)]
        self.initializers = [*self.initializers, count]
        self.outputs = outer

    def in_function(self):
        """A function whose constants are nodes of its own; it may read what the component reads."""
        constants = [helper.make_node("Constant", [], [t.name], value=t) for t in self.initializers]
        inputs, outputs = [v.name for v in self.inputs], [v.name for v in self.outputs]
        imports = [helper.make_opsetid("", self.opset)]
        name = self.name("F")
        self.functions.append(
            helper.make_function("local", name, inputs, outputs, [*constants, *self.nodes], imports)
        )
        outer = self.renamed_outputs()
        self.nodes = [helper.make_node(name, inputs, [v.name for v in outer], domain="local")]
        self.initializers, self.outputs = [], outer
        self.forget_shapes()

    def forget_shapes(self):
        """A function's inputs have no shapes: what needs them may fold or not, and may stay for another reason."""
        unproven = [name for name, rules in self.folds.items() if not PROVEN.issuperset(rules)]
        self.either.update(unproven, self.stays, *self.groups)
        self.folds = {name: rules for name, rules in self.folds.items() if name not in unproven}
        self.stays, self.groups = {}, []

    # Running

    def all_feeds(self):
        feeds = dict(self.feeds)
        given = {tensor.name for tensor in self.initializers}
        for value in self.inputs:
            if value.name not in feeds and value.name not in given:
                shape = [d.dim_value for d in value.type.tensor_type.shape.dim]
                random = np.random.default_rng(zlib.crc32(value.name.split("_", 1)[1].encode()))
                feeds[value.name] = random.uniform(-1, 1, shape).astype(TYPES[self.dtype][0])
        return feeds


def component(recipe, opset, dtype, number=0):
    """The component that a recipe makes, or that a seed makes."""
    choices = Choices(recipe=recipe) if isinstance(recipe, list) and recipe[:1] != ["seed"] else Choices(recipe[1:])
    return Component(choices, opset, dtype, number)


def together(components):
    """One model of many components, with what must be fed and the options that the command needs."""
    first = components[0]
    model = onnx.ModelProto(ir_version=8, producer_name="interoperability")
    model.opset_import.add(domain="", version=first.opset)
    model.opset_import.add(domain="local", version=1)
    graph, feeds, options = model.graph, {}, []
    graph.name = "components"
    for each in components:
        graph.input.extend(each.inputs)
        graph.node.extend(each.nodes)
        graph.initializer.extend(each.initializers)
        graph.output.extend(each.outputs)
        model.functions.extend(each.functions)
        feeds |= each.all_feeds()
        options += each.options
    return model, feeds, options
