"""The table of norms that each tool leaves, and its place in a page."""

from collections import Counter
from dataclasses import dataclass

from tools import RIVALS, TOOLS

WRONG = 1e-3  # a share of the output's range
BEGIN, END = "<!-- The table, by make zoo. -->", "<!-- The end of the table. -->"


@dataclass(frozen=True)
class Row:
    """One model: how many norms it has, and what each tool made of it."""

    name: str
    norms: int
    results: dict

    def is_right(self, tool):
        found = self.results[tool]
        return "error" not in found and found["off"] <= WRONG

    def left(self, tool):
        """The norms that a tool leaves; one that is not right leaves all."""
        return self.results[tool]["left"] if self.is_right(tool) else self.norms

    def cell(self, tool):
        found = self.results[tool]
        if "error" in found:
            return "fails"
        return str(found["left"]) if self.is_right(tool) else f"~~{found['left']}~~ off by {found['off']:.1g}"

    def best(self):
        """The fewest norms that a rival leaves without being wrong."""
        return min(map(self.left, RIVALS))

    def reasons(self):
        counts = Counter(self.results["bnfuse"].get("reasons", []))
        return ", ".join(f"{count} × `{code}`" for code, count in sorted(counts.items()))

    def faults(self):
        """Where bnfuse falls short."""
        found = self.results["bnfuse"]
        if not self.is_right("bnfuse"):
            yield f"{self.name}: bnfuse is wrong: {found.get('error', found.get('off'))}"
        elif self.left("bnfuse") > self.best():
            yield f"{self.name}: bnfuse leaves {self.left('bnfuse')} norms where {self.best()} suffice"

    def cells(self):
        off = self.results["bnfuse"].get("off", float("nan"))
        return [self.name, str(self.norms), *map(self.cell, TOOLS), f"{off:.0e}", self.reasons()]


def markdown(rows, versions):
    """The rows and their sums, with what a reader must know beside them."""
    tools = [f"{tool} {versions[tool]}" if tool in versions else tool for tool in TOOLS]
    titles = ["model", "norms", *tools, "off", "bnfuse leaves because"]
    sums = [str(sum(row.left(tool) for row in rows)) for tool in TOOLS]
    total = ["together", str(sum(row.norms for row in rows)), *sums, "", ""]
    marks = ["---", *["---:"] * (len(titles) - 2), "---"]
    lines = [titles, marks, *(row.cells() for row in rows), total]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def written(page, table):
    """A page with the table in its place."""
    before, rest = page.split(BEGIN)
    return f"{before}{BEGIN}\n\n{table}\n\n{END}{rest.split(END)[1]}"
