package io.lockstep.iscsi.login;

import io.lockstep.iscsi.login.KeyText.Pair;
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
/// is what holds.
public final class KeyNegotiation {
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
    for (Pair pair : pairs) {
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
    Optional<String> result = key.rule().result(value);
    result.ifPresent(agreed -> results.put(key, agreed));
    if (key.rule().isDeclarative()) {
      return result.isPresent()
          ? Optional.empty()
          : Optional.of(key.keyName() + " has a value that it cannot have");
    }
    KeyText.append(answers, key.keyName(), result.orElse(KeyRule.REJECT));
    return Optional.empty();
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

  /// The value in force, of a boolean key.
  boolean yes(TextKey key) {
    return text(key).equals("Yes");
  }
}
