"""Says what a fused model changed beside its folds. `differences` gives one sentence for each; none is right.

Messages are compared by their serialized bytes, so unknown fields count too.
"""

from onnx import ModelProto

from exact_fold import chains, fused_operator
from graphs import CARRIES_CONSTANTS, is_a, scopes, subgraphs

CONSTANT = ("Constant", *CARRIES_CONSTANTS)


def differences(original, fused, report=None):
    before, after = scopes(original), scopes(fused)
    regions = [Region(chain) for chain in chains(original, fused, report)]
    named = set().union(*(region.constants for region in regions))
    written = set().union(*(region.written for region in regions))
    still_read = set().union(*(scope.readers for scope in after))

    found = []
    if shell(original) != shell(fused):
        found.append("the model's own fields changed")
    for graph, (old, new) in enumerate(zip(before, after)):
        here = [region for region in regions if region.graph == graph]
        found += nodes_changed(old, new, here, named, written, still_read)
        found += initializers_changed(old, new, named, written, still_read)
        found += inputs_changed(old, new, original.ir_version, still_read)
        found += notes_changed(old, new)
        if text_of(old.graph) != text_of(new.graph):
            found.append(f"graph '{old.graph.name}': its name, outputs, doc string, metadata or unknown fields changed")
    return found


class Region:
    """What one fold may touch: the nodes it takes away and puts there, and the constants of both."""

    def __init__(self, chain):
        self.graph, self.old, self.new, self.operator = chain.graph, chain.before, chain.after, chain.operator
        self.fused, self.add = fused_operator(chain)
        self.last = chain.last
        self.gone = [chain.operator, *chain.steps]
        self.intermediate = {name for node in self.gone for name in node.output if name} - {chain.last}
        self.constants = known(self.old, self.gone)
        self.written = known(self.new, [self.fused] + ([self.add] if self.add is not None else []))

    def operator_changed(self):
        """The fused operator must be the old one but for constants, output, and Gemm's alpha and beta."""
        old, new = type(self.operator)(), type(self.fused)()
        old.CopyFrom(self.operator)
        new.CopyFrom(self.fused)
        for node, scope in ((old, self.old), (new, self.new)):
            values = [name for name in node.input if name and scope.constant(name) is None]
            del node.input[:], node.output[:]
            node.input.extend(values)
            if is_a(node, "Gemm"):
                kept = [a for a in node.attribute if a.name not in ("alpha", "beta")]
                del node.attribute[:]
                node.attribute.extend(kept)
        return same(old) != same(new)


def known(scope, nodes):
    """The names of the constants that nodes read, and of those that these come from."""
    found, waiting = set(), [name for node in nodes for name in node.input]
    while waiting:
        name = waiting.pop()
        if not name or name in found:
            continue
        holder = scope
        while holder is not None and not holder.exists(name):
            holder = holder.outer
        if holder is not None and holder.constant(name) is not None:
            found.add(name)
            if holder.node(name) is not None:
                waiting += holder.node(name).input
    return found


def nodes_changed(old, new, regions, named, written, still_read):
    gone = {id_of(node) for region in regions for node in region.gone}
    put = {id_of(node) for region in regions for node in (region.fused, region.add) if node is not None}

    def kept(graph, apart, constants, absent):
        for node in graph.node:
            spare = is_a(node, *CONSTANT) and node.output[0] in constants and absent(node.output[0])
            if id_of(node) not in apart and not spare:
                yield node

    # A constant's node may go when its last reader was folded; a new one may come for a folded weight.
    rewritten = {name for name in named & written if old.readers[name] <= 1}
    before = list(kept(old.graph, gone, named, lambda name: name not in still_read or name in rewritten))
    after = list(kept(new.graph, put, written, lambda name: not old.exists(name) or name in rewritten))
    found = []
    if [shallow(node) for node in before] != [shallow(node) for node in after]:
        left, right = {shallow(node): node for node in before}, {shallow(node): node for node in after}
        names = [f"{left[key].op_type} '{id_of(left[key])}' is missing or changed" for key in left if key not in right]
        names += [f"{right[key].op_type} '{id_of(right[key])}' is new or changed" for key in right if key not in left]
        found += names or ["the order of the nodes changed"]
    for region in regions:
        if region.operator_changed():
            found.append(f"the operator of '{region.last}' changed more than its constants and its output")
        left = sorted(name for name in region.intermediate if new.exists(name))
        found += [f"'{name}' still exists, with other contents" for name in left]
    return found


def initializers_changed(old, new, named, written, still_read):
    found = []
    for name, tensor in old.initializers.items():
        if name in new.initializers:
            # A weight that only its operator reads may be stored again under its own name.
            alone = name in named and name in written and old.readers[name] <= 1
            if not alone and same(tensor) != same(new.initializers[name]):
                found.append(f"initializer '{name}' changed")
        elif name not in named:
            found.append(f"initializer '{name}' is missing")
        elif name in still_read:
            found.append(f"initializer '{name}' is missing but still read")
    for name in new.initializers:
        if name not in old.initializers and name not in written:
            found.append(f"initializer '{name}' is new, but no folded operator reads it")
        if name in named | written and name not in still_read:
            found.append(f"initializer '{name}' belonged to a fold and is left behind without a reader")
    common = [name for name in old.initializers if name in new.initializers]
    if common != [name for name in new.initializers if name in old.initializers]:
        found.append("the order of the initializers changed")
    return found


def inputs_changed(old, new, ir_version, still_read):
    before, after = list(old.graph.input), list(new.graph.input)
    found = []
    if ir_version < 4 and old.outer is None:
        # Each initializer is listed as an input: they come and go together.
        before = [value for value in before if value.name not in old.initializers or value.name in new.initializers]
        after = [value for value in after if value.name not in new.initializers or value.name in old.initializers]
        missing = set(new.initializers) - new.inputs
        found += [f"initializer '{name}' is not listed as an input" for name in sorted(missing)]
    if [same(value) for value in before] != [same(value) for value in after]:
        found.append("the graph inputs changed")
    return found


def notes_changed(old, new):
    """Value_info and quantization annotations: those of surviving values stay, the others go."""
    found = []
    for what, name_of in (("value_info", "name"), ("quantization_annotation", "tensor_name")):
        before = {getattr(note, name_of): same(note) for note in getattr(old.graph, what)}
        after = {getattr(note, name_of): same(note) for note in getattr(new.graph, what)}
        for name, note in before.items():
            if new.exists(name) and after.get(name) != note:
                found.append(f"{what} of '{name}' is missing or changed")
            if old.exists(name) and not new.exists(name) and name in after:
                found.append(f"{what} of '{name}' is left behind")
        found += [f"{what} of '{name}' is new" for name in after if name not in before and old.exists(name)]
        common = [name for name in before if name in after]
        if common != [name for name in after if name in before]:
            found.append(f"the order of {what} changed")
    return found


def id_of(node):
    return next((name for name in node.output if name), node.name)


def same(message):
    return message.SerializeToString(deterministic=True)


def shallow(node):
    """A node without the graphs inside it: these are compared on their own."""
    if not any(True for _ in subgraphs(node)):
        return same(node)
    copy = type(node)()
    copy.CopyFrom(node)
    for found in copy.attribute:
        found.ClearField("g")
        found.ClearField("graphs")
    return same(copy)


def shell(model):
    copy = ModelProto()
    copy.CopyFrom(model)
    copy.ClearField("graph")
    return same(copy)


def text_of(graph):
    copy = type(graph)()
    copy.CopyFrom(graph)
    for what in ("node", "initializer", "sparse_initializer", "input", "value_info", "quantization_annotation"):
        copy.ClearField(what)
    return same(copy)
