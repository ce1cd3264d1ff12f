package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Plan;

/// I5: in a term one node at most is Primary; a Primary in sync knows no lower term than its peer;
/// two Primaries that have met do not both go on.
final class OnePrimaryCheck implements StepCheck {
  /// How long two that are connected may both serve: a greeting and a report go each way, and a
  /// slow direction takes a second for each of them.
  private static final long TOGETHER_NANOS_MAX = 4_000_000_000L;

  /// What is written after a node has reported counts for the next meeting only.
  /// How long two that could not end their meeting may take to meet again.
  private static final long STOPS_NANOS_MAX = 20_000_000_000L;

  private static final long REPORT_NANOS_MAX = 4_000_000_000L;

  private final SimWorld world;
  private long togetherSince = -1;

  /// Who has decided to stop for the other, and when.
  private int stopping = -1;

  private long stopsSince;

  /// Whether both were Primary a turn ago.
  private boolean two;

  /// A split had been shown before they both were.
  private boolean splitBefore;

  OnePrimaryCheck(SimWorld world) {
    this.world = world;
  }

  /// What a node does, now that it has met the other.
  void decided(Plan plan) {
    if (plan instanceof Plan.StepDown down && world.host(down.loser()).isServing()) {
      stopping = down.loser();
      stopsSince = world.nowNanos();
    }
  }

  @Override
  public void afterTurn() {
    if (stopping >= 0) {
      SimHost loser = world.host(stopping);
      boolean linked = world.network().isConnected() && !world.network().isCut();
      stopsSince = linked || loser.isPaused() ? stopsSince : world.nowNanos();
      stopping = loser.isServing() && world.host(1 - stopping).isServing() ? stopping : -1;
      Check.that(
          stopping < 0 || world.nowNanos() - stopsSince < STOPS_NANOS_MAX,
          "I9: it was decided that it stops, and it serves, node",
          loser.id,
          0);
    }
    SimHost left = world.host(0);
    SimHost right = world.host(1);
    if (!left.isPrimary() || !right.isPrimary()) {
      if (two) {
        hasStopped(left, right);
        hasStopped(right, left);
      }
      two = false;
      forget(left);
      forget(right);
      togetherSince = -1;
      checkTerm(left, right);
      checkTerm(right, left);
      return;
    }
    if (!two) {
      splitBefore = left.picture().splitBrain() || right.picture().splitBrain();
    }
    two = true;
    Check.that(
        !left.isServing() || !right.isServing() || left.mirror().term() != right.mirror().term(),
        "I5: one Primary in a term",
        left.mirror().term(),
        right.mirror().term());
    // A process that stands still meets nobody, and serves nobody: its time does not count.
    boolean run = !left.isPaused() && !right.isPaused();
    boolean parted = !splitBefore && left.picture().splitBrain() && right.picture().splitBrain();
    boolean linked = world.network().isConnected() && !world.network().isCut();
    boolean meet = run && (linked || parted);
    if (!meet || !left.isServing() || !right.isServing()) {
      togetherSince = -1;
    } else if (togetherSince < 0) {
      togetherSince = world.nowNanos();
    } else {
      Check.that(
          world.nowNanos() - togetherSince < TOGETHER_NANOS_MAX,
          "I5: two Primaries have met and both serve, since",
          togetherSince,
          world.nowNanos());
    }
  }

  /// What a client wrote counts more than a Primary that nobody has used.
  private void hasStopped(SimHost loser, SimHost winner) {
    boolean byItself =
        loser.isOpen()
            && !loser.isPrimary()
            && !loser.isEnding()
            && !loser.wasDemoted()
            && loser.mirror().diskState() != DiskState.FAILED;
    boolean stays = winner.isPrimary() && winner.mirror().diskState() != DiskState.FAILED;
    if (byItself && stays) {
      world.met().one("role", "stopped for the other Primary");
      Check.that(
          winner.isUsed() || !loser.hasWrittenBefore(world.nowNanos() - REPORT_NANOS_MAX),
          "I9: a Primary that was written to stops for one that was not, node",
          loser.id,
          winner.id);
    }
  }

  private static void forget(SimHost host) {
    if (!host.isPrimary()) {
      host.used(false);
      host.wrote(false);
    }
  }

  private static void checkTerm(SimHost primary, SimHost peer) {
    if (primary.isServing() && SimWorld.isInSync(primary) && SimWorld.isInSync(peer)) {
      Check.that(
          peer.mirror().term() <= primary.mirror().term(),
          "I5: the peer in sync knows a later term than the Primary",
          peer.mirror().term(),
          primary.mirror().term());
    }
  }
}
