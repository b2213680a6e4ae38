/// A model's bytes without its payloads.
struct Skeleton {
  /// A valid protobuf message in which each payload is eight bytes: its index in `payloads`.
  var bytes: [UInt8] = []

  /// The payloads' places in the file, in the order of their appearance.
  var payloads: [Range<Int>] = []
}
