package io.lockstep.web;

import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What the daemon said of a thing that a person did, kept from the form to the page that it leads
/// to: a warning in it must be read, and an address cannot carry it ([Notice]). Thread-safe.
final class LastWords {
  /// People who did something and never looked at what came of it.
  private static final int UNREAD_MAX = 100;

  private final ConcurrentHashMap<Place, String> unread = new ConcurrentHashMap<>();

  /// Where the words belong.
  private record Place(String signIn, Notice notice) {}

  /// @param signIn what tells sign-ins apart
  /// @param notice what the page would say without them
  void say(String signIn, Notice notice, String words) {
    if (unread.size() >= UNREAD_MAX) {
      unread.clear();
    }
    unread.put(new Place(signIn, notice), words);
  }

  /// Once.
  Optional<String> take(String signIn, Notice notice) {
    return Optional.ofNullable(unread.remove(new Place(signIn, notice)));
  }
}
