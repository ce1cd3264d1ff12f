package io.lockstep.sim;

/// What kind of cable lies between the two nodes. Immutable.
///
/// @param delayNanosMin the fastest a byte gets through
/// @param delayNanosMax the slowest
/// @param bytesPerSecond how fast a direction carries bytes
/// @param windowBytes how many bytes one direction holds between the two programs (socket buffers);
///     beyond it a frame waits at its sender and its `sent` does not come
/// @param dialNanosMax the longest pause before an attempt to connect
/// @param damagePerMillion how often an arriving piece has a byte changed
public record SimNetworkOptions(
    long delayNanosMin,
    long delayNanosMax,
    long bytesPerSecond,
    int windowBytes,
    long dialNanosMax,
    int damagePerMillion) {
  /// A quiet 10 Gbit/s cable.
  public static final SimNetworkOptions USUAL =
      new SimNetworkOptions(20_000, 200_000, 1_250_000_000L, 1 << 20, 500_000_000L, 0);

  /// The same with damaged pieces.
  public SimNetworkOptions withDamagePerMillion(int value) {
    return new SimNetworkOptions(
        delayNanosMin, delayNanosMax, bytesPerSecond, windowBytes, dialNanosMax, value);
  }
}
