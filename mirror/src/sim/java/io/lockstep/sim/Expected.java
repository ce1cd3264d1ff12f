package io.lockstep.sim;

import java.util.List;

/// What a sample of histories must have met: without it, nothing was proved about it. The sample of
/// `./check` is large enough for each of them; a smaller one may miss some.
final class Expected {
  private static final List<String> OPERATIONS =
      List.of("write", "write with FUA", "zeroes", "zeroes with FUA", "discard", "read", "flush");

  private static final List<String> COMMANDS =
      List.of(
          "switch",
          "promote the survivor",
          "promote early",
          "promote apart",
          "promote beside",
          "promote beside a frozen one",
          "promote with force",
          "demote",
          "disconnect",
          "disconnect with force",
          "connect",
          "connect and discard",
          "accept loss");

  /// Beside a Primary that says so, or stands still, nobody is promoted, seldom excepted: it may
  /// have just ended.
  private static final List<String> NEVER_DONE =
      List.of("promote beside", "promote beside a frozen one");

  /// The rows of the table by which two nodes that have met decide, and the named stops.
  private static final String DECISIONS =
      """
      full resync, the other node is the source: the other disk is Inconsistent, no bitmap fits
      full resync, the other node is the source: the other disk is new
      full resync, this node is the source: the other disk is Inconsistent, no bitmap fits
      full resync, this node is the source: the other disk is new
      in sync
      resync by bitmap, the other node is the source: I hold the peer's bitmap generation
      resync by bitmap, the other node is the source: equal generations; blocks that were being \
      written are copied again
      resync by bitmap, the other node is the source: split brain; node N discards
      resync by bitmap, the other node is the source: the other disk is Inconsistent: an \
      interrupted resync goes on
      resync by bitmap, this node is the source: equal generations; blocks that were being \
      written are copied again
      resync by bitmap, this node is the source: split brain; node N discards
      resync by bitmap, this node is the source: the other disk is Inconsistent: an interrupted \
      resync goes on
      resync by bitmap, this node is the source: the peer holds my bitmap generation
      stop: both nodes were Primary, and node N has stopped serving
      stop: node N has the newer data, and its disk has failed
      stop: node N would be filled from node N, whose disk is Outdated: the other disk of this \
      mirror went on without it and held newer data
      stop: split brain: both nodes have changes that the other lacks
      stop: the disk of node N has failed before, and the other holds no complete copy
      stop: the disk of node N has failed, and the other holds no complete copy
      without the disk of node N
      """;

  /// What the disks have suffered, and which operations it hit.
  private static final String FAULTS =
      """
      LASTING_ERROR of FLUSH
      LASTING_ERROR of METADATA_WRITE
      LASTING_ERROR of READ
      LASTING_ERROR of WRITE
      LATE_LANDING of FLUSH
      LATE_LANDING of METADATA_WRITE
      LATE_LANDING of READ
      LATE_LANDING of WRITE
      LOST_FLUSH of FLUSH
      NO_SPACE of METADATA_WRITE
      NO_SPACE of WRITE
      SLOW of FLUSH
      SLOW of METADATA_WRITE
      SLOW of READ
      SLOW of WRITE
      STUCK of FLUSH
      STUCK of METADATA_READ
      STUCK of METADATA_WRITE
      STUCK of READ
      STUCK of WRITE
      TRANSIENT_ERROR of FLUSH
      TRANSIENT_ERROR of METADATA_WRITE
      TRANSIENT_ERROR of READ
      TRANSIENT_ERROR of WRITE
      """;

  /// Every frame that the nodes have for each other, but for the refusal of a stranger.
  private static final String FRAMES =
      """
      Barrier
      BarrierAck
      BitmapChunk
      BitmapEnd
      Data
      Goodbye
      Handover
      HandoverAck
      HandoverRefused
      Hello
      LostBlocks
      NegAck
      Outdate
      OutdateAck
      Ping
      PingAck
      ReadReply
      ReadRequest
      ReportParams
      ResyncAck
      ResyncClear
      ResyncCommit
      ResyncCommitAck
      ResyncData
      ResyncDone
      ResyncDoneAck
      ResyncUnreadable
      ResyncZeroes
      StateChange
      WriteAck
      Zeroes
      """;

  /// How a node has become Primary.
  private static final String ROLES =
      """
      resumed by itself
      took over from a node that was down
      took over from a node that was not reachable
      took over in a planned switch
      """;

  /// Who was filled, and whether hosts wrote meanwhile.
  private static final String RESYNCS =
      """
      from the Primary to 0
      from the Primary to 1
      without a Primary to 0
      without a Primary to 1
      """;

  /// What the disk of a source has said of blocks that it was asked about.
  private static final String BLOCKS =
      """
      data
      hole
      hole that was written to
      """;

  /// Rows of the tables of states that each sample must see.
  private static final String TRANSITIONS =
      """
      connection Connected -> Connecting
      connection Connected -> StandAlone
      connection Connecting -> Connected
      connection Connecting -> StandAlone
      connection Connecting -> Unconnected
      connection Connecting -> WFBitMapS
      connection Connecting -> WFBitMapT
      connection StandAlone -> Connecting
      connection SyncSource -> Connected
      connection SyncSource -> Connecting
      connection SyncSource -> StandAlone
      connection SyncTarget -> Connected
      connection SyncTarget -> Connecting
      connection SyncTarget -> StandAlone
      connection Unconnected -> Connecting
      connection WFBitMapS -> Connecting
      connection WFBitMapS -> SyncSource
      connection WFBitMapT -> Connected
      connection WFBitMapT -> Connecting
      connection WFBitMapT -> StandAlone
      connection WFBitMapT -> SyncTarget
      disk Consistent -> Inconsistent
      disk Consistent -> UpToDate
      disk Inconsistent -> UpToDate
      disk Outdated -> Inconsistent
      disk Outdated -> UpToDate
      disk UpToDate -> Failed
      disk UpToDate -> Inconsistent
      disk UpToDate -> Outdated
      role Primary -> Secondary
      role Secondary -> Primary
      """;

  /// What a person had to do.
  private static final String PERSON =
      """
      promoted by force what was left
      replaced a disk while the other was Consistent
      replaced a disk while the other was UpToDate
      restarted a node whose disk had failed
      settled a split brain
      gave changes up, and the other's side grew
      gave changes up, and their own side grew
      """;

  private Expected() {}

  static void in(Met met) {
    for (Troubles.Kind kind : Troubles.Kind.values()) {
      met.expect("trouble", kind.name());
    }
    OPERATIONS.forEach(name -> met.expect("client", name + " OK"));
    COMMANDS.forEach(
        name -> {
          if (!NEVER_DONE.contains(name)) {
            met.expect("command", name + " done");
          }
          met.expect("command", name + " refused");
        });
    all(met, "decision", DECISIONS);
    all(met, "fault", FAULTS);
    all(met, "frame", FRAMES);
    all(met, "role", ROLES);
    all(met, "resync", RESYNCS);
    all(met, "operator", PERSON);
    all(met, "transition", TRANSITIONS);
    all(met, "blocks", BLOCKS);
    SimMutes.expectIn(met);
    met.expect("replica", "read while Inconsistent");
  }

  private static void all(Met met, String group, String names) {
    names.lines().forEach(name -> met.expect(group, name));
  }
}
