package io.lockstep.nbd.portal;

import io.lockstep.block.ring.RingLoop;
import io.lockstep.nbd.session.ExportLookup;
import io.lockstep.nbd.session.NbdExport;
import io.lockstep.nbd.wire.OptionError;

/// Which exports there are, and for whom. Asked on the portal's own loop; answers at once, from
/// memory.
public interface ExportDirectory {
  /// The exports that this client may see.
  ExportLookup.Listing list(Client client);

  /// The export with this name, for this client; an empty name is that of the default export.
  Answer find(Client client, String name);

  /// What is behind a name.
  sealed interface Answer {
    /// An export that takes connections.
    ///
    /// @param loop the owner of the export: every connection to it lives there
    record Serves(NbdExport export, RingLoop loop) implements Answer {}

    /// This client cannot have it.
    ///
    /// @param why a reason that the same refusal always has, for the client and the log
    record Refused(OptionError error, String why) implements Answer {}
  }
}
