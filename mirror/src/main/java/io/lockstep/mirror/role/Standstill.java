package io.lockstep.mirror.role;

import io.lockstep.block.Loop;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;
import org.jspecify.annotations.Nullable;

/// Nodes that have met and do not go on together: what both say, and whether they try again by
/// themselves (I10). Belongs to the mirror's loop.
public final class Standstill {
  /// How long a side that has come to a stop waits for the other to come to it too.
  private static final long STOP_DELAY_NANOS = 500_000_000;

  /// After how long nodes meet again that have parted for a cause that may pass.
  public static final long RETRY_NANOS = 5_000_000_000L;

  /// What a Primary says of the other one until that has stopped.
  public static final String UNCONFIRMED =
      "both nodes are Primary, and the other one has not yet said that it has stopped serving; they"
          + " meet again by themselves";

  /// So many meetings in a row that end alike are told to the administrator.
  private static final int ALIKE_MAX = 3;

  private final Loop loop;
  private final PeerConnection connection;
  private final Notices notices;
  private Plan.@Nullable Stop stop;

  /// Whether the other side has still to say that it has come to it too.
  private boolean unconfirmed;

  private String lastSentence = "";
  private int alike;

  public Standstill(Loop loop, PeerConnection connection, Notices notices) {
    this.loop = loop;
    this.connection = connection;
    this.notices = notices;
  }

  /// Parts from the peer, a moment later, so that the other side gets this side's report and comes
  /// to the same stop by itself.
  public void come(Plan.Stop reason) {
    PeerSession session = connection.session();
    stop = reason;
    connection.showReason(reason.sentence());
    tellSplit(reason);
    loop.schedule(
        () -> {
          if (session.isAlive()) {
            part();
          }
        },
        STOP_DELAY_NANOS);
  }

  /// The other Primary is to stop serving. Standing alone would keep that from it if this side's
  /// report is lost, so the nodes meet again until it has said so.
  public void comeWhenConfirmed(Plan.Stop reason) {
    stop = reason;
    unconfirmed = true;
    connection.showReason(UNCONFIRMED);
    tellSplit(reason);
  }

  private void tellSplit(Plan.Stop reason) {
    if (reason.splitBrain()) {
      connection.splitBrainFound(reason.sentence());
    }
  }

  /// The other side has come to the same stop.
  public void confirmed() {
    unconfirmed = false;
  }

  /// Whether the nodes have just come to a stop and are still linked.
  public boolean isComing() {
    return stop != null;
  }

  /// Whether that is because both hold changes that the other lacks.
  public boolean isSplit() {
    return stop != null && stop.splitBrain();
  }

  /// The link has ended, from whichever side.
  public void linkEnded() {
    part();
  }

  /// A person wants the nodes to meet, whatever the last meeting came to.
  void again() {
    boolean stopped = isComing();
    end();
    if (stopped) {
      connection.drop("the nodes meet again");
    }
  }

  /// The nodes go on together, or a person wants them to try anew.
  public void end() {
    stop = null;
    unconfirmed = false;
    alike = 0;
    lastSentence = "";
  }

  private void part() {
    Plan.Stop reason = stop;
    if (reason == null) {
      return;
    }
    stop = null;
    if (unconfirmed) {
      unconfirmed = false;
      connection.pause(UNCONFIRMED, RETRY_NANOS);
      return;
    }
    if (!reason.mayPass()) {
      connection.standAlone(reason.sentence(), reason.splitBrain());
      return;
    }
    alike = reason.sentence().equals(lastSentence) ? alike + 1 : 1;
    lastSentence = reason.sentence();
    if (alike == ALIKE_MAX) {
      notices.happened(new MirrorEvent.KeepParting(alike, reason.sentence()));
    }
    connection.pause(reason.sentence(), RETRY_NANOS);
  }
}
