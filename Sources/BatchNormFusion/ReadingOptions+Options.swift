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
      var expression = ConstantExpression()
      (expression.tensors, expression.nodes) = (nodes.tensors, nodes.nodes)
      // What cannot be worked out is not known before the model runs, whatever the reason.
      guard
        let integers = try? nodes.integers.map({
          ($0.name, try Tensor(shape: $0.shape, $0.elements.map(Int64.init)))
        }),
        let known = try? nodes.known.compactMap({ name, value in
          try ElementType(rawValue: value.typeName).map {
            (name, try Tensor(shape: value.shape, kind: $0, elements: .float64(value.elements)))
          }
        })
      else { return nil }
      expression.made = integers + known
      guard let tensor = try? expression.value(of: nodes.name, in: nodes.document), let numbers = tensor.doubles else {
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
