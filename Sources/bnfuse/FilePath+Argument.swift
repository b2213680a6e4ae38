public import ArgumentParser
public import BatchNormFusion

extension FilePath: ExpressibleByArgument {
  /// The path whose bytes an argument carries.
  public init(argument: String) { self.init(bytes: CarriedText.bytes(in: argument)) }
}
