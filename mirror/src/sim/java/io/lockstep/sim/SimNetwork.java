package io.lockstep.sim;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The cable between the two nodes, sides 0 and 1, and at most one connection over it. Order within
/// a connection is kept; what is under way at its end may be lost behind any byte.
///
/// - [#cut] one direction or both: bytes stop and go on after [#mend], if nobody gave up meanwhile.
/// - [#breakConnection]: both sides are told, each at its own time.
/// - [#halfOpen]: everything is lost from now on and nobody is told; only a ping finds out.
/// - [#crashed]: a node died; the other is told or not.
///
/// A node whose process stands still is connected to all the same, by its kernel: the link is mute
/// until the process wakes, and is turned away then. Each next one is mute too. [SimMutes] counts
/// them.
public final class SimNetwork {
  /// How long a portal is waited for that takes the connection and says nothing.
  private static final long MUTE_NANOS = 2_000_000_000L;

  private final VirtualLoop world;
  private SimNetworkOptions options;
  private final SplittableRandom random;
  private final OldFrames oldOfLeft;
  private final OldFrames oldOfRight;
  private final @Nullable SimTransport[] sides = new @Nullable SimTransport[2];
  private final boolean[] cutFrom = new boolean[2];

  /// The two directions of the last connection, by sending side.
  private final @Nullable SimPipe[] pipeFrom = new @Nullable SimPipe[2];

  /// Who answers on the management network, by side.
  private final List<Supplier<PeerInquiry.Answer>> answering =
      new ArrayList<>(List.of(PeerInquiry.Answer.Silent::new, PeerInquiry.Answer.Silent::new));

  private boolean inquiryCut;
  private final SimMutes mutes = new SimMutes();

  /// Whether bytes were ever damaged in this world.
  private boolean damaged;

  /// How much longer than usual a byte takes, by sending side.
  private final long[] extraNanosFrom = new long[2];

  /// Directions of earlier connections that still hold bytes.
  private final List<SimPipe> old = new ArrayList<>();

  private boolean lateFrames;
  private Tap tap = (_, _, _) -> Verdict.PASS;
  private boolean dialing;

  /// Sees every frame as it is sent, in tests that break the connection at a certain one.
  @FunctionalInterface
  public interface Tap {
    Verdict sending(int fromSide, long term, Frame frame);
  }

  /// What becomes of a frame.
  public enum Verdict {
    /// It goes its way.
    PASS,
    /// The connection breaks just before it.
    BREAK_BEFORE,
    /// The connection breaks just after it; the frame and all before it arrive.
    BREAK_AFTER
  }

  public SimNetwork(VirtualLoop world, SimNetworkOptions options, long seed) {
    this.world = world;
    this.options = options;
    this.random = new SplittableRandom(seed);
    this.oldOfLeft = new OldFrames(new SplittableRandom(seed + 1));
    this.oldOfRight = new OldFrames(new SplittableRandom(seed + 2));
  }

  /// Side `side`'s transport for a new life of its node.
  public SimTransport attach(int side, SimNode node, BufferPool pool) {
    SimTransport before = sides[side];
    Check.that(before == null || !before.node().isAlive(), "the life before has ended", side, 0);
    var transport = new SimTransport(this, side, node, pool);
    sides[side] = transport;
    mutes.forget(side);
    return transport;
  }

  /// The node of `side` has crashed.
  ///
  /// @param noticed whether the other side is told (the kernel lives on and resets the connection),
  ///     or hears nothing any more (the power is gone)
  public void crashed(int side, boolean noticed) {
    SimTransport dead = sides[side];
    Check.that(dead != null && !dead.node().isAlive(), "the node is dead", side, 0);
    SimLink link = linkOf(side);
    if (link != null) {
      link.died(noticed);
    }
    SimLink mute = linkOf(1 - side);
    SimPipe silence = pipeFrom[side];
    if (mute != null && mute.isMute() && silence != null) {
      silence.truncate(noticed ? "connection reset" : null, false);
    }
    mutes.forget(1 - side);
  }

  /// Stops the bytes that come from `fromSide`.
  public void cut(int fromSide) {
    cutFrom[fromSide] = true;
    mutes.forget(0);
    mutes.forget(1);
    stallAll();
  }

  /// Stops the bytes of both directions.
  public void cut() {
    cut(0);
    cut(1);
  }

  /// Makes what `fromSide` sends take that much longer, until [#mend].
  public void slow(int fromSide, long extraNanos) {
    extraNanosFrom[fromSide] = extraNanos;
    SimPipe pipe = pipeFrom[fromSide];
    if (pipe != null) {
      pipe.slow(extraNanos);
    }
  }

  /// Whether frames that were under way when a connection ended still come in, after the next one
  /// stands: TCP never does that, a transport with a fault could. Whoever gets a frame of a link
  /// that is not the present one leaves it alone.
  public void lateFrames(boolean value) {
    lateFrames = value;
  }

  boolean lateFrames() {
    return lateFrames;
  }

  /// Both directions carry bytes again, as fast as usual.
  public void mend() {
    cutFrom[0] = false;
    cutFrom[1] = false;
    slow(0, 0);
    slow(1, 0);
    stallAll();
    dialSoon();
  }

  /// Whether any direction is cut.
  public boolean isCut() {
    return cutFrom[0] || cutFrom[1];
  }

  /// Whether both ends of a connection stand.
  public boolean isConnected() {
    SimLink left = linkOf(0);
    SimLink right = linkOf(1);
    return left != null && right != null && stands(left) && stands(right);
  }

  private static boolean stands(SimLink link) {
    return !link.isOver() && !link.isMute();
  }

  /// What was mute, and how often.
  public SimMutes mutes() {
    return mutes;
  }

  /// Ends the connection, if there is one; bytes under way are lost behind some byte.
  public void breakConnection() {
    breakFrom(0, false);
    breakFrom(1, false);
  }

  /// The same, but all that `side` has sent still arrives.
  void breakConnectionKeeping(int side) {
    breakFrom(side, true);
    breakFrom(1 - side, false);
  }

  private void breakFrom(int side, boolean keepAll) {
    SimPipe pipe = pipeFrom[side];
    if (pipe != null) {
      pipe.truncate("connection reset", keepAll);
    }
  }

  /// Ends the connection, and nobody is told.
  public void halfOpen() {
    for (int side = 0; side < 2; side++) {
      SimPipe pipe = pipeFrom[side];
      if (pipe != null) {
        pipe.truncate(null, false);
      }
    }
  }

  /// Whether `side` has heard on its last link what only the source of a resync sends.
  boolean hasHeardSource(int side) {
    SimTransport transport = sides[side];
    return transport != null && transport.hasHeardSource();
  }

  /// What `side` has sent before.
  OldFrames oldFrames(int side) {
    return side == 0 ? oldOfLeft : oldOfRight;
  }

  /// Sends bytes that are a frame on the present connection, as if `side` had.
  ///
  /// @return whether there is one
  boolean inject(int side, ByteBuffer frame) {
    SimPipe pipe = pipeFrom[side];
    if (pipe == null || !isConnected()) {
      return false;
    }
    pipe.send(frame, null, null);
    return true;
  }

  /// How often an arriving piece has a byte changed, on connections made from now on.
  public void damagePerMillion(int value) {
    options = options.withDamagePerMillion(value);
    damaged |= value > 0;
  }

  /// Cuts or mends the management network, on which a node asks whether the other is Primary.
  public void cutInquiry(boolean cut) {
    inquiryCut = cut;
  }

  boolean isInquiryCut() {
    return inquiryCut;
  }

  /// `answer` speaks for the machine of `side` on the management network.
  public void answers(int side, Supplier<PeerInquiry.Answer> answer) {
    answering.set(side, answer);
  }

  /// Asks the machine on the other side; an answer takes a while, and silence longer.
  public void inquire(int fromSide, Consumer<PeerInquiry.Answer> done) {
    PeerInquiry.Answer answer =
        inquiryCut ? new PeerInquiry.Answer.Silent() : answering.get(1 - fromSide).get();
    if (answer instanceof PeerInquiry.Answer.Mute) {
      mutes.asked(isCut());
    }
    long delayNanos =
        switch (answer) {
          case PeerInquiry.Answer.Silent _ -> PeerInquiry.ANSWER_NANOS_MAX;
          case PeerInquiry.Answer.Mute _ -> MUTE_NANOS;
          case PeerInquiry.Answer.Primary _, PeerInquiry.Answer.NotPrimary _ ->
              random.nextLong(options.delayNanosMax() + 1);
        };
    world.schedule(() -> done.accept(answer), delayNanos);
  }

  /// Asks `newTap` about every frame from now on.
  public void tap(Tap newTap) {
    tap = newTap;
  }

  Verdict asked(int fromSide, long term, Frame frame) {
    return tap.sending(fromSide, term, frame);
  }

  boolean damages() {
    return damaged || options.damagePerMillion() > 0;
  }

  boolean coin() {
    return random.nextBoolean();
  }

  /// Tries to connect after a while; again and again as long as somebody wants it.
  void dialSoon() {
    if (!dialing) {
      dialing = true;
      world.schedule(this::dial, random.nextLong(options.dialNanosMax()));
    }
  }

  private void dial() {
    dialing = false;
    SimTransport left = sides[0];
    SimTransport right = sides[1];
    if (left == null || right == null || !left.wantsLink() || !right.wantsLink()) {
      // Whoever comes next, by attach and enable, dials.
      return;
    }
    if (isConnected()) {
      return;
    }
    if (isCut()
        || isTakenMutely(left, right)
        || isTakenMutely(right, left)
        || endStale(left)
        || endStale(right)) {
      dialSoon();
      return;
    }
    connect(left, right);
  }

  /// The process of `frozen` stands still, and its kernel takes the connection.
  private boolean isTakenMutely(SimTransport awake, SimTransport frozen) {
    boolean mute = frozen.node().isPaused() && !awake.node().isPaused();
    if (mute && awake.link() == null) {
      connectMutely(awake, frozen);
    }
    return mute;
  }

  private void connectMutely(SimTransport awake, SimTransport frozen) {
    SimLink link = awake.newLink();
    var unread = new SimPipe(awake.node(), options, random.split(), new Unread());
    var silence = new SimPipe(frozen.node(), options, random.split(), link);
    link.connectMutely(unread);
    keepOld();
    pipeFrom[awake.side()] = unread;
    pipeFrom[frozen.side()] = silence;
    long delay = random.nextLong(options.delayNanosMax() + 1);
    awake.node().schedule(link::opened, delay);
    silence.notBefore(world.nowNanos() + delay);
    mutes.linked(awake.side(), inquiryCut);
    frozen // Held, until it wakes.
        .node()
        .execute(
            () -> {
              mutes.forget(awake.side());
              silence.truncate("it was turned away", false);
            });
  }

  /// What a process that stands still leaves in its socket.
  private static final class Unread implements SimPipe.Receiver {
    @Override
    public void arrived(ByteBuffer bytes) {}

    @Override
    public void ended(String reason) {}
  }

  /// A side may still hold on to a connection whose other end is gone. A new attempt makes it let
  /// go, or is turned away until it has found out by itself.
  private boolean endStale(SimTransport side) {
    SimLink stale = side.link();
    if (stale == null) {
      return false;
    }
    if (random.nextInt(4) == 0) {
      side.node().execute(() -> stale.close("the peer has connected anew"));
    }
    return true;
  }

  private void connect(SimTransport left, SimTransport right) {
    SimLink leftLink = left.newLink();
    SimLink rightLink = right.newLink();
    var toRight = new SimPipe(left.node(), options, random.split(), rightLink);
    var toLeft = new SimPipe(right.node(), options, random.split(), leftLink);
    leftLink.connect(toRight);
    rightLink.connect(toLeft);
    keepOld();
    pipeFrom[0] = toRight;
    pipeFrom[1] = toLeft;
    toRight.slow(extraNanosFrom[0]);
    toLeft.slow(extraNanosFrom[1]);
    long leftDelay = random.nextLong(options.delayNanosMax() + 1);
    long rightDelay = random.nextLong(options.delayNanosMax() + 1);
    left.node().schedule(leftLink::opened, leftDelay);
    right.node().schedule(rightLink::opened, rightDelay);
    toLeft.notBefore(world.nowNanos() + leftDelay);
    toRight.notBefore(world.nowNanos() + rightDelay);
    if (lateFrames) {
      world.schedule(this::letOldGo, leftDelay + rightDelay + options.delayNanosMax());
    }
  }

  private void keepOld() {
    for (SimPipe pipe : pipeFrom) {
      if (pipe != null && pipe.isHolding()) {
        old.add(pipe);
      }
    }
  }

  private void letOldGo() {
    old.forEach(pipe -> pipe.stall(false));
    old.clear();
  }

  private void stallAll() {
    if (lateFrames && linkOf(0) == null && linkOf(1) == null) {
      return; // What the last connection still holds comes after the next one stands.
    }
    for (int side = 0; side < 2; side++) {
      SimPipe pipe = pipeFrom[side];
      if (pipe != null) {
        pipe.stall(cutFrom[side]);
      }
    }
  }

  private @Nullable SimLink linkOf(int side) {
    SimTransport transport = sides[side];
    return transport == null ? null : transport.link();
  }
}
