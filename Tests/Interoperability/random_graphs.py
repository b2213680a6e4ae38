"""Random models out of sites (an operator, what follows it, a norm), each with the outcome that is expected of it."""

import numpy as np
from onnx import helper, numpy_helper

from builders import PARAMETERS, TYPES, Graph

PRODUCERS = [
    *(f"{name} {n}-D{suffix}" for name in ("Conv", "ConvTranspose") for n in (1, 2, 3) for suffix in ("", " grouped")),
    "Gemm", "MatMul", "MatMul left",
]  # fmt: skip
THROUGH = ["nothing", "BatchNormalization", "Identity", "Dropout", "Add"]
RULES = [(producer, through) for producer in PRODUCERS for through in THROUGH]

# Each decline code with the opsets in which a site can bring it about, and whether the model still runs
CAUSES = {
    "no-linear-producer": (range(6, 29), True),
    "activation-shared": (range(6, 29), True),
    "activation-is-output": (range(6, 29), True),
    "activation-captured": (range(7, 29), True),
    "training-mode": (range(6, 29), True),
    "non-spatial": (range(6, 9), True),
    "parameter-not-constant": (range(6, 29), True),
    "weight-not-constant": (range(6, 29), True),
    "bias-not-constant": (range(6, 29), True),
    "overridable-initializer": (range(9, 29), True),
    "channel-mismatch": (range(6, 29), False),
    "rank-unknown": (range(9, 29), True),
    "channel-axis-differs": (range(9, 29), True),
    "invalid-variance": (range(6, 29), True),
    "overflows-storage": (range(6, 29), True),
    "type-mismatch": (range(9, 14), False),
    "dropout-not-inference": ([6, *range(12, 29)], True),
    "value-pinned": (range(6, 29), True),
    "excluded": (range(6, 29), True),
    "foreign-domain": (range(6, 29), True),
    "function-parameter": (range(13, 29), True),
}
OPSETS = [6, 7, 8, 9, 11, 12, 13, 14, 15, 17, 22, 28]
FUNCTION_INPUTS = ["x", "w", *PARAMETERS]


class RandomModel:
    """One model: `sites` draws what is in it, `model` gives it, `feeds` runs it."""

    def __init__(self, seed, opset, dtype):
        self.random = np.random.default_rng(seed)
        self.graph = Graph(opset=opset, dtype=dtype, seed=seed, typed=self.random.random() < 0.3)
        self.main = self.graph
        self.opset, self.dtype = opset, dtype
        self.ir = 3 if opset < 9 else int(self.random.choice([7, 8, 10]))
        self.feeds, self.shared, self.options, self.expected = {}, {}, [], []
        self.folds, self.runs, self.count = 0, True, 0
        self.domains, self.functions = set(), []
        self.values = {}  # by rank: names with their shapes, none of them written by a linear operator or a norm
        for rank in (2, 3, 4, 5):
            shape = [2, int(self.random.integers(2, 5)), *self.random.integers(3, 6, rank - 2).tolist()]
            self.values[rank] = [(self.input(f"x{rank}", shape), shape)]

    # Parts

    def name(self, stem):
        self.count += 1
        return f"{stem}{self.count}"

    def chance(self, probability):
        return self.random.random() < probability

    def pick(self, options):
        return options[int(self.random.integers(len(options)))]

    def input(self, name, shape, dtype=None, value=None):
        self.main.input(name, shape, dtype)
        if value is None:
            value = self.random.uniform(-1, 1, shape).astype(TYPES[self.dtype][0])
        self.feeds[name] = value
        return name

    def constant(self, shape, stem, value=None, plain=False):
        """A constant from an initializer or a node, now and then one that others read too."""
        key, ordinary = (tuple(shape), stem), value is None and not plain
        if ordinary and self.chance(0.15) and key in self.shared:
            return self.shared[key]
        if value is None:
            low, high = (0.5, 2) if stem == "variance" else (-1, 1)
            value = self.random.uniform(low, high, shape) + (0.5 if stem == "gamma" else 0)
        value = np.asarray(value).astype(TYPES[self.dtype][0])
        name = self.name(stem)
        form = 0 if plain else self.random.random()
        if form < 0.7:
            self.graph.initializer(name, value)
        elif form < 0.85:
            self.graph.node("Constant", [], name, value=numpy_helper.from_array(value))
        else:
            self.graph.node("Identity", [self.graph.initializer(f"{name}_source", value)], name)
        if ordinary and self.graph is self.main:
            self.shared[key] = name
        return name

    def produce(self, kind, weight=None, bias=None):
        """An operator of a kind on a random value; gives its output and shape."""
        y = self.name("c")
        if kind == "Gemm":
            return self.gemm(y, weight, bias)
        if kind.startswith("MatMul"):
            return self.matmul(y, kind.endswith("left"), weight)
        rank = int(kind.split()[1][0])
        transposed = kind.startswith("ConvTranspose")
        least = 2 if "grouped" in kind else 1
        x, shape = self.pick([value for value in self.values[rank + 2] if value[1][1] >= least])
        inputs = shape[1]
        groups = self.pick([g for g in range(2, inputs + 1) if inputs % g == 0]) if "grouped" in kind else 1
        outputs = groups * int(self.random.integers(1, 3))
        kernel = [int(self.random.integers(1, min(3, side) + 1)) for side in shape[2:]]
        size = [inputs, outputs // groups] if transposed else [outputs, inputs // groups]
        names = [x, weight(size + kernel) if weight else self.constant(size + kernel, "w")]
        if bias:
            names.append(bias([outputs]))
        elif self.chance(0.5):
            names.append(self.constant([outputs], "b") if self.chance(0.8) else "")
        pads = self.random.integers(0, 2, 2 * rank).tolist() if not transposed else [0] * 2 * rank
        strides = self.random.integers(1, 3, rank).tolist()
        attributes = {"kernel_shape": kernel, "strides": strides, "pads": pads, "group": groups}
        self.graph.node("ConvTranspose" if transposed else "Conv", names, y, **attributes)
        sides = [
            (side - 1) * s + k if transposed else (side + pads[i] + pads[i + rank] - k) // s + 1
            for i, (side, k, s) in enumerate(zip(shape[2:], kernel, strides))
        ]
        return self.described(y, [shape[0], outputs, *sides])

    def described(self, value, shape):
        """The value with its shape, which value_info tells now and then though the value may vanish."""
        if self.chance(0.3):
            self.graph.info(value, shape)
        return value, shape

    def gemm(self, y, weight, bias):
        x, (rows, inputs) = self.pick(self.values[2])
        outputs, transposed = int(self.random.integers(1, 6)), int(self.chance(0.5))
        size = [outputs, inputs] if transposed else [inputs, outputs]
        names = [x, weight(size) if weight else self.constant(size, "w")]
        attributes = {"alpha": self.pick([1.0, 0.5, -1.7]), "beta": self.pick([1.0, 0.3, 0.0]), "transB": transposed}
        sizes = [[outputs], [1, outputs], [rows, 1], [rows, outputs], [1], []]
        if bias:
            names.append(bias([outputs]))
        elif self.opset < 11 or self.chance(0.7):
            names.append(self.constant(self.pick(sizes if self.opset > 6 else [[rows, outputs]]), "b"))
        if self.opset < 7 and bias:
            attributes["broadcast"] = 1
        self.graph.node("Gemm", names, y, **attributes)
        return self.described(y, [rows, outputs])

    def matmul(self, y, left, weight):
        x, shape = self.pick(self.values[3 if left else 2])
        outputs, inputs = int(self.random.integers(1, 6)), shape[1]
        size = [outputs, inputs] if left else [inputs, outputs]
        w = weight(size) if weight else self.constant(size, "w")
        self.graph.node("MatMul", [w, x] if left else [x, w], y)
        return self.described(y, [shape[0], outputs, *shape[2:]])

    def norm(self, x, shape, channels=None, given=None, **options):
        y = self.name("y")
        names = {k: self.constant([channels or shape[1]], k) for k in PARAMETERS if k not in (given or {})}
        epsilon = self.pick([None, 1e-3, 1e-5])
        self.graph.norm(x, y, channels, name=f"norm_{y}", epsilon=epsilon, **{**names, **(given or {})}, **options)
        return y

    def step(self, x, shape, kind):
        """One operator between; gives its output."""
        if kind == "BatchNormalization":
            self.folds += 1
            return self.norm(x, shape)
        y = self.name("v")
        if kind == "Add":
            constant = self.constant([shape[1]] + [1] * (len(shape) - 2), "shift")
            legacy = {"broadcast": 1, "axis": 1} if self.opset < 7 else {}
            second = self.opset < 7 or self.chance(0.5)
            return self.graph.node("Add", [x, constant] if second else [constant, x], y, **legacy)
        extra = {"is_test": 1} if kind == "Dropout" and self.opset < 7 else {}
        return self.graph.node(kind, [x], y, **extra)

    def finish(self, y, shape, use=True):
        """What reads the result: a Relu that later sites may read, a graph output, or both."""
        if use and max(shape) <= 24:
            relu = self.graph.relu(y, self.name("r"))
            self.graph.info(relu, shape)
            self.values[len(shape)].append((relu, shape))
        self.main.output(y, shape)

    # Sites

    def folding(self, rule):
        kind, through = rule
        self.folds += 1
        x, shape = self.produce(kind)
        if through != "nothing":
            x = self.step(x, shape, through)
        return self.norm(x, shape), shape

    def fold(self, rule):
        self.finish(*self.folding(rule))

    def fold_in_branches(self, rule):
        """The same rule in both branches of an If, on shapes that agree."""
        which = self.input(self.name("which"), [], "bool", np.array(self.chance(0.5)))
        branches, outer = {}, self.graph
        state = self.random.bit_generator.state
        for branch in ("then_branch", "else_branch"):
            self.random.bit_generator.state = state  # the same shapes again
            self.graph = Graph(name=branch, opset=self.opset, dtype=self.dtype)
            y, shape = self.folding(rule)
            self.graph.output(y, shape)
            branches[branch] = self.graph.proto
        self.graph = outer
        y = self.graph.node("If", [which], self.name("i"), **branches)
        self.finish(y, shape)

    def decline(self, code):
        """A norm that must be declined with the code."""
        self.expected.append(code)
        self.runs = self.runs and CAUSES[code][1]
        kind = self.pick([p for p in PRODUCERS if not p.startswith("MatMul") and "Transpose" not in p])
        getattr(self, code.replace("-", "_"))(kind)

    def plain_site(self, kind, **options):
        x, shape = self.produce(kind)
        self.finish(self.norm(x, shape, **options), shape, use=False)
        return x, shape

    def no_linear_producer(self, kind):
        x, shape = self.pick(self.values[4])
        self.finish(self.norm(x, shape), shape)

    def activation_shared(self, kind):
        x, shape = self.plain_site(kind)
        self.main.output(self.graph.relu(x, self.name("r")), shape)

    def activation_is_output(self, kind):
        x, shape = self.plain_site(kind)
        self.main.output(x, shape)

    def activation_captured(self, kind):
        x, shape = self.plain_site(kind)
        which = self.input(self.name("which"), [], "bool", np.array(True))
        branches = {}
        for branch in ("then_branch", "else_branch"):
            body = Graph(name=branch, dtype=self.dtype)
            body.relu(x, output := self.name("r"))
            body.output(output, shape)
            branches[branch] = body.proto
        self.main.output(self.graph.node("If", [which], self.name("i"), **branches), shape)

    def training_mode(self, kind):
        x, shape = self.produce(kind)
        y = self.name("y")
        count = 3 if self.opset > 13 else 5
        attributes = {"is_test": 0} if self.opset < 7 else {"training_mode": 1} if self.opset > 13 else {}
        given = {k: self.constant([shape[1]], k) for k in PARAMETERS}
        extra = [f"{y}_{i}" for i in range(1, count)] if self.opset > 6 or self.chance(0.5) else []
        self.graph.norm(x, y, None, outputs=[y, *extra], attributes=attributes, **given)
        self.finish(y, shape, use=False)

    def non_spatial(self, kind):
        x, shape = self.produce(kind)
        low = {"variance": 0.5, "gamma": 0.5, "mean": -1, "beta": -1}
        given = {k: self.constant(shape[1:], k, self.random.uniform(low[k], 2, shape[1:])) for k in PARAMETERS}
        self.finish(self.norm(x, shape, given=given, attributes={"spatial": 0}), shape, use=False)

    def parameter_not_constant(self, kind):
        x, shape = self.produce(kind)
        given = {self.pick(PARAMETERS[:3]): self.input(self.name("p"), [shape[1]])}
        self.finish(self.norm(x, shape, given=given), shape)

    def weight_not_constant(self, kind):
        x, shape = self.produce(kind, weight=lambda size: self.input(self.name("w"), size))
        self.finish(self.norm(x, shape), shape)

    def bias_not_constant(self, kind):
        kind = self.pick([p for p in PRODUCERS if p.startswith("Conv ")])
        x, shape = self.produce(kind, bias=lambda size: self.input(self.name("b"), size))
        self.finish(self.norm(x, shape), shape)

    def overridable_initializer(self, kind):
        def listed(size, stem="w"):
            name = self.constant(size, stem, plain=True)
            self.main.input(name, size)
            return name

        if self.chance(0.5):
            x, shape = self.produce(kind, weight=listed)
            self.finish(self.norm(x, shape), shape)
        else:
            x, shape = self.produce(kind)
            parameter = self.pick(PARAMETERS)
            self.finish(self.norm(x, shape, given={parameter: listed([shape[1]], parameter)}), shape)

    def channel_mismatch(self, kind):
        x, shape = self.produce(kind)
        self.finish(self.norm(x, shape, channels=shape[1] + self.pick([1, 2, 7])), shape, use=False)

    def rank_unknown(self, kind):
        x, shape = self.pick(self.values[2])
        size = self.input(self.name("shape"), ["rank"], "int64", np.array(shape, np.int64))
        value = self.graph.node("Reshape", [x, size], self.name("v"))
        w = self.constant([shape[1], 3], "w")
        product = self.graph.node("MatMul", [value, w], self.name("c"))
        y = self.norm(product, [shape[0], 3])
        self.main.output(self.graph.node("Identity", [y], self.name("v")), [None, None])

    def channel_axis_differs(self, kind):
        if self.chance(0.5):
            x, shape = self.pick([v for v in self.values[3]])
            w = self.constant([shape[2], shape[1]], "w")
            y, shape = self.graph.node("MatMul", [x, w], self.name("c")), [*shape[:2], shape[1]]
        else:
            x, shape = self.pick(self.values[4])
            channels = shape[3]  # as many channels as the image is wide
            w = self.constant([channels, shape[1], 1, 1], "w")
            c = self.graph.node("Conv", [x, w], self.name("c"), kernel_shape=[1, 1])
            y = self.graph.node("Add", [c, self.constant([channels], "shift")], self.name("v"))
            shape = [shape[0], channels, *shape[2:]]
        self.finish(self.norm(y, shape), shape)

    def invalid_variance(self, kind):
        x, shape = self.produce(kind)
        bad = np.full(shape[1], self.pick([-1.0, -0.25, np.nan]))
        self.finish(self.norm(x, shape, given={"variance": self.constant(bad.shape, "variance", bad)}), shape, False)

    def overflows_storage(self, kind):
        x, shape = self.produce(kind)
        most = float(np.finfo(TYPES[self.dtype][0]).max) * 0.9
        sides = {"mean": -most, "beta": most, "gamma": 1.4, "variance": 1.0}
        given = {k: self.constant([shape[1]], k, np.full(shape[1], v)) for k, v in sides.items()}
        self.finish(self.norm(x, shape, given=given), shape, use=False)

    def type_mismatch(self, kind):
        x, shape = self.produce(kind)
        other = np.float64 if self.dtype == "float32" else np.float32
        value = self.random.uniform(0.5, 1, [shape[1]]).astype(other)
        given = {k: self.graph.initializer(self.name(k), value) for k in PARAMETERS}
        self.finish(self.norm(x, shape, given=given), shape, use=False)

    def dropout_not_inference(self, kind):
        x, shape = self.produce(kind)
        if self.opset < 7:
            d = self.graph.node("Dropout", [x], self.name("v"), is_test=0)
        else:
            mode = self.input(self.name("mode"), [], "bool", np.array(False))
            d = self.graph.node("Dropout", [x, "", mode], self.name("v"))
        self.finish(self.norm(d, shape), shape, use=False)

    def value_pinned(self, kind):
        x, _ = self.plain_site(kind)
        self.options += ["--keep-value", x]

    def excluded(self, kind):
        x, shape = self.produce(kind)
        y = self.norm(x, shape)
        self.options += ["--skip", self.pick([y, f"norm_{y}"])]
        self.finish(y, shape)

    def foreign_domain(self, kind):
        self.domains.add("com.example")
        self.plain_site(kind, domain="com.example")

    def function_parameter(self, kind):
        self.domains.add("local")
        if not self.functions:
            conv = helper.make_node("Conv", ["x", "w"], ["c"])
            norm = helper.make_node("BatchNormalization", ["c", *PARAMETERS], ["y"])
            imports = [helper.make_opsetid("", self.opset)]
            self.functions.append(helper.make_function("local", "Block", FUNCTION_INPUTS, ["y"], [conv, norm], imports))
        else:
            self.expected.pop()  # the norm is in the function, and counted once however often that is called
        x, shape = self.pick(self.values[4])
        names = [self.constant([3, shape[1], 1, 1], "w"), *(self.constant([3], k) for k in PARAMETERS)]
        y = self.graph.node("Block", [x, *names], self.name("y"), domain="local")
        self.finish(y, [shape[0], 3, *shape[2:]])

    def model(self):
        return self.main.model(ir=self.ir, domains=sorted(self.domains), functions=self.functions)
