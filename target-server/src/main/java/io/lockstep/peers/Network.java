package io.lockstep.peers;

/// How lines come about: on node 0 somebody calls at an address, node 1 calls there. What comes of
/// it is told to the [ControlConnection]. Belongs to its loop.
public interface Network {
  /// Node 1: calls at the address, once; [ControlConnection#opened] or
  /// [ControlConnection#unreachable] follows in a later turn. Node 0: listens there, if it does
  /// not; [ControlConnection#unreachable] follows if it cannot.
  void reach(int address);
}
