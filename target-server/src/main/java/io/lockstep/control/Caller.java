package io.lockstep.control;

/// Who is behind a request: the identity that the kernel vouches for (SO_PEERCRED), and the name
/// that the calling program gives (`Lockstep-Actor`).
///
/// @param account for example `uid 1000, pid 4711`, or `node b` for a request passed on
/// @param actor the name given, or empty
public record Caller(String account, String actor) {
  /// Longest name taken.
  public static final int ACTOR_LENGTH_MAX = 64;

  /// For the audit log.
  public String text() {
    return actor.isEmpty() ? account : actor + " (" + account + ")";
  }

  /// Whether `actor` is printable ASCII and not too long.
  static boolean isActor(String actor) {
    return actor.length() <= ACTOR_LENGTH_MAX && actor.chars().allMatch(c -> c >= ' ' && c <= '~');
  }
}
