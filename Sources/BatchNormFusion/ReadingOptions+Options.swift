import ONNXEvaluation
import ONNXFormat
import Tensors

extension ReadingOptions {
  init(_ options: FusionOptions) {
    self.init()
    assumesInference = options.assumesInference
    freezesInitializers = options.freezesInitializers
    keptValues = Set(options.keptValues)
    evaluate = { nodes in
      var expression = ConstantExpression(in: nodes.graph)
      expression.tensors = nodes.tensors.map { ($0.value, $0.tensor) }
      expression.nodes = nodes.nodes
      // What cannot be worked out is not known before the model runs, whatever the reason.
      guard
        let integers = try? nodes.integers.map({
          ($0.value, try Tensor(shape: $0.shape, $0.elements.map(Int64.init)))
        }),
        let known = try? nodes.known.compactMap({ value, contents in
          try ElementType(rawValue: contents.typeName).map {
            (value, try Tensor(shape: contents.shape, kind: $0, elements: .float64(contents.elements)))
          }
        })
      else { return nil }
      expression.made = integers + known
      guard let tensor = try? expression.contents(of: nodes.value), let numbers = tensor.doubles else {
        return nil
      }
      return EvaluatedConstant(shape: tensor.shape, typeName: tensor.kind.rawValue, elements: numbers)
    }
    let only = options.only
    let skip = options.skip
    guard !only.isEmpty || !skip.isEmpty else { return }
    isSelected = { node, output in
      func matches(_ patterns: [String]) -> Bool {
        patterns.contains { Glob($0).matches(output) || (!node.isEmpty && Glob($0).matches(node)) }
      }
      return (only.isEmpty || matches(only)) && !matches(skip)
    }
  }
}
