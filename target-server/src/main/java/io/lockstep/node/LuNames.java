package io.lockstep.node;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The names a logical unit gets for life, and the form of other people's names. Pure: the dice
/// come in.
public final class LuNames {
  private static final String AUTHORITY = "iqn.2026-11.io.lockstep:";
  private static final String SERIAL_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  private static final int SERIAL_LENGTH = 14;
  private static final long RANDOM_BITS = (1L << 36) - 1;

  /// RFC 7143 4.2.7.1: the longest iSCSI name, in bytes.
  private static final int NAME_BYTES_MAX = 223;

  private LuNames() {}

  /// In whose name a logical unit gets its names.
  ///
  /// @param pair the pair's name
  /// @param companyId the company id of the NAA identifier, six hexadecimal digits
  public record Giver(String pair, String companyId) {
    /// The name of a target, from the part of it behind the pair's.
    String iqn(String target) {
      return AUTHORITY + pair + "." + target;
    }
  }

  /// What is given already.
  ///
  /// @param names of logical units and targets
  /// @param units with their identifiers
  public record Taken(Set<String> names, Collection<UnitRecord> units) {}

  /// What a node calls itself where it is the initiator. No target has such a name.
  public static String ofNode(String pair, int nodeId) {
    return AUTHORITY + pair + ":node-" + nodeId;
  }

  /// A new logical unit's record, which would have a target of its own: all of its names differ
  /// from those of `taken`, whether these still exist or not.
  public static UnitRecord draw(
      Giver giver, String volume, String volumeUuid, Taken taken, RandomGenerator dice) {
    String name = freeName(volume, taken.names);
    return new UnitRecord(
        UnitRecord.VERSION,
        name,
        volumeUuid,
        volume,
        freeNaa(giver.companyId, taken.units, dice),
        freeSerial(taken.units, dice),
        512,
        true,
        name,
        0,
        false,
        false);
  }

  /// The volume's name, or, where an older volume had it, with a number behind.
  private static String freeName(String volume, Set<String> names) {
    String name = volume;
    for (int number = 2; names.contains(name); number++) {
      String suffix = "-" + number;
      name = volume.substring(0, Math.min(volume.length(), 63 - suffix.length())) + suffix;
    }
    return name;
  }

  private static String freeNaa(
      String companyId, Collection<UnitRecord> taken, RandomGenerator dice) {
    while (true) {
      String text =
          String.format(
              Locale.ROOT,
              "6%s%09x%016x",
              companyId,
              dice.nextLong() & RANDOM_BITS,
              dice.nextLong());
      if (taken.stream().noneMatch(record -> record.naa().equals(text))) {
        return text;
      }
    }
  }

  private static String freeSerial(Collection<UnitRecord> taken, RandomGenerator dice) {
    while (true) {
      StringBuilder serial = new StringBuilder();
      while (serial.length() < SERIAL_LENGTH) {
        serial.append(SERIAL_LETTERS.charAt(dice.nextInt(SERIAL_LETTERS.length())));
      }
      String text = serial.toString();
      if (taken.stream().noneMatch(record -> record.serial().equals(text))) {
        return text;
      }
    }
  }

  /// What is wrong with an iSCSI name, as a clause for who names an initiator; empty if nothing is
  /// (RFC 7143 4.2.7).
  public static Optional<String> initiatorFault(String name) {
    if (name.length() > NAME_BYTES_MAX) {
      return Optional.of("it has %d characters, %d are allowed".formatted(name.length(), 223));
    }
    boolean known =
        name.matches("iqn\\.[0-9]{4}-(0[1-9]|1[0-2])\\.[a-z0-9.-]+(:[a-z0-9.:-]+)?")
            || name.matches("eui\\.[0-9A-Fa-f]{16}")
            || name.matches("naa\\.([0-9A-Fa-f]{16}|[0-9A-Fa-f]{32})");
    return known
        ? Optional.empty()
        : Optional.of("an initiator's name looks like iqn.1993-08.org.debian:01:3f2a (lower case)");
  }
}
