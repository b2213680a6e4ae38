"""Shows that a fused model is the original but for what the folds had to change."""

from collections import Counter

import onnx

from tracing import scopes

CONSTANT_MAKERS = ("Constant", "Identity", "ConstantOfShape")
CONTENT = (
    "raw_data", "float_data", "int32_data", "int64_data", "double_data", "uint64_data", "dims",
    "external_data", "data_location",
)  # fmt: skip


def data(message):
    return message.SerializeToString(deterministic=True)


def without(message, *fields):
    copy = type(message)()
    copy.CopyFrom(message)
    for field in fields:
        copy.ClearField(field)
    return data(copy)


def bodies(node):
    for attribute in node.attribute:
        if attribute.HasField("g"):
            yield attribute.g
        yield from attribute.graphs


def plain(node, *fields, attributes=()):
    """A node's bytes without its bodies (compared as graphs of their own), some fields and some attributes."""
    copy = onnx.NodeProto()
    copy.CopyFrom(node)
    for body in bodies(copy):
        body.Clear()
    kept = [data(a) for a in copy.attribute if a.name not in attributes]
    return without(copy, "attribute", *fields), kept


def reads(graph):
    """How often each name is read in a graph and the graphs inside it; being a graph output counts."""
    count = Counter(value.name for value in graph.output)
    for node in graph.node:
        count.update(name for name in node.input if name)
        for body in bodies(node):
            count.update(reads(body))
    return count


def written(graph):
    """Every value of a graph that something makes."""
    names = {name for node in graph.node for name in node.output if name}
    names |= {value.name for value in graph.input} | {tensor.name for tensor in graph.initializer}
    return names | {sparse.values.name for sparse in graph.sparse_initializer}


def in_order(part, whole):
    """Whether `part` is a subsequence of `whole`."""
    rest = iter(whole)
    return all(any(p == w for w in rest) for p in part)


class Folds:
    """What the folds of a whole model read, replaced and wrote; `pairs` are (before, after) traces."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.operators = {id(after.node): before for before, after in pairs}
        self.behind = {id(node) for _, after in pairs for node in after.passed}
        touched = {id(node): node for before, _ in pairs for node in [before.node, *before.passed]}
        self.touched = touched.values()
        self.gone = set(touched)
        self.stored = {name for _, after in pairs for name in after.constant_names}
        self.read = Counter(name for node in self.touched for name in node.input if name)


class FusedGraph:
    """One graph of the fused model beside the same graph of the original."""

    def __init__(self, before, after, folds):
        self.before, self.after, self.folds = before.graph, after.graph, folds
        self.writers = before.writers
        self.reads_before, self.reads_after = reads(self.before), reads(self.after)

    def assert_preserved(self):
        fields = ("node", "initializer", "sparse_initializer", "input", "value_info", "quantization_annotation")
        assert without(self.before, *fields) == without(self.after, *fields), f"graph {self.before.name!r} changed"
        self.assert_nodes()
        self.assert_gone()
        self.assert_initializers()
        self.assert_sparse_initializers()
        self.assert_inputs()
        self.assert_named("value_info", lambda value: value.name)
        self.assert_named("quantization_annotation", lambda annotation: annotation.tensor_name)

    def assert_nodes(self):
        """Each node is as it was, or a fused operator, or an Add behind one, or a constant that a fold stored."""
        untouched = []
        for node in self.after.node:
            if id(node) in self.folds.operators:
                self.assert_fused(self.folds.operators[id(node)], node)
            elif id(node) in self.folds.behind:
                assert node.op_type == "Add", f"{node.op_type} {node.name!r} is left behind a fused operator"
            elif node.op_type == "Constant" and self.folds.stored.intersection(node.output):
                continue
            else:
                old = self.writers.get(next(name for name in node.output if name))
                assert old is not None, f"unexpected new node {node.name!r} ({node.op_type})"
                assert plain(node) == plain(old), f"node {node.name!r} changed"
                untouched.append(node.output[0])
        assert in_order(untouched, [node.output[0] for node in self.before.node]), "the order of nodes changed"

    def assert_fused(self, before, node):
        """A fused operator keeps its type, name, data input, attributes and metadata."""
        old = before.node
        scaled = ("alpha", "beta", "broadcast") if old.op_type == "Gemm" else ()
        kept = plain(old, "input", "output", attributes=scaled)
        assert plain(node, "input", "output", attributes=scaled) == kept, f"{old.op_type} {old.name!r} changed"
        operand = 1 if before.weight_on_left else 0
        assert node.input[operand] == old.input[operand]

    def assert_gone(self):
        """What is gone was folded or makes a constant that nothing reads any more."""
        present = {name for node in self.after.node for name in node.output}
        for node in self.before.node:
            if id(node) not in self.folds.gone and not present.intersection(node.output):
                assert node.op_type in CONSTANT_MAKERS, f"node {node.name!r} is gone"
                assert not any(self.reads_after[name] for name in node.output), f"{node.name!r} is gone but read"

    def assert_initializers(self):
        old = {tensor.name: tensor for tensor in self.before.initializer}
        new = {tensor.name: tensor for tensor in self.after.initializer}
        assert len(new) == len(self.after.initializer), "two initializers have the same name"
        sources = {name for node in self.before.node if node.op_type in CONSTANT_MAKERS for name in node.input}
        for name, tensor in old.items():
            if name not in new:
                assert not self.reads_after[name] and (name in self.folds.read or name in sources), f"{name!r} is gone"
                continue
            unread = self.reads_before[name] and not self.reads_after[name]
            assert not unread, f"initializer {name!r} is kept though nothing reads it any more"
            if data(tensor) != data(new[name]):
                assert name in self.folds.stored, f"initializer {name!r} changed"
                assert self.reads_before[name] <= self.folds.read[name], f"{name!r} changed though others read it"
                assert without(tensor, *CONTENT) == without(new[name], *CONTENT), f"{name!r} lost its metadata"
        for name in new.keys() - old.keys():
            assert name in self.folds.stored, f"unexpected new initializer {name!r}"
            assert name not in written(self.before), f"new initializer {name!r} takes a name that was in use"
        assert in_order([name for name in new if name in old], list(old)), "the order of initializers changed"

    def assert_sparse_initializers(self):
        """Each keeps its places, and its values too unless a fold stored others, or is gone with its reader."""
        new = {sparse.values.name: sparse for sparse in self.after.sparse_initializer}
        for old in self.before.sparse_initializer:
            name, sparse = old.values.name, new.pop(old.values.name, None)
            if sparse is None:
                assert not self.reads_after[name] and name in self.folds.read, f"{name!r} is gone"
                continue
            assert without(old, "values") == without(sparse, "values"), f"the places of {name!r} changed"
            assert name in self.folds.stored or old == sparse, f"sparse initializer {name!r} changed"
            assert without(old.values, *CONTENT) == without(sparse.values, *CONTENT), f"{name!r} lost its metadata"
        assert not new, "there is a new sparse initializer"

    def assert_inputs(self):
        tensors = {tensor.name for tensor in self.after.initializer}
        removed = {tensor.name for tensor in self.before.initializer} - tensors
        compared = lambda graph: [  # noqa: E731
            data(v) for v in graph.input if v.name not in removed | self.folds.stored
        ]
        assert compared(self.before) == compared(self.after), "graph inputs changed"
        left = removed.intersection(value.name for value in self.after.input)
        assert not left, f"removed initializers are still graph inputs: {left}"

    def assert_named(self, field, name_of):
        """Entries of surviving values are kept in order, entries of vanished values are gone."""
        values, known = written(self.after), written(self.before)
        entries = list(getattr(self.after, field))
        stale = [name_of(entry) for entry in entries if name_of(entry) not in values]
        assert not stale, f"{field} of vanished values: {stale}"
        kept = [data(e) for e in entries if name_of(e) in known - self.folds.stored]
        wanted = [
            data(e) for e in getattr(self.before, field) if name_of(e) in (values & known) - self.folds.stored
        ]
        assert kept == wanted, f"{field} changed"


def assert_preserved(original, fused, pairs):
    """`pairs` are the traces before and after of every fold, as `judge.assert_exact` returns them."""
    assert without(original, "graph") == without(fused, "graph"), "something beside the graph changed"
    folds = Folds(pairs)
    for before, after in zip(scopes(original), scopes(fused), strict=True):
        FusedGraph(before, after, folds).assert_preserved()
    if fused.ir_version < 4:
        listed = {value.name for value in fused.graph.input}
        missing = [tensor.name for tensor in fused.graph.initializer if tensor.name not in listed]
        assert not missing, f"IR {fused.ir_version} wants initializers among the graph inputs: {missing}"
