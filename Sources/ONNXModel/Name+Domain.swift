package import ProtobufIO

extension Name {
  /// The name of a domain, of which ONNX's own has two: `ai.onnx` is the empty one.
  package var canonicalDomain: Name { self == "ai.onnx" ? "" : self }
}
