package io.lockstep.mirror;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The connection to the other node, from the first greeting to the end of the link: who is there,
/// whether it still answers, whether it takes part in writes. What to do when the nodes have met is
/// [Meeting]'s; what each frame means is [Dispatch]'s. Belongs to the mirror's loop.
final class Connection implements PeerTransport.Listener {
  /// Protocol versions this release speaks; the lower of both nodes' highest wins.
  static final int VERSION_MIN = 1;

  static final int VERSION_MAX = 1;

  private final Node node;
  private final LocalCopy copy;
  private final Dispatch dispatch;
  private final Meeting meeting;
  private final List<Runnable> lossListeners = new ArrayList<>();

  /// Of the present link, or of the last one.
  private PeerSession session;

  private boolean enabled;
  private ConnectionState state = ConnectionState.STAND_ALONE;
  private String reason = "";
  private String nobodyServes = "";
  private boolean split;
  private Optional<String> peerName = Optional.empty();

  /// When the last link on which the nodes had met was lost; before that, when the node started.
  private long partedNanos;

  private boolean hasMet;

  /// Until the next attempt, after a meeting that came to a stop that may pass.
  private Loop.@Nullable Timer pause;

  Connection(Node node) {
    this.node = node;
    this.copy = node.copy;
    this.session = PeerSession.none(node.loop, node.config.limits(), copy::term);
    this.meeting = new Meeting(node);
    this.dispatch = new Dispatch(node, meeting);
    this.partedNanos = node.loop.nowNanos();
  }

  Meeting meeting() {
    return meeting;
  }

  /// Starts to look for the peer.
  void enable() {
    split = false;
    reason = "";
    meeting.again();
    if (!enabled || isPausing()) {
      endPause();
      enabled = true;
      to(ConnectionState.CONNECTING, "it looks for the other node");
      node.environment.transport().enable(this);
    }
    node.changed();
  }

  /// Ends the link and looks for the peer again after a while; `why` is shown meanwhile.
  void pause(String why, long nanos) {
    if (!enabled) {
      return;
    }
    reason = why;
    split = false;
    endPause();
    pause =
        node.loop.schedule(
            () -> {
              pause = null;
              to(ConnectionState.CONNECTING, "it tries again");
              node.environment.transport().enable(this);
            },
            nanos);
    if (!session.isAlive()) {
      to(ConnectionState.UNCONNECTED, why);
    }
    session.leave();
    node.environment.transport().disable(why);
    node.changed();
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
  void standAlone(String why) {
    standAlone(why, false);
  }

  /// @param splitBrain whether both nodes hold changes that the other lacks
  void standAlone(String why, boolean splitBrain) {
    reason = why;
    split = splitBrain;
    enabled = false;
    endPause();
    if (!session.isAlive()) {
      to(ConnectionState.STAND_ALONE, why);
    }
    session.leave();
    node.environment.transport().disable(why.isEmpty() ? "disconnected" : why);
    node.changed();
  }

  /// A stranger or an unfit peer called: keeps listening, but says why nothing comes of it.
  void keepTrying(String why) {
    reason = why;
    node.changed();
    drop(why);
  }

  /// Ends the link; the transport makes another.
  void drop(String why) {
    session.close(why);
  }

  /// `listener` is told of the end of each link, after those that came before it.
  void whenLost(Runnable listener) {
    lossListeners.add(listener);
  }

  @Override
  public void opened(PeerLink opened) {
    Check.that(!session.isAlive(), "one link at a time");
    session =
        new PeerSession(opened, session.number() + 1, node.loop, node.config.limits(), copy::term);
    session.begin();
    meeting.greet();
  }

  @Override
  public void received(PeerLink from, long term, Frame frame) {
    if (!session.isOf(from)) {
      discard(frame);
      return;
    }
    session.heard();
    dispatch.received(term, frame);
  }

  @Override
  public void closed(PeerLink from, String why) {
    if (!session.isOf(from)) {
      return;
    }
    session.end();
    if (meeting.isDecided()) {
      partedNanos = node.loop.nowNanos();
      hasMet = true;
    }
    nobodyServes = "";
    to(withoutLink(), why);
    if (reason.isEmpty() && enabled) {
      node.changed();
    }
    meeting.ended();
    lossListeners.forEach(Runnable::run);
    session.failQuestions(why);
  }

  private ConnectionState withoutLink() {
    if (!enabled) {
      return ConnectionState.STAND_ALONE;
    }
    return isPausing() ? ConnectionState.UNCONNECTED : ConnectionState.CONNECTING;
  }

  // --- what others ask ---

  boolean isUp() {
    return session.isAlive();
  }

  /// What is asked now belongs to this one.
  PeerSession session() {
    return session;
  }

  /// Whether both nodes have met on this link and decided.
  boolean isEstablished() {
    return session.isAlive() && meeting.isDecided();
  }

  /// Whether every write goes to the peer too.
  boolean peerTakesPart() {
    return session.takesPart();
  }

  void peerTakesPart(boolean value) {
    if (value && !session.takesPart()) {
      node.writes.epochs().linkReady();
    }
    session.takesPart(value);
  }

  ConnectionState state() {
    return state;
  }

  /// Its state changes; a state with a link only while there is one, and nothing begins on one that
  /// is being left.
  ///
  /// @param why in a few words, for people
  void to(ConnectionState next, String why) {
    ConnectionState before = state;
    if (!next.isWithoutLink() && session.isLeft()) {
      return;
    }
    Check.that(before.mayBecome(next), "connection state", before.code(), next.code());
    Check.that(next.isWithoutLink() || session.isAlive(), "a link", before.code(), next.code());
    state = next;
    if (next != before) {
      node.happened(new MirrorEvent.ConnectionChanged(before, next, why));
    }
    node.changed();
  }

  String reason() {
    return reason.isEmpty() || nobodyServes.isEmpty()
        ? reason + nobodyServes
        : reason + "; " + nobodyServes;
  }

  /// The nodes go on together, and none of them is Primary, for this reason; empty: one is.
  void nobodyServes(String why) {
    nobodyServes = why;
    node.changed();
  }

  /// Whether the nodes stay apart because both hold changes that the other lacks.
  boolean isSplit() {
    return split || meeting.isSplit();
  }

  void showReason(String why) {
    reason = why;
    node.changed();
  }

  void clearReason() {
    reason = "";
  }

  Optional<String> peerName() {
    return peerName;
  }

  void peerName(String name) {
    peerName = Optional.of(name);
  }

  /// Since when this node is alone, for people.
  String aloneFor() {
    long seconds = (node.loop.nowNanos() - partedNanos) / 1_000_000_000L;
    return hasMet
        ? "this node has been alone for %d s, since the link was lost".formatted(seconds)
        : "the nodes have not met since this node's start %d s ago".formatted(seconds);
  }

  Optional<Party> peer() {
    return session.peer();
  }

  void peer(Party party) {
    session.peer(party);
    node.changed();
  }

  void send(Frame frame) {
    session.send(frame);
  }

  /// Sends a frame whose payload is still the caller's until `sent` runs.
  void send(Frame frame, Completion sent) {
    session.send(frame, sent);
  }

  /// Tells the peer how things stand here.
  void sendState() {
    if (!isEstablished()) {
      return;
    }
    Superblock own = copy.superblock();
    send(
        new Frame.StateChange(
            node.role(), copy.diskState(), own.term(), own.primaryNode(), own.generations()));
  }

  /// Something the handshake has told the peer is about to change: both start again.
  void ownStateChanges(String what) {
    if (meeting.hasReported() && !meeting.isDecided()) {
      drop("handshake starts again: " + what);
    }
  }

  /// What is known of the peer changes with its own word.
  void peerChanged(Frame.StateChange change) {
    party(change).ifPresent(this::peer);
  }

  /// The peer as it describes itself now; empty if the nodes have not met.
  Optional<Party> party(Frame.StateChange change) {
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
  void discard(Frame frame) {
    switch (frame) {
      case Frame.Data data -> node.pool.giveBack(data.payload());
      case Frame.ResyncData data -> node.pool.giveBack(data.payload());
      case Frame.BitmapChunk chunk -> node.pool.giveBack(chunk.words());
      case Frame.ReadReply reply -> node.pool.giveBack(reply.payload());
      default -> {}
    }
  }

  // --- questions to the other node's daemon ---

  void ask(byte[] request, Consumer<ControlAnswer> answer) {
    if (!isEstablished()) {
      String why = reason.isEmpty() ? "the other node is not connected" : reason;
      node.loop.execute(() -> answer.accept(new ControlAnswer.Unavailable(why)));
      return;
    }
    session.ask(request, answer);
  }

  void answered(long id, byte[] body) {
    session.answered(id, body);
  }
}
