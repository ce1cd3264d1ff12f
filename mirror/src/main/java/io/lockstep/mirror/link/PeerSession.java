package io.lockstep.mirror.link;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.Participation;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.wire.Frame;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The time of one link: everything that belongs to it and dies with it. Whoever asks something on
/// it keeps the session, and looks later whether it still lives; what is sent on one that has ended
/// goes nowhere. Belongs to the mirror's loop.
@SuppressWarnings("ReferenceEquality") // A link is itself, not its equal.
public final class PeerSession {
  private final PeerLink link;
  private final long number;
  private final Loop loop;
  private final MirrorConfig.Limits limits;
  private final LongSupplier term;

  private boolean alive;

  /// This node wants no link, and closes this one.
  private boolean left;

  private ConnectionState state = ConnectionState.CONNECTING;
  private Participation participation = Participation.NONE;
  private @Nullable Party peer;
  private @Nullable Party reported;
  private boolean met;
  private boolean spoken;

  /// This node gave the link up, since nothing came on it any more.
  private boolean silent;

  /// This node ends the link for whatever reason.
  private boolean closing;
  private long heardNanos;
  private Loop.@Nullable Timer tick;

  /// @param number tells it from others of this mirror
  /// @param term the present term, for the head of each frame
  PeerSession(
      PeerLink link, long number, Loop loop, MirrorConfig.Limits limits, LongSupplier term) {
    this.link = link;
    this.number = number;
    this.loop = loop;
    this.limits = limits;
    this.term = term;
  }

  /// The time before the first link: a session that has ended.
  static PeerSession none(Loop loop, MirrorConfig.Limits limits, LongSupplier term) {
    return new PeerSession(new NoLink(), 0, loop, limits, term);
  }

  void begin() {
    alive = true;
    heard();
    armTick();
  }

  /// The link is lost.
  void end() {
    alive = false;
    participation = Participation.NONE;
    peer = null;
    Loop.Timer timer = tick;
    if (timer != null) {
      timer.cancel();
      tick = null;
    }
  }

  /// Whether the link still stands.
  public boolean isAlive() {
    return alive;
  }

  void leave() {
    left = true;
  }

  /// Whether the link is being closed since this node wants none.
  boolean isLeft() {
    return left;
  }

  /// Whether it is the time of that link.
  boolean isOf(PeerLink other) {
    return alive && link == other;
  }

  long number() {
    return number;
  }

  /// What the link has come to.
  ConnectionState state() {
    return state;
  }

  /// Who tells people of it is [PeerConnection].
  void to(ConnectionState next) {
    state = next;
  }

  // --- frames ---

  /// Sends a frame without payload, or one whose payload nobody reuses.
  public void send(Frame frame) {
    if (alive) {
      link.send(term.getAsLong(), frame);
    }
  }

  /// Sends a frame whose payload is still the caller's until `sent` runs, in a later turn.
  public void send(Frame frame, Completion sent) {
    if (alive) {
      link.send(term.getAsLong(), frame, sent);
    } else {
      loop.execute(() -> sent.completed(IoResult.closed("the link has ended")));
    }
  }

  /// Ends the link; the transport makes another.
  public void close(String why) {
    if (alive) {
      closing = true;
      link.close(why);
    }
  }

  // --- the other side ---

  /// What this node has told of itself on this link; null before that.
  public @Nullable Party reported() {
    return reported;
  }

  /// This node has told of itself.
  public void reported(Party party) {
    reported = party;
  }

  /// Whether both have told of themselves, and have decided how to go on together.
  public boolean hasMet() {
    return met;
  }

  /// Both have, and have decided.
  public void met() {
    met = true;
  }

  /// How the peer takes part in writes.
  Participation participation() {
    return participation;
  }

  void participation(Participation value) {
    participation = value;
  }

  /// The peer as it has described itself last; empty if the nodes have not met.
  Optional<Party> peer() {
    return Optional.ofNullable(peer);
  }

  void peer(Party party) {
    peer = party;
  }

  // --- is it still there? ---

  /// The other side has said something.
  void heard() {
    heardNanos = loop.nowNanos();
  }

  /// A frame has come.
  void spoke() {
    spoken = true;
    heard();
  }

  /// Whether the other side has said anything on this link: its kernel takes the connection of a
  /// process that stands still.
  boolean hasSpoken() {
    return spoken;
  }

  /// Whether this node gave the link up because nothing came on it any more.
  boolean wasSilent() {
    return silent;
  }

  /// Whether the other side has ended the link, or the network.
  boolean wasEndedThere() {
    return !closing && !left;
  }

  String remoteAddress() {
    return link.remoteAddress();
  }

  private void armTick() {
    tick = loop.schedule(this::tick, limits.pingIntervalNanos());
  }

  private void tick() {
    long silentNanos = loop.nowNanos() - heardNanos;
    if (silentNanos > limits.peerTimeoutNanos()) {
      silent = true;
      close("the peer has not answered for " + silentNanos / 1_000_000 + " ms");
      return;
    }
    send(new Frame.Ping(number));
    armTick();
  }

  /// Nothing goes this way.
  private static final class NoLink implements PeerLink {
    @Override
    public void send(long term, Frame frame, Completion sent) {
      throw new AssertionError("sent without a link: " + frame);
    }

    @Override
    public void send(long term, Frame frame) {
      throw new AssertionError("sent without a link: " + frame);
    }

    @Override
    public void close(String reason) {}

    @Override
    public String remoteAddress() {
      return "";
    }
  }
}
