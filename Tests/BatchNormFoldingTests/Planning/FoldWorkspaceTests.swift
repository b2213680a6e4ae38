import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct FoldWorkspaceTests {
  /// `x → c → n → y`, where a foreign reader and a norm read `y`, and a Relu reads nothing that a role speaks of.
  private struct Chain {
    var builder = GraphBuilder()
    let x: ValueID
    let c: ValueID
    let n: ValueID
    let y: ValueID

    init() {
      x = builder.value("x")
      c = builder.conv(x)
      n = builder.norm(c, "n")
      y = builder.norm(n, "y")
      builder.read(y)
    }

    var workspace: FoldWorkspace { FoldWorkspace(builder.graph) }
  }

  @Test func `knows what makes and what reads a value`() {
    let chain = Chain()
    var work = chain.workspace
    #expect(work.producer(of: chain.x) == nil && work.producer(of: chain.n) == OperatorID(1))
    #expect(work.consumers[chain.c.index] == [OperatorID(1)])
    #expect(work.readerCount(of: chain.n) == 1 && work.foreignReaderCount(of: chain.n) == 0)
    #expect(work.inputs(of: OperatorID(2)) == [chain.n])
    #expect(work.succeeded.isEmpty && work.changes.isEmpty && !work.isRemoved.contains(true))
  }

  /// An inner scope's readers and operators whose roles leave an input out are counted by the graph alone.
  @Test func `readers that no role speaks of are foreign`() {
    var builder = GraphBuilder()
    let c = builder.conv(builder.value("x"))
    _ = builder.norm(c)
    let opaque = FoldOperator(name: "", kind: "Relu", graphPath: "/", inputs: [], outputs: [], role: .opaque(nil))
    _ = builder.append(opaque, writing: builder.value("r"))
    builder.readForeign(c)
    let work = FoldWorkspace(builder.graph)
    #expect(work.consumers[c.index] == [OperatorID(1)])
    #expect(work.foreignReaderCount(of: c) == 1 && work.readerCount(of: c) == 2)
  }

  @Test func `an operator that goes backward leaves its output's name`() {
    let chain = Chain()
    var work = chain.workspace
    work.removeBackward(OperatorID(1), from: chain.c, to: chain.n)
    #expect(work.isRemoved[1] && work.resolve(chain.c) == chain.n && work.resolve(chain.n) == chain.n)
    #expect(work.producer(of: chain.n) == OperatorID(0))
    #expect(work.readerCount(of: chain.n) == 1)
    #expect(work.succeeded == [chain.c: chain.n])
  }

  @Test func `an operator that goes forward leaves its input's name, and its readers read that`() {
    let chain = Chain()
    var work = chain.workspace
    work.removeForward(OperatorID(1), from: chain.c, to: chain.n)
    #expect(work.resolve(chain.n) == chain.c && work.consumers[chain.c.index] == [OperatorID(2)])
    #expect(work.producer(of: chain.c) == OperatorID(0))
    #expect(work.inputs(of: OperatorID(2)) == [chain.c])
    #expect(work.succeeded == [chain.n: chain.c])
  }

  @Test func `values that become one several times over have one name`() {
    let chain = Chain()
    var work = chain.workspace
    work.removeBackward(OperatorID(1), from: chain.c, to: chain.n)
    work.removeBackward(OperatorID(2), from: work.resolve(chain.n), to: chain.y)
    #expect([chain.c, chain.n, chain.y].allSatisfy { work.resolve($0) == chain.y })
    #expect(work.producer(of: chain.y) == OperatorID(0))
    #expect(work.succeeded == [chain.c: chain.y, chain.n: chain.y])

    work = chain.workspace
    work.removeForward(OperatorID(2), from: chain.n, to: chain.y)
    work.removeForward(OperatorID(1), from: chain.c, to: chain.n)
    #expect([chain.c, chain.n, chain.y].allSatisfy { work.resolve($0) == chain.c })
    #expect(work.readerCount(of: chain.c) == 1)
  }

  @Test func `one that goes forward beside other readers leaves them`() {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let n = builder.norm(x, "n")
    _ = builder.mixer(n, "c1")
    _ = builder.mixer(n, "c2")
    builder.read(x)
    var work = FoldWorkspace(builder.graph)
    work.removeForward(OperatorID(0), from: x, to: n)
    #expect(work.consumers[x.index] == [OperatorID(3), OperatorID(1), OperatorID(2)])
    #expect(work.consumers[n.index].isEmpty)
  }

  @Test func `an operator whose output nothing reads leaves its input's readers`() {
    let chain = Chain()
    var work = chain.workspace
    work.detach(OperatorID(1), from: chain.c)
    #expect(work.isRemoved[1] && work.consumers[chain.c.index].isEmpty)
    #expect(work.succeeded.isEmpty)
  }

  @Test func `notes what contents became`() {
    let chain = Chain()
    var work = chain.workspace
    work.change(chain.c, to: .unmappable)
    #expect(work.changes == [chain.c: .unmappable])
  }
}
