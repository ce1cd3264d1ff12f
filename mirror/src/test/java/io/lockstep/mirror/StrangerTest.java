package io.lockstep.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.link.CommandResult;
import io.lockstep.mirror.link.MirrorConfig;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.PeerLink;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.mirror.state.Plan;
import io.lockstep.mirror.state.Role;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Whoever reaches the mirror's port is nobody before it has said who it is.
@Tag("unit")
class StrangerTest {
  private static final int DISK_BYTES = 32 << 20;
  private static final long TURNS_MAX = 100_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(8 << 20);
  private final List<String> dropped = new ArrayList<>();
  private final List<Frame> sent = new ArrayList<>();
  private final Watching watching = new Watching();
  private final Port port = new Port();

  /// The way to the other node beside the link.
  private PeerInquiry inquiry = PeerInquiry.NONE;

  private final Mirror.Parts parts =
      new Mirror.Parts(
          loop,
          new MemoryDevice(loop, DISK_BYTES, 512, 4096),
          pool,
          port,
          () -> 77,
          (asking, done) -> inquiry.ask(asking, done),
          Witness.NONE,
          loop::nowNanos);

  /// A report that came first was answered, and a serving Primary gave way to it.
  @Test
  void aPrimaryDoesNotGiveWayToAReportBeforeAGreeting() {
    Mirror mirror = primary();
    PeerTransport.Listener listener = port.listener();
    var link = new Link();
    listener.opened(link);
    sent.clear();
    long size = mirror.status().replicatedBytes();
    listener.received(
        link,
        mirror.term() + 7,
        new Frame.ReportParams(
            new Generations(5, 0, List.of()),
            mirror.term() + 7,
            1,
            Role.PRIMARY,
            DiskState.UP_TO_DATE,
            Frame.ReportParams.FLAG_WROTE,
            size,
            mirror.status().controlBytes(),
            512,
            4096,
            0,
            0));
    assertThat(dropped).singleElement().asString().contains("before it has said who it is");
    assertThat(sent).as("it is told nothing").isEmpty();
    assertThat(mirror.role()).isEqualTo(Role.PRIMARY);
    assertThat(watching.serves).isTrue();
  }

  /// A node that stands alone is reached all the same, and hangs up. A promotion that was asked for
  /// in between was refused as a switch that had lost its link.
  @Test
  void aLinkOnWhichNothingWasSaidIsNoneForAPromotion() {
    Mirror mirror = opened();
    PeerTransport.Listener listener = port.listener();
    var link = new Link();
    listener.opened(link);
    List<CommandResult> answers = new ArrayList<>();
    mirror.promote(answers::add);
    loop.advance(1_000_000_000L);
    assertThat(answers).as("the other node may still introduce itself").isEmpty();
    listener.closed(link, "it wants no link");
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    assertThat(answers).singleElement().isInstanceOf(CommandResult.Done.class);
  }

  /// Whoever takes the question and gives no answer does not hold the promotion up for ever.
  @Test
  void aPromotionWaitsForTheOtherNodesWordForItsTimeOnly() {
    Mirror mirror = opened();
    loop.runUntil(() -> port.listener != null, TURNS_MAX);
    loop.advance(10_000_000_000L); // The link has not come.
    inquiry = (_, _) -> {};
    List<CommandResult> answers = new ArrayList<>();
    mirror.promote(answers::add);
    loop.advance(PeerInquiry.ANSWER_NANOS_MAX - 1);
    assertThat(answers).as("it may still come").isEmpty();
    loop.advance(1_000_000_000L);
    assertThat(answers)
        .singleElement()
        .isInstanceOfSatisfying(
            CommandResult.Done.class,
            done -> assertThat(done.note()).contains("the other node was not reachable"));
  }

  /// A link is for one mirror, and says for which before it is taken.
  @Test
  void aLinkForAnotherMirrorIsRefusedWithASentenceForBothSides() {
    Mirror mirror = opened();
    assertRefused(
        mirror,
        hello(mirror, new UUID(8, 8), "spare"),
        "two mirrors of one pair: the link is for mirror main on node a and for mirror spare on"
            + " node b; write the same mirrors[].port for each mirror on both nodes");
  }

  @Test
  void aMirrorWithAnotherNameIsRefusedWithASentenceForBothSides() {
    Mirror mirror = opened();
    assertRefused(
        mirror,
        hello(mirror, mirror.status().identity().mirrorId(), "spare"),
        "one mirror with two names: it is main on node a and spare on node b; write the same"
            + " mirrors[].name on both nodes");
  }

  @Test
  void aNodeOfALaterProtocolIsRefusedWithASentenceForBothSides() {
    Mirror mirror = opened();
    var own = mirror.status().identity();
    assertRefused(
        mirror,
        new Frame.Hello(2, 3, 0, own.pairId(), own.mirrorId(), 1, "b", "kite", "main", "later"),
        "the peer speaks protocol versions 2 to 3, this node 1 to 1; upgrade the older");
  }

  private void assertRefused(Mirror mirror, Frame.Hello hello, String why) {
    loop.runUntil(() -> port.listener != null, TURNS_MAX);
    var link = new Link();
    port.listener().opened(link);
    sent.clear();
    port.listener().received(link, 1, hello);
    assertThat(sent).as("the other side is told").containsExactly(new Frame.Refuse(why));
    assertThat(dropped).containsExactly(why);
    assertThat(mirror.status().reason()).as("people here are told").isEqualTo(why);
  }

  /// The frame was looked at when the disk had been given up for it.
  @Test
  void aFrameThatIsRefusedMakesNoTargetInconsistent() {
    Mirror mirror = opened();
    loop.runUntil(() -> port.listener != null, TURNS_MAX);
    PeerTransport.Listener listener = port.listener();
    for (Frame refused : refusedFrames(mirror.status().replicatedBytes())) {
      var link = new Link();
      listener.opened(link);
      meetAsNewer(mirror, listener, link);
      assertThat(mirror.connectionState()).isEqualTo(ConnectionState.WF_BITMAP_T);
      dropped.clear();
      listener.received(link, mirror.term(), refused);
      loop.advance(1_000_000_000L);
      assertThat(dropped).as("%s", refused).isNotEmpty();
      assertThat(mirror.diskState()).as("%s", refused).isNotEqualTo(DiskState.INCONSISTENT);
      listener.closed(link, "it was refused");
    }
  }

  private List<Frame> refusedFrames(long size) {
    return List.of(
        new Frame.Data(1, 1, size, false, pool.borrow(4096)),
        new Frame.Zeroes(1, 1, size - 4096, 8192, false, false),
        new Frame.ResyncData(1, size, pool.borrow(4096)),
        new Frame.ResyncZeroes(1, 1, 4096),
        new Frame.ResyncClear(1, List.of(new BlockRange(size, 4096))),
        new Frame.LostBlocks(List.of(((size / 4096) << 8) | 1)));
  }

  /// The other node, with data that came after this one's.
  private static void meetAsNewer(Mirror mirror, PeerTransport.Listener listener, PeerLink link) {
    MirrorStatus status = mirror.status();
    long term = mirror.term();
    listener.received(link, term, hello(mirror, status.identity().mirrorId(), "main"));
    long own = status.currentGeneration();
    listener.received(
        link,
        term,
        new Frame.ReportParams(
            new Generations(own + 2, own, List.of(own)),
            term,
            1,
            Role.SECONDARY,
            DiskState.UP_TO_DATE,
            0,
            status.replicatedBytes(),
            status.controlBytes(),
            512,
            4096,
            1,
            0));
  }

  private static Frame.Hello hello(Mirror mirror, UUID mirrorId, String mirrorName) {
    UUID pairId = mirror.status().identity().pairId();
    return new Frame.Hello(1, 1, 0, pairId, mirrorId, 1, "b", "kite", mirrorName, "test");
  }

  private Mirror primary() {
    Mirror mirror = opened();
    mirror.promote(_ -> {});
    loop.runUntil(() -> watching.serves, TURNS_MAX);
    return mirror;
  }

  private Mirror opened() {
    var failure = new ArrayList<String>();
    var identity = new NodeIdentity(new UUID(1, 2), new UUID(3, 4), "kite", 0);
    var format = new Mirror.Format(true, 512, 16, new UUID(5, 6));
    Mirror.layOut(parts, identity, format, failure::add);
    loop.runUntil(() -> !failure.isEmpty(), TURNS_MAX);
    assertThat(failure).containsExactly("");
    var opened = new ArrayList<Mirror.Opened>();
    var config = new MirrorConfig("a", "main", "disk", "test", MirrorConfig.Limits.DEFAULT);
    Mirror.open(parts, config, opened::add);
    loop.runUntil(() -> !opened.isEmpty(), TURNS_MAX);
    Mirror mirror = ((Mirror.Opened.Ready) opened.getFirst()).mirror();
    mirror.start(watching);
    return mirror;
  }

  private static final class Watching implements MirrorListener {
    private boolean serves;

    @Override
    public void statusChanged() {}

    @Override
    public void happened(MirrorEvent event) {}

    @Override
    public void decided(Plan plan) {}

    @Override
    public void becamePrimary() {
      serves = true;
    }

    @Override
    public void leavingPrimary(Runnable released) {
      serves = false;
      released.run();
    }

    @Override
    public void replicaChanged(BlockRange range) {}

    @Override
    public void peerEnds() {}

    @Override
    public void waitForgotten(String what) {
      throw new AssertionError("a wait was forgotten: " + what);
    }
  }

  private static final class Port implements PeerTransport {
    private @Nullable Listener listener;

    @Override
    public void enable(Listener value) {
      listener = value;
    }

    @Override
    public void disable(String reason) {}

    Listener listener() {
      Listener known = listener;
      if (known == null) {
        throw new AssertionError("the mirror listens");
      }
      return known;
    }
  }

  private final class Link implements PeerLink {
    @Override
    public void send(long term, Frame frame, Completion done) {
      sent.add(frame);
      loop.execute(() -> done.completed(IoResult.OK));
    }

    @Override
    public void send(long term, Frame frame) {
      sent.add(frame);
    }

    @Override
    public void close(String reason) {
      dropped.add(reason);
    }

    @Override
    public String remoteAddress() {
      return "a stranger";
    }
  }
}
