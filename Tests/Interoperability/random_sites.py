"""Random sites, each with what must become of its norms by the specification."""

from dataclasses import replace

import numpy as np

from builders import PARAMETERS, TYPES, Graph
from random_linear import FORWARD, Linear
from random_parts import LARGEST, Value

NOWHERE = "no-linear-producer"
PLAIN_SHAPES = [(2, 4, 6, 6), (3, 4), (2, 4, 6), (2, 6, 5, 4)]


class Sites(Linear):
    """Expectations by the output values of norms.

    `folds` must be gone and tell their rules; `stays` must stay and have one of their codes; of a group in `groups` one
    stays; of `either` nothing is known but that outputs are the same.
    """

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.folds, self.stays, self.groups, self.either = {}, {}, [], set()
        self.plains, self.feeds, self.options, self.functions = [], {}, [], []
        self.is_open, self.has_parameters = False, False

    def output(self, name, dtype=None):
        """The type must be known, the shape is nobody's business."""
        self.graph.output(name, [], dtype)
        self.graph.proto.output[-1].type.tensor_type.ClearField("shape")

    def plain(self):
        """A value that nothing folds into: an input, or what an activation wrote."""
        shape = self.choices.below(len(PLAIN_SHAPES) + len(self.plains))
        if shape < len(PLAIN_SHAPES):
            return self.input(PLAIN_SHAPES[shape])
        return self.plains[shape - len(PLAIN_SHAPES)]

    def finish(self, value):
        """An activation reads the value; later sites may read that."""
        relu = self.graph.relu(value.name, self.name("r"))
        self.output(relu)
        if value.channels <= LARGEST and max(value.shape) <= LARGEST:
            self.plains.append(Value(relu, value.shape))

    # What folds

    def source(self):
        return self.plain()

    def linear(self, value, norm=None):
        """Now and then with a norm before it, which then must fold forward."""
        if norm is None and self.choices.chance(20):
            return self.forward(value)
        return super().linear(value, norm)

    def folding_norm(self, value):
        unshifted = value.unshifted or self.choices.chance(10)
        name = self.norm(value, "positive" if value.positive else "either", not unshifted)
        self.folds[name] = {f"backward / {label}" for label in value.path}
        return replace(value, name=name, path=value.path | {"BatchNormalization"})

    def forward(self, value):
        """A norm, steps that pass it forward, and one or two linear operators."""
        positive, unshifted = self.choices.chance(50), self.choices.chance(25)
        name = self.norm(value, "positive" if positive else "either", not unshifted)
        v = Value(name, value.shape)
        names = [
            step for step in FORWARD
            if (positive or "maximum" not in step) and (unshifted or step not in ("counted_average", "pad_with_zeros"))
        ]  # fmt: skip
        for _ in range(self.choices.below(4)):
            v = self.step(v, names)
        norm = "none" if unshifted else "shift"
        taken = super().linear(v, norm)
        labels = v.path | taken.path
        if self.choices.chance(30):
            second = super().linear(v, norm)
            labels |= second.path | {"several readers"}
            self.finish(second)
        self.folds[name] = {f"forward / {label}" for label in labels}
        return taken

    def backward_site(self):
        self.finish(self.folding_norm(self.absorbing(self.choices.below(4))))

    def forward_site(self):
        self.finish(self.forward(self.plain()))

    def sideways_site(self):
        """Conv and a norm side by side, as in RepVGG: the norm becomes an identity within the kernel."""
        x = self.plain()
        if x.rank == 2:
            x = self.input(PLAIN_SHAPES[0])
        c, size = x.channels, self.choices.pick([3, 1])
        group = self.choices.pick([1, *(g for g in (2, c) if c % g == 0)])
        w = self.weight([c, c // group, *[size] * (x.rank - 2)], c)
        pads = [size // 2] * 2 * (x.rank - 2)
        name = self.emit("Conv", [x.name, w, *self.biases(c)], pads=pads, group=group)
        beside = self.made(name, x.shape, "Conv")
        if self.choices.chance(50):
            beside = self.folding_norm(beside)
        norm = self.norm(x)
        self.folds[norm] = {"sideways / grouped Conv" if group > 1 else "sideways / Conv"}
        names = [beside.name, norm]
        if self.choices.chance(30):
            names.append(self.norm(x))
            self.folds[names[-1]] = {"sideways / a second norm"}
        if self.choices.chance(50):
            names.reverse()
        operator = self.choices.pick(["Add", "Sum"]) if len(names) == 2 else "Sum"
        total = self.made(self.emit(operator, names), x.shape, "sum with an identity")
        self.finish(self.folding_norm(total) if self.choices.chance(50) else total)

    def merged_site(self):
        """Norms one behind the other, with nothing linear around: one of them stays."""
        v, names = self.plain(), []
        for _ in range(2 + self.choices.below(2)):
            names.append(self.norm(v))
            v = replace(v, name=names[-1])
        self.groups.append(names)
        self.output(names[-1])

    def twin_site(self):
        """Norms that do the same to one value, and fold into what makes it; or one of them stays."""
        folds = self.choices.chance(50)
        # Norms of what is made outside a subgraph are not looked at together.
        plain = self.plain()
        v = self.absorbing(1) if folds else replace(plain, name=self.graph.relu(plain.name, self.name("r")))
        scales = {"gamma": self.constant(self.factors([v.channels], v.positive), "gamma")}
        shifts = [kind for kind in PARAMETERS if kind != "gamma"]
        given = scales | {kind: self.constant(self.graph.parameter(kind, v.channels), kind) for kind in shifts}
        if v.unshifted:
            given |= {kind: self.constant(np.zeros(v.channels), kind) for kind in ("mean", "beta")}
        names = [self.norm(v, given=given) for _ in range(2)]
        if folds:
            self.folds |= {name: {"twins"} | {f"backward / {label}" for label in v.path} for name in names}
        else:
            self.groups.append(names)
        for name in names:
            self.finish(replace(v, name=name))

    # What is known, and what stands across the border of a body

    def known_site(self):
        """What a norm makes of a constant is added to a value."""
        v = self.plain()
        name = self.norm(Value(self.constant(self.random.standard_normal(v.shape), "field"), v.shape))
        self.folds[name] = {"a norm of a constant"}
        self.finish(Value(self.emit("Add", [v.name, name]), v.shape))

    def inside(self, build):
        """What an If hands out whose body `build` fills, and which may be known to run that."""
        outer, shared, body = self.graph, self.shared, Graph(self.name("body"), self.opset, self.dtype)
        self.graph, self.shared = body, dict(shared)
        made = build()
        self.output(made.name)
        self.graph, self.shared = outer, shared
        other = Graph(self.name("other"), self.opset, self.dtype)
        other.node("Identity", [other.initializer(self.name("zero"), np.zeros(made.shape, TYPES[self.dtype][0]))], self.name("z"))
        other.output(other.proto.node[0].output[0], [])
        other.proto.output[0].type.tensor_type.ClearField("shape")
        if self.choices.chance(50):
            which = self.constant(np.array(True))
        else:
            which = self.input([], "bool").name
            self.feeds[which] = np.array(True)
        return replace(made, name=self.emit("If", [which], then_branch=body.proto, else_branch=other.proto))

    def border_site(self):
        """An operator outside and a norm inside, or the other way round."""
        if self.choices.chance(50):
            v = self.absorbing(self.choices.below(3))

            def build():
                name = self.norm(v, "positive" if v.positive else "either", not v.unshifted)
                self.folds[name] = {"backward / out of a body"} | {f"backward / {label}" for label in v.path}
                return replace(v, name=self.graph.relu(name, self.name("r")) if self.choices.chance(50) else name)

            self.finish(self.inside(build))
            return
        plain = self.plain()
        name = self.norm(plain)

        def build():
            taken = super(Sites, self).linear(Value(name, plain.shape), "shift")
            self.folds[name] = {"forward / into a body"} | {f"forward / {label}" for label in taken.path}
            return taken

        self.finish(self.inside(build))

    # What nobody knows

    def wild_site(self):
        """Operators on values that several others read: whatever becomes of the norms, the outputs are the same."""
        pool, read = [self.plain()], set()
        for _ in range(4 + self.choices.below(8)):
            v = self.choices.pick(pool)
            read.add(v.name)
            kind = self.choices.below(5)
            if kind == 0:
                new = super().linear(v)
            elif kind == 1:
                new = replace(v, name=self.norm(v))
                self.either.add(new.name)
            elif kind == 2:
                alike = [w for w in pool if w.shape == v.shape]
                other = self.choices.pick(alike)
                read.add(other.name)
                new = replace(v, name=self.emit(self.choices.pick(["Add", "Sub"]), [v.name, other.name]))
            elif kind == 3:
                new = self.wild_step(v)
            else:
                new = replace(v, name=self.graph.relu(v.name, self.name("r")))
            if np.prod(new.shape) <= 2000:
                pool.append(replace(new, positive=False, unshifted=False))
            else:
                self.output(new.name)
        for v in pool:
            if v.name not in read or self.choices.chance(15):
                self.output(self.emit("Identity", [v.name]))

    def wild_step(self, v):
        return self.step(v, FORWARD) if v.channels > LARGEST else self.step(v, [*FORWARD, "affine", "depth_to_space"])
