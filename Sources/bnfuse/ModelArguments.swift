import ArgumentParser
import BatchNormFusion

/// The model and how it is to be understood; both subcommands take these.
struct ModelArguments: ParsableArguments {
  @Argument(help: "The model to read; '-' for standard input.")
  var model: FilePath

  @Option(help: ArgumentHelp("Fold only norms whose node or output name matches.", valueName: "glob"))
  var only: [String] = []

  @Option(help: ArgumentHelp("Leave norms whose node or output name matches.", valueName: "glob"))
  var skip: [String] = []

  @Option(help: ArgumentHelp("Leave every norm whose fold would change this value.", valueName: "name"))
  var keepValue: [String] = []

  @Flag(help: "Take norms exported in training mode as inference.")
  var assumeInference = false

  @Flag(help: "Take initializers that are also graph inputs as constants.")
  var freezeInitializers = false

  @Option(help: ArgumentHelp("A further folder in which external data may lie.", valueName: "folder"))
  var externalRoot: [FilePath] = []

  /// The library's options.
  var options: FusionOptions {
    var options = FusionOptions()
    options.only = only.map(CarriedText.repaired)
    options.skip = skip.map(CarriedText.repaired)
    options.keptValues = keepValue.map(CarriedText.repaired)
    options.assumesInference = assumeInference
    options.freezesInitializers = freezeInitializers
    options.externalRoots = externalRoot
    return options
  }
}
