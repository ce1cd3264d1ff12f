package io.lockstep.sim;

import io.lockstep.block.Durability;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.sim.CrashStage.Step;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Short histories, each around one thing that must survive a crash at any moment.
@SuppressWarnings("ImmutableEnumChecker") // The lists are of List.of, the steps have no state.
enum CrashStory {
  /// A log transaction, writes, a flush.
  WRITE(List.of(), List.of(write(0, 0), write(0, 0), write(0, 5), flush(0), idle())),
  /// FUA, and a write over it.
  WRITE_THROUGH(List.of(), List.of(writeThrough(0, 1), write(0, 1), writeThrough(0, 9), idle())),
  /// More extents than the log has slots: eviction.
  EVICTION(
      List.of(write(0, 0), write(0, 1), write(0, 2), write(0, 3), flush(0)),
      List.of(write(0, 4), write(0, 5), write(0, 0), flush(0))),
  /// The same, and nobody has flushed what is to be evicted.
  EVICTION_UNFLUSHED(
      List.of(write(0, 0), write(0, 1), write(0, 2), write(0, 3)),
      List.of(write(0, 4), write(0, 5), write(0, 0), idle())),
  /// The same without the other node: what is evicted must stand in the bitmap.
  EVICTION_ALONE(
      List.of(
          cutLink(), untilAlone(0), write(0, 0), write(0, 1), write(0, 2), write(0, 3), flush(0)),
      List.of(write(0, 4), write(0, 5), write(0, 1), flush(0))),
  /// A bit is set while the page that holds it is being written for another extent; then its own
  /// extent goes, and every bit that is set after it was set before.
  PAGE_UNDER_WAY(
      List.of(
          cutLink(),
          untilAlone(0),
          write(0, 0),
          write(0, 1),
          write(0, 2),
          write(0, 3),
          flush(0),
          write(0, 4),
          flush(0)),
      List.of(
          together(write(0, 0), write(0, 8)),
          flush(0),
          write(0, 1),
          flush(0),
          write(0, 2),
          flush(0),
          write(0, 4),
          flush(0),
          idle())),
  /// Both nodes begin.
  MEETING(List.of(stopBoth()), List.of(restart(0), restart(1), untilWhole())),
  /// A Primary comes back with a hot log: attaching, making the bits true, the meeting.
  ATTACH(
      List.of(write(0, 0), write(0, 6), kill(0), untilAlone(1)),
      List.of(restart(0), untilWhole(), write(0, 1))),
  /// Only one node comes back first.
  ATTACH_BOTH(
      List.of(write(0, 0), kill(0), kill(1)), List.of(restart(1), restart(0), untilWhole())),
  /// The link breaks; a new generation, writes alone.
  ALONE(List.of(write(0, 0)), List.of(cutLink(), write(0, 0), write(0, 7), flush(0))),
  /// What one node missed is copied: a resync by the bitmap, begin and end.
  RESYNC(
      List.of(cutLink(), write(0, 0), write(0, 5), flush(0)),
      List.of(mendLink(), untilWhole(), write(0, 0))),
  /// The same with writes of the host beside it.
  RESYNC_AND_WRITES(
      List.of(cutLink(), write(0, 0), write(0, 5), flush(0)),
      List.of(mendLink(), write(0, 0), write(0, 6), untilWhole(), flush(0))),
  /// A planned switch.
  HANDOVER(List.of(write(0, 0)), List.of(promote(1), write(1, 0), flush(1))),
  /// There and back.
  DEMOTION(List.of(write(0, 3)), List.of(demote(0), promote(0), write(0, 3))),
  /// The Secondary is disconnected by a person and comes back.
  DISCONNECT(
      List.of(write(0, 0)),
      List.of(disconnect(1), write(0, 0), connect(1), connect(0), untilWhole())),
  /// The Primary is.
  DISCONNECT_PRIMARY(
      List.of(write(0, 0)),
      List.of(disconnect(0), write(0, 0), connect(0), connect(1), untilWhole())),
  /// The Primary dies, the survivor is promoted and writes, the other comes back.
  TAKEOVER(
      List.of(write(0, 0), kill(0), untilAlone(1)),
      List.of(promote(1), write(1, 0), flush(1), restart(0), untilWhole())),
  /// Two Primaries meet, and the one that gives way has a write under way that takes long. They go
  /// on together before it has ended.
  TWO_PRIMARIES(
      List.of(
          write(0, 0),
          cutLink(),
          cutEveryWay(),
          untilAlone(0),
          untilAlone(1),
          promote(1),
          slow(0),
          arrives(write(0, 0), 0),
          quick(0),
          write(1, 0)),
      List.of(
          mendLink(),
          untilParted(0),
          connect(0),
          connect(1),
          untilWholeOrParted(),
          write(1, 0),
          flush(1),
          idle())),
  /// Orderly ends, and the next start.
  END(
      List.of(write(0, 0)),
      List.of(end(1), kill(1), write(0, 0), end(0), kill(0), restart(0), restart(1), untilWhole())),
  /// A new disk joins: laid out, filled in full.
  JOIN(
      List.of(write(0, 0), flush(0), kill(1), replaceDisk(1)),
      List.of(layOut(1), restart(1), untilWhole())),
  /// A disk that was replaced comes back: filled in full, over what it has.
  OLD_DISK(
      List.of(
          write(0, 0),
          kill(1),
          write(0, 0),
          replaceDisk(1),
          layOut(1),
          restart(1),
          untilWhole(),
          write(0, 5),
          flush(0),
          kill(1),
          returnDisk(1)),
      List.of(restart(1), untilWhole()));

  /// The smallest disk, for a resync of all of it; that for the other stories has more extents.
  private static final SimDiskOptions SMALL = SimDiskOptions.ofSize(16 << 20);

  private static final SimDiskOptions USUAL = SimDiskOptions.ofSize(SimWorld.LARGE_DISK_BYTES);
  private static final long IDLE_NANOS = 30_000_000;

  /// Longer than two new links take.
  private static final long SLOW_NANOS = 4_000_000_000L;

  private final List<Step> before;
  private final List<Step> acts;

  /// @param before what has happened when the story begins, from a pair in sync, node 0 Primary
  /// @param acts what happens in it
  CrashStory(List<Step> before, List<Step> acts) {
    this.before = before;
    this.acts = acts;
  }

  /// A stage on which the story has just begun.
  CrashStage begun() {
    SimDiskOptions disk = this == JOIN || this == OLD_DISK ? SMALL : USUAL;
    PairImage image = PairImage.of(new PairImage.Kind(disk, disk, 512));
    var stage = new CrashStage(List.of(image.setup(0), image.setup(1)));
    stage.play(List.of(start(0), start(1), untilWhole()));
    stage.play(before);
    return stage;
  }

  /// Whether both nodes may come to hold changes that the other lacks; node 0's are given up then.
  boolean splits() {
    return this == TWO_PRIMARIES;
  }

  List<Step> acts() {
    return acts;
  }

  // --- steps ---

  private static Step write(int node, int block) {
    return stage -> stage.write(node, block, Durability.WRITE_BACK);
  }

  private static Step writeThrough(int node, int block) {
    return stage -> stage.write(node, block, Durability.FUA);
  }

  private static Step flush(int node) {
    return stage -> stage.flush(node);
  }

  /// Both at once.
  private static Step together(Step first, Step second) {
    return stage -> {
      BooleanSupplier firstOver = first.begin(stage);
      BooleanSupplier secondOver = second.begin(stage);
      return () -> firstOver.getAsBoolean() && secondOver.getAsBoolean();
    };
  }

  /// Begins it, and goes on when the disk of that node has something of it to do.
  private static Step arrives(Step act, int node) {
    return stage -> {
      BooleanSupplier over = act.begin(stage);
      return () -> over.getAsBoolean() || stage.media(node).pendingCount() > 0;
    };
  }

  private static Step slow(int node) {
    return now(stage -> stage.media(node).sickness().usual(SLOW_NANOS, SLOW_NANOS));
  }

  private static Step quick(int node) {
    return now(stage -> stage.media(node).sickness().heal());
  }

  private static Step idle() {
    return stage -> {
      long end = stage.loop().nowNanos() + IDLE_NANOS;
      return () -> stage.loop().nowNanos() >= end;
    };
  }

  private static Step now(Consumer<CrashStage> act) {
    return stage -> {
      act.accept(stage);
      return () -> true;
    };
  }

  private static Step start(int node) {
    return now(stage -> stage.host(node).start());
  }

  private static Step restart(int node) {
    return now(stage -> stage.host(node).restart());
  }

  private static Step kill(int node) {
    return now(stage -> stage.kill(node));
  }

  private static Step stopBoth() {
    return now(
        stage -> {
          for (int node = 0; node < 2; node++) {
            stage.kill(node);
          }
        });
  }

  private static Step cutLink() {
    return now(
        stage -> {
          stage.network().cut();
          stage.network().breakConnection();
        });
  }

  /// The nodes cannot ask each other beside the link either.
  private static Step cutEveryWay() {
    return now(stage -> stage.network().cutInquiry(true));
  }

  private static Step mendLink() {
    return now(
        stage -> {
          stage.network().cutInquiry(false);
          stage.network().mend();
        });
  }

  private static Step untilWhole() {
    return stage -> stage::isWhole;
  }

  /// The other has noticed.
  private static Step untilAlone(int node) {
    return stage -> () -> !stage.isInSync(node);
  }

  /// If a frame was lost, the nodes may have met so late that both hold changes.
  private static Step untilWholeOrParted() {
    return stage -> () -> stage.isWhole() || stage.isParted(0) || stage.isParted(1);
  }

  /// The other meets it again and again until it has heard that this one has stopped.
  private static Step untilParted(int node) {
    return stage -> () -> stage.isParted(node);
  }

  private static Step promote(int node) {
    return command((stage, done) -> stage.host(node).mirror().promote(done));
  }

  private static Step demote(int node) {
    return command((stage, done) -> stage.host(node).mirror().demote(done));
  }

  /// Whoever is told, it is the Secondary, node 1, that is outdated.
  private static Step disconnect(int node) {
    return command(
        (stage, done) -> {
          stage.blocks().leaving(1, true);
          stage.host(node).mirror().disconnect(done);
        });
  }

  private static Step connect(int node) {
    return command(
        (stage, done) -> {
          stage.blocks().leaving(1, false);
          stage.host(node).mirror().connect(false, done);
        });
  }

  private interface Command {
    void give(CrashStage stage, Consumer<CommandResult> done);
  }

  private static Step command(Command command) {
    return stage -> {
      boolean[] answered = new boolean[1];
      command.give(stage, _ -> answered[0] = true);
      return () -> answered[0];
    };
  }

  private static Step end(int node) {
    return stage -> {
      stage.host(node).end();
      return stage.host(node)::hasEnded;
    };
  }

  private static Step replaceDisk(int node) {
    return now(stage -> stage.host(node).replaceDisk());
  }

  private static Step returnDisk(int node) {
    return now(stage -> stage.host(node).returnDisk());
  }

  private static Step layOut(int node) {
    return stage -> stage.layOut(node);
  }
}
