package io.lockstep.volume;

/// What an engine does with a volume's data. Immutable.
public sealed interface Serving {
  /// Reads and writes.
  record ReadWrite() implements Serving {}

  /// Reads; every change is refused, whichever node serves.
  ///
  /// @param why a clause: "it is read-only (lvchange --permission r)"
  record ReadOnly(String why) implements Serving {}

  /// Nothing: this engine cannot tell where its bytes lie, or they are not what the name promises.
  ///
  /// @param why a clause: "it has a segment of type thin"
  record Not(String why) implements Serving {}
}
