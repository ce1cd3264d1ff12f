package io.lockstep.mirror.state;

import io.lockstep.block.Check;
import java.util.UUID;

/// Who a node is: which of the two nodes of which mirror of which pair. It is the same all its
/// life; its disk, if it has one, carries it too.
///
/// @param pairId the pair of nodes
/// @param mirrorId the mirror of that pair
/// @param pairName the pair's short name, `[a-z0-9]`, 1 to 16 characters
/// @param nodeId 0 or 1
public record NodeIdentity(UUID pairId, UUID mirrorId, String pairName, int nodeId) {
  /// The longest pair name, in characters.
  public static final int PAIR_NAME_MAX = 16;

  public NodeIdentity {
    Check.that(isPairName(pairName), "pair name is [a-z0-9], 1 to 16 characters");
    Check.that(nodeId == 0 || nodeId == 1, "node id is 0 or 1", nodeId, 0);
  }

  /// The id of the other node.
  public int peerId() {
    return 1 - nodeId;
  }

  /// Whether `text` can name a pair.
  public static boolean isPairName(String text) {
    if (text.isEmpty() || text.length() > PAIR_NAME_MAX) {
      return false;
    }
    return text.chars().allMatch(c -> (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'));
  }
}
