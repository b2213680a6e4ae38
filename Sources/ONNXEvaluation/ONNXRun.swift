package import Equivalence
package import Tensors

/// A run of an ONNX model.
package struct ONNXRun: EvaluationRun {
  // Two cases rather than a protocol, so that each is compiled for its own numbers.
  private enum Kind {
    case single(GraphRun<Float>)
    case double(GraphRun<Double>)
  }

  private var kind: Kind

  init(_ run: GraphRun<Float>) { kind = .single(run) }

  init(_ run: GraphRun<Double>) { kind = .double(run) }

  package mutating func step() throws -> EvaluationStep? {
    switch kind {
    case .single(var run):
      // The run must be the only holder of its values for their memory to be used again.
      kind = .single(GraphRun.nothing)
      defer { kind = .single(run) }
      return try run.step()
    case .double(var run):
      kind = .double(GraphRun.nothing)
      defer { kind = .double(run) }
      return try run.step()
    }
  }

  package var nextOutputs: [String]? {
    switch kind {
    case .single(let run): run.nextOutputs
    case .double(let run): run.nextOutputs
    }
  }

  package var lastOutputs: [String] {
    switch kind {
    case .single(let run): run.lastOutputs
    case .double(let run): run.lastOutputs
    }
  }

  package mutating func takeOutputs() throws -> [Value?] {
    switch kind {
    case .single(var run): try run.takeOutputs()
    case .double(var run): try run.takeOutputs()
    }
  }
}
