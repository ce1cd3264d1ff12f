package io.lockstep.control;

/// Who is behind a request: the identity that the kernel vouches for (SO_PEERCRED), and the name
/// and the way that the calling program give (`Lockstep-Actor`, `Lockstep-From`).
///
/// @param account for example `uid 1000, pid 4711`, or `node b` for a request passed on
/// @param actor the name given, or empty
/// @param from the way given, or empty: `CLI`, `console 192.0.2.7`
public record Caller(String account, String actor, String from) {
  /// Longest name, and longest way, taken.
  public static final int ACTOR_LENGTH_MAX = 64;

  /// Whether a name or a way is printable ASCII and not too long.
  static boolean isActor(String text) {
    return text.length() <= ACTOR_LENGTH_MAX && text.chars().allMatch(c -> c >= ' ' && c <= '~');
  }
}
