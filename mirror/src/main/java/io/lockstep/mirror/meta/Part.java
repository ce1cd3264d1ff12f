package io.lockstep.mirror.meta;

import java.util.Optional;

/// A stretch of the replicated space; both nodes have the same ones. Immutable.
///
/// @param state what is there
/// @param start first byte of the replicated space
/// @param length bytes
public record Part(State state, long start, long length) {
  /// What starts and lengths are counted in on disk.
  public static final int UNIT_BYTES = 4096;

  /// Whether a part holds data.
  public enum State {
    /// It holds data.
    PRESENT(1),
    /// It is being added.
    PENDING(2),
    /// It is being emptied.
    LEAVING(3),
    /// Its addresses are kept, and nothing is there.
    HOLE(4);

    private final int code;

    State(int code) {
      this.code = code;
    }

    /// The number on disk.
    int code() {
      return code;
    }

    static Optional<State> fromCode(int code) {
      for (State state : values()) {
        if (state.code == code) {
          return Optional.of(state);
        }
      }
      return Optional.empty();
    }
  }

  /// One past the last byte.
  public long end() {
    return start + length;
  }
}
