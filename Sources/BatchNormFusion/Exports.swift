// A user of this library also needs the members of what it takes and gives: they come with it.
@_exported public import Equivalence
@_exported public import FusionReport
@_exported public import ProtobufIO
@_exported public import Tensors
