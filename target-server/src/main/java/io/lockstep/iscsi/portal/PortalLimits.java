package io.lockstep.iscsi.portal;

/// What all initiators together may use of a portal. Beyond it, those that nobody has vouched for
/// give way to newcomers, and new sessions with targets are turned away.
///
/// @param connectionsMax TCP connections at once, logged in or not
/// @param loginsMax of these, connections that have not logged in yet; the oldest gives way
/// @param loginsOfAddressMax of these, those of one address
/// @param discoveriesMax discovery sessions at once; the oldest gives way
/// @param discoveriesOfAddressMax of these, those of one address
/// @param sessionsMax sessions with targets at once
/// @param loginNanosMax how long a login may take
/// @param closeNanosMax how long the last bytes to an initiator may take
/// @param dataSegmentBytesMax our MaxRecvDataSegmentLength
/// @param unsentBytesMax queued bytes at which no command is taken until the initiator reads
/// @param unsentCopiedBytesMax the same for bytes that are copied to be sent: heads, answers, short
///     payloads
/// @param grantedBytesMax memory of the tasks of all sessions of one loop; those beyond it wait
/// @param unaskedBytesMax memory beside it for data that initiators send without being asked; tasks
///     beyond it are refused with TASK SET FULL
public record PortalLimits(
    int connectionsMax,
    int loginsMax,
    int loginsOfAddressMax,
    int discoveriesMax,
    int discoveriesOfAddressMax,
    int sessionsMax,
    long loginNanosMax,
    long closeNanosMax,
    int dataSegmentBytesMax,
    int unsentBytesMax,
    int unsentCopiedBytesMax,
    long grantedBytesMax,
    long unaskedBytesMax) {
  /// One read from a socket: what a connection may hold of bytes that have arrived and were not
  /// taken.
  static final int RECEIVE_BYTES_MAX = 128 << 10;

  private static final long SECOND_NANOS = 1_000_000_000L;

  public static final PortalLimits DEFAULT =
      new PortalLimits(
          1024,
          256,
          128,
          64,
          16,
          512,
          15 * SECOND_NANOS,
          5 * SECOND_NANOS,
          256 << 10,
          4 << 20,
          128 << 10,
          192L << 20,
          64L << 20);

  /// The same, with its memory divided among so many loops of targets.
  public PortalLimits among(int loopCount) {
    return new PortalLimits(
        connectionsMax,
        loginsMax,
        loginsOfAddressMax,
        discoveriesMax,
        discoveriesOfAddressMax,
        sessionsMax,
        loginNanosMax,
        closeNanosMax,
        dataSegmentBytesMax,
        unsentBytesMax,
        unsentCopiedBytesMax,
        grantedBytesMax / loopCount,
        unaskedBytesMax / loopCount);
  }
}
