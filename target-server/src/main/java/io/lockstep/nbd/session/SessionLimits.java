package io.lockstep.nbd.session;

/// What one client may use; beyond it nothing is taken from it until something has ended.
///
/// @param requestsMax requests that were taken and whose answer has not left
/// @param bytesInFlightMax memory of their data; one request alone may exceed it
/// @param standstillNanosMax how long a write may wait for the next of its data, and an answer for
///     a client that takes it: until then they hold memory that others wait for
/// @param endNanosMax how long a client may take to go whose export was taken away, and what it has
///     asked for to be answered when the connection is to end
public record SessionLimits(
    int requestsMax, long bytesInFlightMax, long standstillNanosMax, long endNanosMax) {
  private static final long SECOND_NANOS = 1_000_000_000L;

  /// What suits real clients: the kernel keeps up to 128 requests under way, nbdcopy 64.
  public static final SessionLimits DEFAULT =
      new SessionLimits(128, 64L << 20, 30 * SECOND_NANOS, 5 * SECOND_NANOS);
}
