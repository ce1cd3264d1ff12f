package io.lockstep.nbd.wire;

import java.util.List;
import java.util.Set;

/// What a client asks for during option haggling; read once, where it comes in.
public sealed interface Option {
  /// The number that the answer repeats.
  int code();

  /// One that is what the document says.
  sealed interface Known extends Option {
    OptionType type();

    @Override
    default int code() {
      return type().code();
    }
  }

  /// Takes an export; the answer cannot be an error.
  record ExportName(String name) implements Known {
    @Override
    public OptionType type() {
      return OptionType.EXPORT_NAME;
    }
  }

  /// Wants to end.
  record Abort() implements Known {
    @Override
    public OptionType type() {
      return OptionType.ABORT;
    }
  }

  /// Asks which exports there are.
  record ListExports() implements Known {
    @Override
    public OptionType type() {
      return OptionType.LIST;
    }
  }

  /// Wants to go on with TLS.
  record StartTls() implements Known {
    @Override
    public OptionType type() {
      return OptionType.STARTTLS;
    }
  }

  /// Asks about an export.
  ///
  /// @param wanted what it asks; what is not known was passed over
  record Info(String name, Set<InfoType> wanted) implements Known {
    @Override
    public OptionType type() {
      return OptionType.INFO;
    }
  }

  /// Takes an export.
  record Go(String name, Set<InfoType> wanted) implements Known {
    @Override
    public OptionType type() {
      return OptionType.GO;
    }
  }

  /// Understands structured replies.
  record StructuredReply() implements Known {
    @Override
    public OptionType type() {
      return OptionType.STRUCTURED_REPLY;
    }
  }

  /// Asks which meta contexts an export has.
  record ListMetaContext(String name, List<String> queries) implements Known {
    @Override
    public OptionType type() {
      return OptionType.LIST_META_CONTEXT;
    }
  }

  /// Chooses the meta contexts that BLOCK_STATUS is to tell.
  record SetMetaContext(String name, List<String> queries) implements Known {
    @Override
    public OptionType type() {
      return OptionType.SET_META_CONTEXT;
    }
  }

  /// One that this server does not know.
  record Unknown(int code) implements Option {}

  /// Its data are not what the document says.
  ///
  /// @param why a sentence for the client
  record Malformed(int code, String why) implements Option {}

  /// Its data are longer than is taken; they were passed over.
  record TooLong(int code) implements Option {}
}
