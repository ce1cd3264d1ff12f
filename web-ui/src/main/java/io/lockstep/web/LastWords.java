package io.lockstep.web;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the daemon said of the last thing a person did, kept from the form to the page that it
/// leads to: a warning in it must be read, and an address cannot carry it ([Notice]). Thread-safe.
final class LastWords {
  /// People who did something and never looked at what came of it.
  private static final int UNREAD_MAX = 100;

  private final ConcurrentHashMap<String, String> unread = new ConcurrentHashMap<>();

  /// @param signIn what tells sign-ins apart
  void say(String signIn, String words) {
    if (unread.size() >= UNREAD_MAX) {
      unread.clear();
    }
    unread.put(signIn, words);
  }

  /// Once.
  Optional<String> take(String signIn) {
    return Optional.ofNullable(unread.remove(signIn));
  }
}
