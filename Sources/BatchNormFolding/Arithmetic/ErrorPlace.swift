/// The channels of a weight element that is compared.
struct ErrorPlace {
  let channel: Int
  let inputChannel: Int?

  /// Whether a parallel map's scale is added.
  let isParallel: Bool
}
