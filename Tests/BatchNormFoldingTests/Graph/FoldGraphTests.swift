import Tensors
import Testing

@testable import BatchNormFolding

@Suite struct FoldGraphTests {
  @Test func `lists its norms in execution order`() {
    var builder = GraphBuilder()
    let x = builder.value("x")
    let first = builder.norm(builder.conv(x), "n")
    _ = builder.norm(builder.identity(first))
    #expect(builder.graph.normalizations == [OperatorID(1), OperatorID(3)])
  }

  @Test func `finds its parts by their numbers`() {
    var builder = GraphBuilder()
    let output = builder.conv(builder.value("x"), "c", bias: [1, 2])
    #expect(builder.graph[output].name == "c")
    #expect(builder.graph[OperatorID(0)].linear?.channels == 2)
    #expect(builder.graph[OperatorID(0)].normalization == nil)
    #expect(builder.graph[ConstantID(1)].name == "c.bias")
    #expect(builder.graph[ConstantID(0)].elementCount == 2)
  }
}
