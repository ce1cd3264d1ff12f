package io.lockstep.iscsi.session;

/// What one session may use; beyond it the initiator waits.
///
/// @param commandsMax numbered commands in flight: the size of the command window
/// @param immediateCommandsMax immediate commands in flight on top of them
/// @param bytesInFlightMax memory of granted buffers; a task beyond it waits, unless it is the only
///     one. What comes unasked does not count here, see [MemoryBudget]
/// @param pingAfterNanos how long an initiator may be silent before it is pinged
/// @param pingAnswerNanos how long it may take to answer
/// @param discoveryIdleNanos how long a discovery session may be silent
public record SessionLimits(
    int commandsMax,
    int immediateCommandsMax,
    long bytesInFlightMax,
    long pingAfterNanos,
    long pingAnswerNanos,
    long discoveryIdleNanos) {
  private static final long SECOND_NANOS = 1_000_000_000L;

  /// What suits real initiators: open-iscsi keeps up to 128 commands under way.
  public static final SessionLimits DEFAULT =
      new SessionLimits(128, 8, 32L << 20, 15 * SECOND_NANOS, 10 * SECOND_NANOS, 60 * SECOND_NANOS);
}
