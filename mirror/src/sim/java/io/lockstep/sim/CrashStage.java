package io.lockstep.sim;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A pair on which a [CrashStory] is played turn by turn, so that something can happen to it at any
/// of them. The same story is the same turns each time.
final class CrashStage {
  private static final long TURNS_MAX = 400_000;
  private static final long EXTENT_BYTES = 4 << 20;

  private final VirtualLoop loop = new VirtualLoop();
  private final SimNetwork network;
  private final SimHost[] hosts = new SimHost[2];
  private final CrashBlocks blocks = new CrashBlocks();
  private final ArrayDeque<Step> steps = new ArrayDeque<>();
  private @Nullable BooleanSupplier step;
  private int frames;

  /// By node, operations that were not answered.
  private final int[] open = new int[2];

  /// One act of a story.
  @FunctionalInterface
  interface Step {
    /// Begins it.
    ///
    /// @return whether it is over
    BooleanSupplier begin(CrashStage stage);
  }

  /// @param setups how each node begins; nothing runs yet
  CrashStage(List<HostSetup> setups) {
    var random = new SplittableRandom(1);
    network = new SimNetwork(loop, SimNetworkOptions.USUAL, random.nextLong());
    for (HostSetup setup : setups) {
      hosts[setup.id()] = new SimHost(loop, network, setup, random.split());
    }
  }

  // --- playing ---

  /// Plays these to their end.
  void play(List<Step> acts) {
    begin(acts);
    for (long turns = 0; turn(); turns++) {
      Check.that(turns < TURNS_MAX, "the story comes to its end", turns, steps.size());
    }
  }

  /// Begins to play these.
  void begin(List<Step> acts) {
    step = null;
    steps.clear();
    steps.addAll(acts);
    advance();
  }

  /// Lets one thing happen.
  ///
  /// @return false if the story was over before
  boolean turn() {
    if (step == null) {
      return false;
    }
    Check.that(loop.turn(), "something goes on");
    advance();
    return true;
  }

  private void advance() {
    while (step == null || step.getAsBoolean()) {
      Step next = steps.poll();
      if (next == null) {
        step = null;
        return;
      }
      step = next.begin(this);
    }
  }

  /// Breaks the connection at a frame, counted from now.
  ///
  /// @param verdict what becomes of it
  void breakAt(int frame, SimNetwork.Verdict verdict) {
    frames = 0;
    network.tap((_, _, _) -> frames++ == frame ? verdict : SimNetwork.Verdict.PASS);
  }

  /// Frames sent since [#breakAt].
  int frames() {
    return frames;
  }

  // --- what there is ---

  VirtualLoop loop() {
    return loop;
  }

  SimNetwork network() {
    return network;
  }

  SimHost host(int node) {
    return hosts[node];
  }

  CrashBlocks blocks() {
    return blocks;
  }

  SimMedia media(int node) {
    return hosts[node].disk().media();
  }

  boolean isWhole() {
    return isInSync(0) && isInSync(1) && hosts[0].isServing() != hosts[1].isServing();
  }

  boolean isInSync(int node) {
    return hosts[node].isOpen() && SimWorld.isInSync(hosts[node]);
  }

  /// Whether a node waits for a person.
  boolean isParted(int node) {
    return hosts[node].isOpen()
        && hosts[node].picture().connectionState() == ConnectionState.STAND_ALONE;
  }

  /// The nodes that have a write that `node` answers now, as a bit set.
  int holders(int node) {
    return isInSync(node) && isInSync(1 - node) ? 3 : 1 << node;
  }

  // --- what a client does ---

  /// Writes a block on `node`; the answer comes while the stage goes on.
  ///
  /// @param durability FUA or not
  BooleanSupplier write(int node, int block, Durability durability) {
    CrashBlocks.Written written = blocks.begin(block);
    ByteBuffer content = BufferPool.allocate(CrashBlocks.BLOCK_BYTES);
    for (int at = 0; at < CrashBlocks.BLOCK_BYTES; at += Long.BYTES) {
      content.putLong(at, written.stamp);
    }
    var answer = new Answer(node);
    hosts[node]
        .mirror()
        .device()
        .write(
            offset(node, block),
            content,
            durability,
            result -> {
              answer.take(result);
              if (result.isOk()) {
                CrashBlocks.acknowledged(written, holders(node));
                if (durability == Durability.FUA) {
                  CrashBlocks.flushed(List.of(written), holders(node));
                }
              }
            });
    return answer::isThere;
  }

  BooleanSupplier flush(int node) {
    List<CrashBlocks.Written> covered = blocks.acknowledged();
    var answer = new Answer(node);
    hosts[node]
        .mirror()
        .device()
        .flush(
            result -> {
              answer.take(result);
              if (result.isOk()) {
                CrashBlocks.flushed(covered, holders(node));
              }
            });
    return answer::isThere;
  }

  /// The process of a node is killed; what it had under way ends as if nothing had been.
  void kill(int node) {
    crash(node, disk -> disk.kill(_ -> 0), true);
  }

  /// A node goes down, and nothing that it was asked is answered any more.
  ///
  /// @param noticed whether the other is told
  void crash(int node, Consumer<SimDisk> fate, boolean noticed) {
    hosts[node].crash(fate, () -> noticed);
    blocks.left(node);
    open[node] = 0;
  }

  /// Whether a node has answered everything.
  boolean hasAnswered(int node) {
    return open[node] == 0;
  }

  /// Lays out the disk of a node that is up and has none, to join.
  BooleanSupplier layOut(int node) {
    boolean[] done = new boolean[1];
    hosts[node].layOut(
        false,
        failure -> {
          Check.that(failure.isEmpty(), failure.isEmpty() ? "laid out" : failure);
          done[0] = true;
          hosts[node].endLayOut();
        });
    return () -> done[0];
  }

  /// Reads all blocks of the node that serves and holds them against what was promised.
  ///
  /// @return false if it has stopped serving meanwhile, for a switch that was under way
  boolean checkBlocks(int node) {
    ByteBuffer content = BufferPool.allocate(CrashBlocks.BLOCK_BYTES);
    for (int block = 0; block < CrashBlocks.BLOCKS; block++) {
      var answer = new Answer(node);
      hosts[node].mirror().device().read(offset(node, block), content, answer::take);
      loop.runUntil(answer::isThere, TURNS_MAX);
      if (!answer.isGood() && !hosts[node].isServing()) {
        return false;
      }
      Check.that(answer.isGood(), "a healthy pair reads");
      blocks.check(block, content);
    }
    return true;
  }

  /// Where a block lies: the first ones each in an extent of its own.
  private long offset(int node, int block) {
    long size = hosts[node].mirror().device().limits().sizeBytes();
    int extents = (int) ((size + EXTENT_BYTES - 1) / EXTENT_BYTES);
    return block % extents * EXTENT_BYTES + block / extents * (long) CrashBlocks.BLOCK_BYTES;
  }

  private final class Answer {
    private final int node;
    private @Nullable IoResult result;

    Answer(int node) {
      this.node = node;
      open[node]++;
    }

    void take(IoResult value) {
      Check.that(result == null, "answered once");
      open[node]--;
      result = value;
    }

    boolean isThere() {
      return result != null;
    }

    boolean isGood() {
      return result != null && result.isOk();
    }
  }

  @Override
  public String toString() {
    return said(0) + " / " + said(1);
  }

  private String said(int node) {
    MirrorStatus status = hosts[node].status();
    return status == null
        ? "node " + node + " down " + hosts[node].refusal()
        : "%s %s %s bits %d generation %x %s"
            .formatted(
                status.role(),
                status.diskState(),
                status.connectionState(),
                status.outOfSyncBytes() / 4096,
                status.currentGeneration(),
                status.reason());
  }
}
