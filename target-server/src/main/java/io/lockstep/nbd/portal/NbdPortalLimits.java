package io.lockstep.nbd.portal;

/// What all clients together may use of a portal. Beyond it, those that have no export yet give way
/// to newcomers, and new connections to exports are turned away.
///
/// @param clients how many there may be
/// @param handshakeNanosMax how long a handshake may take
/// @param closeNanosMax how long the last bytes to a client may take
/// @param unsentBytesMax queued bytes at which nothing is taken until the client reads
/// @param unsentCopiedBytesMax the same for bytes that are copied to be sent
/// @param grantedBytesMax memory of the requests of all clients of one loop; those beyond it wait
/// @param standstillNanosMax how long a connection may have stood still, with requests that were
///     not taken, before a newer one of the same host to the same export takes its place
public record NbdPortalLimits(
    Clients clients,
    long handshakeNanosMax,
    long closeNanosMax,
    int unsentBytesMax,
    int unsentCopiedBytesMax,
    long grantedBytesMax,
    long standstillNanosMax) {
  /// One read from a socket: what a connection may hold of bytes that have arrived and were not
  /// taken.
  static final int RECEIVE_BYTES_MAX = 128 << 10;

  private static final long SECOND_NANOS = 1_000_000_000L;

  public static final NbdPortalLimits DEFAULT =
      new NbdPortalLimits(
          new Clients(1024, 256, 128, 768, 256),
          15 * SECOND_NANOS,
          5 * SECOND_NANOS,
          4 << 20,
          128 << 10,
          192L << 20,
          10 * SECOND_NANOS);

  /// How many clients there may be.
  ///
  /// @param connectionsMax connections at once, with an export or without
  /// @param handshakesMax of these, connections that have no export yet; the oldest gives way
  /// @param handshakesOfAddressMax of these, those of one address
  /// @param exportsMax connections that have an export
  /// @param exportsOfAddressMax of these, those of one address
  public record Clients(
      int connectionsMax,
      int handshakesMax,
      int handshakesOfAddressMax,
      int exportsMax,
      int exportsOfAddressMax) {}
}
