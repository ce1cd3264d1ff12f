package io.lockstep.mirror.link;

import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Participation;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.wire.Frame;
import io.lockstep.mirror.wire.FrameReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// The connection to the other node, over all links: whether one is looked for, who is there,
/// whether it takes part in writes, and why it is as it is. What belongs to one link is a
/// [PeerSession]; what comes in is the [Receiver]'s. Belongs to the mirror's loop.
public final class PeerConnection implements PeerTransport.Listener {
  /// Protocol versions this release speaks; the lower of both nodes' highest wins.
  public static final int VERSION_MIN = 1;

  /// The highest.
  public static final int VERSION_MAX = 1;

  /// For so long after a link was given up in silence the next one is waited for: it comes sooner,
  /// if somebody takes it, and shows whether a node stands still there or nobody is there.
  public static final long SHOWS_ITSELF_NANOS = 8_000_000_000L;

  private final Loop loop;
  private final BootClock clock;
  private final BufferPool pool;
  private final PeerTransport transport;
  private final MirrorConfig.Limits limits;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final OwnRole role;
  private final Notices notices;
  private final Waits waits;
  private final List<Runnable> lossListeners = new ArrayList<>();
  private final List<Runnable> joinListeners = new ArrayList<>();
  private @Nullable Receiver receiver;

  /// Of the present link, or of the last one.
  private PeerSession session;

  private boolean enabled;
  private String reason = "";
  private String nobodyServes = "";
  private boolean split;

  /// Whether a split brain was found, and the nodes have not gone on together since.
  private boolean splitTold;

  private Optional<String> peerName = Optional.empty();

  /// When the last link on which the nodes had met was lost; before that, when the node started.
  /// Counts through a suspend.
  private long partedNanos;

  private boolean hasMet;

  /// Whether nothing was said on the link before this one.
  private boolean lastWasMute;

  /// Where the other node took a link and said nothing until this node gave it up; empty if no
  /// link has ended so since one was heard on.
  private String muteAt = "";

  /// When the last link was given up in silence, if it was.
  private OptionalLong silentNanos = OptionalLong.empty();

  /// Until the next attempt, after a meeting that came to a stop that may pass.
  private Loop.@Nullable Timer pause;

  public PeerConnection(
      Outside outside, PeerTransport transport, Ledger ledger, LocalCopy copy, OwnRole role) {
    this.loop = outside.loop();
    this.clock = outside.clock();
    this.pool = outside.pool();
    this.transport = transport;
    this.limits = outside.config().limits();
    this.ledger = ledger;
    this.copy = copy;
    this.role = role;
    this.notices = outside.notices();
    this.waits = outside.waits();
    this.session = PeerSession.none(loop, limits, ledger::term);
    this.partedNanos = clock.nowNanos();
  }

  /// What comes in from the other node.
  public interface Receiver {
    /// A link stands; nothing was said on it yet.
    void opened();

    /// @param term the sender's
    void received(long term, Frame frame);
  }

  /// Called once, before the first link.
  public void serve(Receiver newReceiver) {
    receiver = newReceiver;
  }

  /// Starts to look for the peer.
  public void enable() {
    split = false;
    reason = "";
    if (!enabled || isPausing()) {
      ConnectionState before = state();
      endPause();
      enabled = true;
      seek(before, "it looks for the other node");
    }
    notices.changed();
  }

  /// Wants a link from now on; one that is still being left is none.
  private void seek(ConnectionState before, String why) {
    if (session.isAlive()) {
      session.to(ConnectionState.CONNECTING);
    }
    changed(before, why);
    notices.changed();
    transport.enable(this);
  }

  /// Ends the link and looks for the peer again after a while; `why` is shown meanwhile.
  public void pause(String why, long nanos) {
    if (!enabled) {
      return;
    }
    ConnectionState before = state();
    reason = why;
    split = false;
    endPause();
    pause =
        loop.schedule(
            () -> {
              ConnectionState pausing = state();
              pause = null;
              seek(pausing, "it tries again");
            },
            nanos);
    changed(before, why);
    session.leave();
    transport.disable(why);
    notices.changed();
  }

  private boolean isPausing() {
    return pause != null;
  }

  private void endPause() {
    Loop.Timer timer = pause;
    if (timer != null) {
      timer.cancel();
      pause = null;
    }
  }

  /// Ends the link and stays alone until [#enable]; `why` is shown to people.
  public void standAlone(String why) {
    standAlone(why, false);
  }

  /// @param splitBrain whether both nodes hold changes that the other lacks
  public void standAlone(String why, boolean splitBrain) {
    ConnectionState before = state();
    reason = why;
    split = splitBrain;
    enabled = false;
    endPause();
    changed(before, why);
    session.leave();
    transport.disable(why.isEmpty() ? "disconnected" : why);
    notices.changed();
  }

  /// A stranger or an unfit peer called: keeps listening, but says why nothing comes of it.
  public void keepTrying(String why) {
    if (!why.equals(reason)) {
      reason = why;
      notices.happened(new MirrorEvent.PeerRefused(why));
    }
    notices.changed();
    drop(why);
  }

  /// Ends the link; the transport makes another.
  public void drop(String why) {
    session.close(why);
  }

  /// `listener` is told of the end of each link, after those that came before it.
  public void whenLost(Runnable listener) {
    lossListeners.add(listener);
  }

  /// `listener` is told when the peer begins to take part in writes.
  public void whenJoined(Runnable listener) {
    joinListeners.add(listener);
  }

  private Receiver receiver() {
    return Check.present(receiver, "somebody takes what comes in");
  }

  @Override
  public void opened(PeerLink opened) {
    Check.that(!session.isAlive(), "one link at a time");
    session = new PeerSession(opened, session.number() + 1, loop, limits, ledger::term);
    session.to(withoutLink());
    session.begin();
    receiver().opened();
  }

  @Override
  public void received(PeerLink from, long term, Frame frame) {
    if (!session.isOf(from)) {
      discard(frame);
      return;
    }
    session.spoke();
    receiver().received(term, frame);
  }

  @Override
  public void closed(PeerLink from, String why) {
    if (!session.isOf(from)) {
      return;
    }
    ConnectionState before = state();
    session.end();
    lastWasMute = !session.hasSpoken();
    noteSilence();
    if (session.hasMet()) {
      partedNanos = clock.nowNanos();
      hasMet = true;
    }
    nobodyServes = "";
    changed(before, why);
    notices.changed();
    lossListeners.forEach(Runnable::run);
    waits.look();
  }

  /// One that was ended by the other side tells that its process has ended, or that it wants none;
  /// one that was ended here for another reason tells nothing.
  private void noteSilence() {
    if (session.wasSilent()) {
      silentNanos = OptionalLong.of(loop.nowNanos());
      muteAt = session.hasSpoken() ? "" : session.remoteAddress();
    } else if (session.hasSpoken() || session.wasEndedThere()) {
      silentNanos = OptionalLong.empty();
      muteAt = "";
    }
  }

  // --- what others ask ---

  /// Whether there is a link.
  public boolean isUp() {
    return session.isAlive();
  }

  /// Whether the other node takes one link after the other and says nothing: there is nobody to
  /// meet now.
  public boolean isMute() {
    return session.isAlive() && !session.hasSpoken() && lastWasMute;
  }

  /// Where the other node takes links and says nothing, now or until a moment ago; empty if it is
  /// heard, or takes none.
  public Optional<String> muteAt() {
    if (session.isAlive()) {
      return Optional.of(session.remoteAddress()).filter(_ -> !session.hasSpoken());
    }
    return Optional.of(muteAt).filter(at -> !at.isEmpty() && mayShowItself());
  }

  /// Whether a link was given up in silence so lately that the next one may still show whether the
  /// other node stands still.
  public boolean mayShowItself() {
    return silentNanos.isPresent()
        && loop.nowNanos() - silentNanos.getAsLong() < SHOWS_ITSELF_NANOS;
  }

  /// What is asked now belongs to this one.
  public PeerSession session() {
    return session;
  }

  /// Whether both nodes have met on this link and decided.
  public boolean isEstablished() {
    return session.isAlive() && session.hasMet();
  }

  /// Whether every write goes to the peer too.
  public boolean peerTakesPart() {
    return session.participation().getsWrites();
  }

  /// From now on the peer takes part like this.
  public void participates(Participation value) {
    if (value.getsWrites() && !peerTakesPart()) {
      joinListeners.forEach(Runnable::run);
    }
    session.participation(value);
  }

  /// How it stands now: what the link has come to, or without one what this node wants.
  public ConnectionState state() {
    return session.isAlive() ? session.state() : withoutLink();
  }

  private ConnectionState withoutLink() {
    if (!enabled) {
      return ConnectionState.STAND_ALONE;
    }
    return isPausing() ? ConnectionState.UNCONNECTED : ConnectionState.CONNECTING;
  }

  /// The link comes to `next`; nothing begins on one that is being left.
  ///
  /// @param why in a few words, for people
  public void to(ConnectionState next, String why) {
    if (session.isLeft()) {
      return;
    }
    ConnectionState before = state();
    Check.that(!next.isWithoutLink() && session.isAlive(), "a link", before.code(), next.code());
    session.to(next);
    changed(before, why);
    notices.changed();
  }

  /// Whatever the state follows from may have changed.
  private void changed(ConnectionState before, String why) {
    ConnectionState next = state();
    Check.that(before.mayBecome(next), "connection state", before.code(), next.code());
    if (next != before) {
      notices.happened(new MirrorEvent.ConnectionChanged(before, next, why));
    }
    waits.look();
  }

  /// Why it is as it is, for people; empty if there is nothing to say.
  public String reason() {
    return reason.isEmpty() || nobodyServes.isEmpty()
        ? reason + nobodyServes
        : reason + "; " + nobodyServes;
  }

  /// The nodes go on together, and none of them is Primary, for this reason; empty: one is.
  public void nobodyServes(String why) {
    nobodyServes = why;
    notices.changed();
  }

  /// Whether the nodes stay apart because both hold changes that the other lacks.
  public boolean isSplit() {
    return split;
  }

  /// Shows `why` to people until something else is known.
  public void showReason(String why) {
    reason = why;
    notices.changed();
  }

  /// The nodes go on together: nothing stands in the way any more.
  public void clearReason() {
    reason = "";
    if (splitTold) {
      splitTold = false;
      notices.happened(new MirrorEvent.SplitBrainResolved("the nodes go on together"));
    }
  }

  /// Both nodes hold changes that the other lacks; told once until they go on together.
  public void splitBrainFound(String why) {
    if (!splitTold) {
      splitTold = true;
      notices.happened(new MirrorEvent.SplitBrainFound(why));
    }
  }

  /// The other node's name; empty until it was met.
  public Optional<String> peerName() {
    return peerName;
  }

  /// The other node has said its name.
  public void peerName(String name) {
    peerName = Optional.of(name);
  }

  /// Since when this node is alone, for people.
  public String aloneFor() {
    long seconds = (clock.nowNanos() - partedNanos) / 1_000_000_000L;
    return hasMet
        ? "this node has been alone for %d s, since the link was lost".formatted(seconds)
        : "the nodes have not met since this node's start %d s ago".formatted(seconds);
  }

  /// The other node as it has described itself last; empty if the nodes have not met.
  public Optional<Party> peer() {
    return session.peer();
  }

  /// The other node has described itself.
  public void peer(Party party) {
    session.peer(party);
    notices.changed();
  }

  /// Sends a frame on the present link; without one it goes nowhere.
  public void send(Frame frame) {
    session.send(frame);
  }

  /// Sends a frame whose payload is still the caller's until `sent` runs.
  public void send(Frame frame, Completion sent) {
    session.send(frame, sent);
  }

  /// Tells the peer how things stand here.
  public void sendState() {
    if (!isEstablished()) {
      return;
    }
    send(
        new Frame.StateChange(
            role.role(),
            copy.diskState(),
            ledger.term(),
            ledger.primaryNode(),
            ledger.generations()));
  }

  /// Something the handshake has told the peer is about to change: both start again.
  public void ownStateChanges(String what) {
    if (session.reported() != null && !session.hasMet()) {
      drop("handshake starts again: " + what);
    }
  }

  /// A write went to this disk alone. If this node has just reported that nothing is out of sync,
  /// the report is wrong now (found by the simulation, seed 1042: in sync with a bit set).
  public void bitsAppeared() {
    Party mine = session.reported();
    if (mine != null && !session.hasMet() && mine.outOfSyncBlocks() == 0) {
      drop("handshake starts again: a write went to this disk alone");
    }
  }

  /// What is known of the peer changes with its own word.
  public void peerChanged(Frame.StateChange change) {
    party(change).ifPresent(this::peer);
  }

  /// The peer as it describes itself now; empty if the nodes have not met.
  public Optional<Party> party(Frame.StateChange change) {
    return peer()
        .map(
            known ->
                new Party(
                    known.nodeId(),
                    change.generations(),
                    change.term(),
                    change.primaryNode(),
                    change.role(),
                    change.diskState(),
                    false,
                    false,
                    false,
                    change.diskState() == DiskState.FAILED,
                    0,
                    known.outOfSyncBlocks()));
  }

  /// Gives back the buffer of a frame that nobody wants.
  public void discard(Frame frame) {
    FrameReader.release(frame, pool);
  }
}
