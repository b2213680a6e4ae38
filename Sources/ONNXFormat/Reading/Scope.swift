import BatchNormFolding
import ONNXModel
import RecordedData
import Tensors

/// One list of nodes with the names that are known in it: a graph, a subgraph or a function's body.
struct Scope {
  enum Body {
    case graph(GraphView)
    case function(FunctionView)
  }

  let body: Body

  /// The scope whose names are known here too, nil for the model's graph and for functions.
  let parent: Int?

  /// The path from the model's graph, for people: `/` or `/if_1/then_branch`.
  let path: String

  /// The version of ONNX's own operators, 0 where the scope imports none.
  let opset: Int

  let nodes: [NodeView]

  /// What each name defined here stands for.
  var values: [Name: ValueID] = [:]

  /// The shapes that the model states for values computed here.
  var declaredShapes: [Name: ValueShape] = [:]

  /// The symbols behind the names of sizes, which mean the same throughout a graph.
  var symbols: [Name: Int] = [:]

  /// The values that have a quantization annotation here.
  var annotatedValues: Set<Name> = []

  /// Whether its outputs are those of the model or of a function.
  var isOutermost: Bool { parent == nil }

  /// Whether it names no values that it is there to compute.
  var isWithoutOutputs: Bool {
    switch body {
    case .graph(let graph): graph.outputs.isEmpty
    case .function(let function): function.outputs.isEmpty
    }
  }

  var isFunction: Bool {
    if case .function = body { true } else { false }
  }

  var function: FunctionView? {
    if case .function(let function) = body { function } else { nil }
  }

  var graph: GraphView? {
    if case .graph(let graph) = body { graph } else { nil }
  }
}
