package io.lockstep.daemon;

import static java.util.stream.Collectors.toSet;

import io.lockstep.block.Check;
import io.lockstep.block.Refusal;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// What both disks of a pair have in common. Drawn once, by `lockstepd init --first`, and carried
/// to the other node as a join code: `NAME:PAIR-ID:MIRROR-ID`. Immutable.
///
/// @param pairName a short random word, part of every IQN
/// @param pairId the pair
/// @param mirrorId its mirror
public record PairIdentity(String pairName, UUID pairId, UUID mirrorId) {
  private static final String FIRST_LETTERS = "abcdefghjkmnpqrstuvwxyz";
  private static final String LETTERS = FIRST_LETTERS + "23456789";
  private static final int NAME_LENGTH = 6;

  public static PairIdentity random(RandomGenerator dice) {
    StringBuilder name = new StringBuilder();
    name.append(FIRST_LETTERS.charAt(dice.nextInt(FIRST_LETTERS.length())));
    while (name.length() < NAME_LENGTH) {
      name.append(LETTERS.charAt(dice.nextInt(LETTERS.length())));
    }
    return new PairIdentity(name.toString(), uuid(dice), uuid(dice));
  }

  /// RFC 9562 5.4: version 4.
  private static UUID uuid(RandomGenerator dice) {
    long high = (dice.nextLong() & 0xFFFF_FFFF_FFFF_0FFFL) | 0x4000L;
    long low = (dice.nextLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  /// A further mirror of the same pair. What hosts and LVM are told to be unique holds the short
  /// name, so each mirror has one of its own.
  ///
  /// @param number 2 for the second
  public PairIdentity further(int number, RandomGenerator dice) {
    return new PairIdentity(pairName + number, pairId, uuid(dice));
  }

  /// A further mirror of the pair that these belong to, with the next name that none of them has.
  ///
  /// @param mirrors at least one
  static PairIdentity beside(Collection<PairIdentity> mirrors, RandomGenerator dice) {
    PairIdentity eldest =
        mirrors.stream().min(Comparator.comparingInt(one -> one.pairName.length())).orElseThrow();
    Set<String> taken = mirrors.stream().map(PairIdentity::pairName).collect(toSet());
    int number = 2;
    while (taken.contains(eldest.pairName + number)) {
      number++;
    }
    return eldest.further(number, dice);
  }

  /// Why these cannot be the mirrors of one node; empty if they can.
  ///
  /// @param byName by the mirrors' names in the configuration
  static Optional<Refusal> misfit(Map<String, PairIdentity> byName) {
    List<String> names = List.copyOf(byName.keySet());
    for (int later = 1; later < names.size(); later++) {
      PairIdentity mirror = Check.present(byName.get(names.get(later)), "a name of the map");
      for (String name : names.subList(0, later)) {
        PairIdentity other = Check.present(byName.get(name), "a name of the map");
        if (!other.pairId.equals(mirror.pairId)) {
          return Optional.of(
              doNotFit(
                  name,
                  names.get(later),
                  "they belong to different pairs, %s and %s"
                      .formatted(other.pairName, mirror.pairName)));
        }
        if (other.mirrorId.equals(mirror.mirrorId)) {
          return Optional.of(
              doNotFit(
                  name,
                  names.get(later),
                  "they are both of one mirror, %s".formatted(mirror.mirrorId)));
        }
      }
    }
    return Optional.empty();
  }

  private static Refusal doNotFit(String mirror, String other, String why) {
    return new Refusal(
        "The disks of mirrors %s and %s were not taken".formatted(mirror, other),
        why,
        "correct mirrors[].disks in the configuration");
  }

  public String joinCode() {
    return pairName + ":" + pairId + ":" + mirrorId;
  }

  /// The identity that a join code means, or empty.
  public static Optional<PairIdentity> parse(String code) {
    String[] parts = code.strip().split(":", -1);
    if (parts.length != 3 || !parts[0].matches("[a-z0-9]{1,16}")) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new PairIdentity(parts[0], UUID.fromString(parts[1]), UUID.fromString(parts[2])));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
