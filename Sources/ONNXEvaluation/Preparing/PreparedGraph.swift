import ModelGraph
import ProtobufIO

/// A graph whose names are resolved to slots, ready to be run many times.
struct PreparedGraph {
  struct Input {
    let name: Name
    let slot: Int
    let type: Graph.StatedType
  }

  struct Output {
    let name: Name
    let slot: Int
  }

  /// A value of an outer graph that this one reads.
  struct Capture {
    let outer: Int
    let inner: Int
  }

  var slotCount = 0
  var inputs: [Input] = []
  var outputs: [Output] = []
  /// By slot; an input that has one may be given another value.
  var constants: [Int: ConstantSource] = [:]
  var captures: [Capture] = []
  var nodes: [PreparedNode] = []
  /// How deep bodies and functions call each other within it.
  var height = 0
}
