package io.lockstep.iscsi.session;

import io.lockstep.block.Check;
import io.lockstep.iscsi.pdu.SerialNumber;
import java.util.HashSet;
import java.util.Set;

/// Which commands a session may send: CmdSN, ExpCmdSN and MaxCmdSN (RFC 7143 4.2.2.1).
///
/// ```
///   delivered ...            | may come now              | not yet
///   ---------------------- ExpCmdSN ---------------- MaxCmdSN ------►
/// ```
///
/// Invariants: ExpCmdSN moves by one for each numbered command; MaxCmdSN never goes back; the
/// commands in flight and those that may still come are together never more than the limit, so the
/// window shrinks while commands are in flight and is what pushes back on an initiator. All in
/// 32-bit serial arithmetic. A number that was given up counts as one that came.
final class CommandWindow {
  /// What to do with a command.
  enum Verdict {
    /// It is next.
    DELIVER,
    /// Outside the window: RFC 7143 wants silence.
    IGNORE,
    /// A number is missing before it. The one connection of a session delivers in order, so the
    /// missing one will never come.
    GAP
  }

  private final int commandsMax;
  private int expCmdSn;
  private int maxCmdSn;
  private int inFlight;

  /// Numbers from ExpCmdSN on whose commands will not come; few, and inside the window.
  private final Set<Integer> givenUp = new HashSet<>();

  CommandWindow(int firstCmdSn, int commandsMax) {
    Check.that(commandsMax > 0, "a window has room", commandsMax, 0);
    this.commandsMax = commandsMax;
    this.expCmdSn = firstCmdSn;
    this.maxCmdSn = firstCmdSn + commandsMax - 1;
  }

  /// Judges a numbered (not immediate) command, and counts it as delivered if it is next.
  Verdict take(int cmdSn) {
    if (!SerialNumber.isWithin(cmdSn, expCmdSn, maxCmdSn)) {
      return Verdict.IGNORE;
    }
    if (cmdSn != expCmdSn) {
      return Verdict.GAP;
    }
    expCmdSn++;
    passGivenUp();
    return Verdict.DELIVER;
  }

  /// Counts a command that was lost on the way as received, if it could still come and was sent
  /// before `beforeCmdSn`.
  ///
  /// @return whether that is so
  boolean giveUp(int cmdSn, int beforeCmdSn) {
    boolean couldCome =
        SerialNumber.isWithin(cmdSn, expCmdSn, maxCmdSn)
            && cmdSn != beforeCmdSn
            && SerialNumber.later(cmdSn, beforeCmdSn) == beforeCmdSn;
    if (couldCome) {
      givenUp.add(cmdSn);
      passGivenUp();
    }
    return couldCome;
  }

  private void passGivenUp() {
    while (givenUp.remove(expCmdSn)) {
      expCmdSn++;
    }
  }

  /// A command, numbered or immediate, has begun to hold resources.
  void begun() {
    inFlight++;
  }

  /// A command no longer holds resources.
  void ended() {
    inFlight--;
    Check.that(inFlight >= 0, "a command ends once", inFlight, 0);
  }

  int expCmdSn() {
    return expCmdSn;
  }

  /// The last number that may come, as each PDU tells it.
  int maxCmdSn() {
    maxCmdSn = SerialNumber.later(maxCmdSn, expCmdSn + commandsMax - inFlight - 1);
    return maxCmdSn;
  }
}
