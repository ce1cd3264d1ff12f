package io.lockstep.iscsi.login;

import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// The private text key (`X-`, RFC 7143 6.2) by which one node of a pair asks the other who serves,
/// on a way that initiators use too: so a lost replication link is not taken for a lost node.
///
/// ```
///  in a discovery login:  X-io.lockstep.role=PAIR-ID,MIRROR-ID
///  in its answer:         X-io.lockstep.role=NODE-ID,Primary|Secondary,TERM
/// ```
///
/// Whoever does not name the pair and the mirror hears `NotUnderstood`, as for any unknown key.
public final class RoleKey {
  public static final String NAME = "X-io.lockstep.role";

  private static final String PRIMARY = "Primary";
  private static final String SECONDARY = "Secondary";
  private static final int TERM_DIGITS_MAX = 19;

  private static final BigInteger TERM_MAX = BigInteger.valueOf(Long.MAX_VALUE);

  private RoleKey() {}

  /// What is asked of a portal.
  public static String question(UUID pairId, UUID mirrorId) {
    return pairId + "," + mirrorId;
  }

  /// What a portal answers.
  ///
  /// @param nodeId whose portal it is: a node that was pointed to itself must notice
  /// @param primary whether that node serves
  /// @param term the highest term it knows
  public record Told(int nodeId, boolean primary, long term) {
    public String text() {
      return nodeId + "," + (primary ? PRIMARY : SECONDARY) + "," + term;
    }

    /// Reads an answer; empty if it is none.
    public static Optional<Told> parse(String text) {
      List<String> parts = List.of(text.split(",", -1));
      boolean sound =
          parts.size() == 3
              && parts.get(0).matches("[01]")
              && (parts.get(1).equals(PRIMARY) || parts.get(1).equals(SECONDARY))
              && parts.get(2).matches("[0-9]{1," + TERM_DIGITS_MAX + "}");
      if (!sound) {
        return Optional.empty();
      }
      long term = new BigInteger(parts.get(2)).min(TERM_MAX).longValueExact();
      return Optional.of(
          new Told(Integer.parseInt(parts.get(0)), parts.get(1).equals(PRIMARY), term));
    }
  }
}
