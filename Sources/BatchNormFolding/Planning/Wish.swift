import Tensors

/// A value that is to become another: on a map's way backward what the map makes of it, forward what the map made it of.
struct Wish {
  let map: TravellingMap
  let value: ValueID

  /// Whether the value goes on under its name, with other contents.
  let isKept: Bool
}
