package io.lockstep.nbd.session;

import java.util.List;

/// What a handshake has come to.
///
/// @param facts what the client was told of its export
/// @param structured whether it understands structured replies
/// @param contexts the meta contexts it has chosen; the id of each is its place, from 1 on
public record Agreed(ExportFacts facts, boolean structured, List<String> contexts) {
  public Agreed {
    contexts = List.copyOf(contexts);
  }

  /// What BLOCK_STATUS calls a context.
  static int contextId(int index) {
    return index + 1;
  }
}
