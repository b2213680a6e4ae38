import CONNXSchema
package import ProtobufIO
import RecordedData

/// A note that a value is quantized with the parameters named.
package struct QuantizationAnnotation: Sendable {
  package let value: Name
  package let parameters: [Name]

  init(_ pointer: UnsafeMutablePointer<Onnx__TensorAnnotation>) {
    value = unsafe Name(pointer.pointee.tensor_name)
    parameters = unsafe messages(
      pointer.pointee.quant_parameter_tensor_names, pointer.pointee.n_quant_parameter_tensor_names
    ).map { unsafe Name($0.pointee.value) }
  }
}
