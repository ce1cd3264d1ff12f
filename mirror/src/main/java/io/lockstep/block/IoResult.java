package io.lockstep.block;

/// How an operation on a [BlockDevice] ended: [#OK], or a reason and a sentence for the log.
/// A value, not an exception, since every caller must answer it. Immutable.
///
/// @param reason what kind of end
/// @param detail what failed, where; empty for [#OK]
public record IoResult(Reason reason, String detail) {
  /// The one good result.
  public static final IoResult OK = new IoResult(Reason.OK, "");

  /// The kinds of end. Front ends map them to sense data or errno with an exhaustive switch.
  public enum Reason {
    /// Done, as promised.
    OK,
    /// The medium failed to read or write (EIO). The content of the range is unknown.
    MEDIUM_ERROR,
    /// The backing store is full (ENOSPC).
    NO_SPACE,
    /// The device does not serve I/O in its present role or state: a Secondary, an inactive volume.
    /// Nothing was changed; another path may serve the request.
    NOT_READY,
    /// The device does not take this change, now or later, on this path or another: a volume that
    /// may only be read. Nothing was changed.
    WRITE_PROTECTED,
    /// The device was closed before the operation was done; whether it took place is unknown.
    CLOSED,
    /// A queue is at its named limit; nothing was changed; try again.
    BUSY
  }

  public IoResult {
    Check.that(
        (reason == Reason.OK) == detail.isEmpty(), "a failure has a detail, success has none");
  }

  public boolean isOk() {
    return reason == Reason.OK;
  }

  public static IoResult mediumError(String detail) {
    return new IoResult(Reason.MEDIUM_ERROR, detail);
  }

  public static IoResult noSpace(String detail) {
    return new IoResult(Reason.NO_SPACE, detail);
  }

  public static IoResult notReady(String detail) {
    return new IoResult(Reason.NOT_READY, detail);
  }

  public static IoResult writeProtected(String detail) {
    return new IoResult(Reason.WRITE_PROTECTED, detail);
  }

  public static IoResult closed(String detail) {
    return new IoResult(Reason.CLOSED, detail);
  }

  public static IoResult busy(String detail) {
    return new IoResult(Reason.BUSY, detail);
  }
}
