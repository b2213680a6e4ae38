// A user of this library also needs the report's and the error's own members: both come with it.
@_exported public import FusionReport
@_exported public import ProtobufIO
