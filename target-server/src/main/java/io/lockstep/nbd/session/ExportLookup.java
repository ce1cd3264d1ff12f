package io.lockstep.nbd.session;

import io.lockstep.nbd.wire.OptionError;
import java.util.List;

/// Which exports there are for the client of one handshake. Answers at once, from memory.
public interface ExportLookup {
  /// The exports that the client may see.
  Listing list();

  /// The export of this name; an empty name is that of the default export.
  Found find(String name);

  /// An export in a list.
  ///
  /// @param description for people; empty for none
  record Listed(String name, String description) {}

  /// An answer to [#list].
  sealed interface Listing {
    /// These are all.
    record Exports(List<Listed> exports) implements Listing {}

    /// They are not known, or not told.
    ///
    /// @param why a sentence for the client
    record Refused(OptionError error, String why) implements Listing {}
  }

  /// An answer to [#find].
  sealed interface Found {
    /// It can be used.
    record Serves(ExportFacts facts) implements Found {}

    /// It cannot, or is not there.
    ///
    /// @param why a sentence for the client
    record Refused(OptionError error, String why) implements Found {}
  }
}
