package io.lockstep.iscsi.login;

import io.lockstep.iscsi.login.KeyText.Pair;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The text keys of one negotiation: takes what the initiator says, finds the answers, remembers
/// the results (RFC 7143 6.2). The table is [TextKey].
///
/// Invariants: a key has a result at most once; a key never said has its default; what we answered
/// is what holds; the first burst is never longer than a burst (RFC 7143 13.14), for which it is
/// answered last, and cut where only the burst was said.
public final class KeyNegotiation {
  /// The answer that refuses a value.
  public static final String REJECT = KeyRule.REJECT;

  private static final String NOT_UNDERSTOOD = "NotUnderstood";
  private static final String IRRELEVANT = "Irrelevant";
  private static final Set<String> ANSWERS = Set.of(NOT_UNDERSTOOD, IRRELEVANT, KeyRule.REJECT);

  private final Map<TextKey, String> results = new EnumMap<>(TextKey.class);
  private final Set<TextKey> said = EnumSet.noneOf(TextKey.class);
  private boolean isDiscovery;
  private boolean isLeading = true;

  /// A discovery session has no use for some keys.
  void discovery(boolean discovery) {
    isDiscovery = discovery;
  }

  /// A connection that joins a session must not say some keys again.
  void leading(boolean leading) {
    isLeading = leading;
  }

  /// Takes pairs in their order and appends the answers.
  ///
  /// @return what breaks the protocol, as a sentence; empty if nothing does
  public Optional<String> take(List<Pair> pairs, LoginStage stage, StringBuilder answers) {
    List<Pair> ordered = new ArrayList<>(pairs);
    ordered.sort(Comparator.comparing(KeyNegotiation::dependsOnOthers));
    for (Pair pair : ordered) {
      Optional<TextKey> known = TextKey.named(pair.key());
      Optional<String> fault =
          known.isPresent()
              ? takeKnown(known.get(), pair.value(), stage, answers)
              : takeUnknown(pair, answers);
      if (fault.isPresent()) {
        return fault;
      }
    }
    return Optional.empty();
  }

  private static boolean dependsOnOthers(Pair pair) {
    return pair.key().equals(TextKey.FIRST_BURST_LENGTH.keyName());
  }

  private static Optional<String> takeUnknown(Pair pair, StringBuilder answers) {
    if (!ANSWERS.contains(pair.value())) {
      KeyText.append(answers, pair.key(), NOT_UNDERSTOOD);
    }
    return Optional.empty();
  }

  private Optional<String> takeKnown(
      TextKey key, String value, LoginStage stage, StringBuilder answers) {
    if (ANSWERS.contains(value)) {
      return Optional.empty();
    }
    if (!said.add(key)) {
      return Optional.of(key.keyName() + " was said twice");
    }
    if (!key.isFor(stage)) {
      KeyText.append(answers, key.keyName(), KeyRule.REJECT);
      return Optional.empty();
    }
    if ((isDiscovery && key.isForNormalSessionOnly())
        || (!isLeading && key.isForLeadingConnectionOnly())) {
      KeyText.append(answers, key.keyName(), IRRELEVANT);
      return Optional.empty();
    }
    Optional<String> result = key.rule().result(value).map(agreed -> limited(key, agreed));
    result.ifPresent(agreed -> results.put(key, agreed));
    if (key.rule().isDeclarative()) {
      return result.isPresent()
          ? Optional.empty()
          : Optional.of(key.keyName() + " has a value that it cannot have");
    }
    KeyText.append(answers, key.keyName(), result.orElse(KeyRule.REJECT));
    return Optional.empty();
  }

  private String limited(TextKey key, String agreed) {
    return key == TextKey.FIRST_BURST_LENGTH
        ? Integer.toString(Math.min(Integer.parseInt(agreed), number(TextKey.MAX_BURST_LENGTH)))
        : agreed;
  }

  /// Whether the initiator said this key and it was accepted.
  public boolean has(TextKey key) {
    return results.containsKey(key);
  }

  /// Whether the initiator tried this key.
  boolean wasSaid(TextKey key) {
    return said.contains(key);
  }

  /// The value in force.
  public String text(TextKey key) {
    return results.getOrDefault(key, key.byDefault());
  }

  /// The value in force, of a numerical key.
  public int number(TextKey key) {
    return Integer.parseInt(text(key));
  }

  /// How long the data may be that comes unasked: FirstBurstLength, and never more than a burst.
  int firstBurstLength() {
    return Math.min(number(TextKey.FIRST_BURST_LENGTH), number(TextKey.MAX_BURST_LENGTH));
  }

  /// The value in force, of a boolean key.
  boolean yes(TextKey key) {
    return text(key).equals("Yes");
  }
}
