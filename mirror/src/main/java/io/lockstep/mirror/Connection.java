package io.lockstep.mirror;

import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Loop;
import io.lockstep.mirror.meta.Superblock;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Party;
import io.lockstep.mirror.wire.Frame;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The connection to the other node, from the first greeting to the end of the link: who is there,
/// whether it still answers, whether it takes part in writes. What to do when the nodes have met is
/// [Meeting]'s; what each frame means is [Dispatch]'s. Belongs to the mirror's loop.
@SuppressWarnings("ReferenceEquality") // A link is itself, not its equal.
final class Connection implements PeerTransport.Listener {
  /// Questions to the other node's daemon that may be open at once.
  static final int CONTROL_REQUESTS_MAX = 256;

  /// Protocol versions this release speaks; the lower of both nodes' highest wins.
  static final int VERSION_MIN = 1;

  static final int VERSION_MAX = 1;

  private final Node node;
  private final Dispatch dispatch;
  private final Meeting meeting;
  private final Map<Long, Consumer<ControlAnswer>> asked = new HashMap<>();

  private @Nullable PeerLink link;
  private long linkNumber;
  private boolean takesPart;
  private boolean enabled;
  private ConnectionState state = ConnectionState.STAND_ALONE;
  private String reason = "";
  private String nobodyServes = "";
  private boolean split;
  private Optional<String> peerName = Optional.empty();
  private @Nullable Party peer;
  private long heardNanos;

  /// When the last link on which the nodes had met was lost; before that, when the node started.
  private long partedNanos;

  private boolean hasMet;
  private long requestId;
  private Loop.@Nullable Timer tick;

  /// Until the next attempt, after a meeting that came to a stop that may pass.
  private Loop.@Nullable Timer pause;

  Connection(Node node) {
    this.node = node;
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
      setState(ConnectionState.CONNECTING);
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
              setState(ConnectionState.CONNECTING);
              node.environment.transport().enable(this);
            },
            nanos);
    if (link == null) {
      setState(ConnectionState.UNCONNECTED);
    }
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
    if (link == null) {
      setState(ConnectionState.STAND_ALONE);
    }
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
    PeerLink now = link;
    if (now != null) {
      now.close(why);
    }
  }

  @Override
  public void opened(PeerLink opened) {
    Check.that(link == null, "one link at a time");
    link = opened;
    linkNumber++;
    heardNanos = node.loop.nowNanos();
    armTick();
    meeting.greet();
  }

  @Override
  public void received(PeerLink from, long term, Frame frame) {
    if (from != link) {
      discard(frame);
      return;
    }
    heardNanos = node.loop.nowNanos();
    dispatch.received(term, frame);
  }

  @Override
  public void closed(PeerLink from, String why) {
    if (from != link) {
      return;
    }
    link = null;
    linkNumber++;
    if (meeting.isDecided()) {
      partedNanos = node.loop.nowNanos();
      hasMet = true;
    }
    takesPart = false;
    peer = null;
    nobodyServes = "";
    disarmTick();
    setState(withoutLink());
    if (reason.isEmpty() && enabled) {
      node.changed();
    }
    meeting.ended();
    node.peerWrites.drop();
    node.peerReads.linkLost();
    node.resyncSource.stop();
    node.resyncTarget.linkLost();
    node.writes.linkLost();
    node.roles.linkLost();
    node.outdating.linkLost();
    failQuestions(why);
  }

  private ConnectionState withoutLink() {
    if (!enabled) {
      return ConnectionState.STAND_ALONE;
    }
    return isPausing() ? ConnectionState.UNCONNECTED : ConnectionState.CONNECTING;
  }

  // --- what others ask ---

  boolean isUp() {
    return link != null;
  }

  /// Whether both nodes have met on this link and decided.
  boolean isEstablished() {
    return link != null && meeting.isDecided();
  }

  /// Whether every write goes to the peer too.
  boolean peerTakesPart() {
    return takesPart;
  }

  void peerTakesPart(boolean value) {
    if (value && !takesPart) {
      node.writes.epochs().linkReady();
    }
    takesPart = value;
  }

  /// Changes with every link that opens or ends; says whether an answer still belongs to a
  /// question.
  long linkNumber() {
    return linkNumber;
  }

  ConnectionState state() {
    return state;
  }

  void setState(ConnectionState next) {
    state = next;
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
    return Optional.ofNullable(peer);
  }

  void peer(Party party) {
    peer = party;
    node.changed();
  }

  void send(Frame frame) {
    PeerLink now = link;
    if (now != null) {
      now.send(node.term(), frame);
    }
  }

  /// Sends a frame whose payload is still the caller's until `sent` runs; there must be a link.
  void send(Frame frame, Completion sent) {
    Check.present(link, "a peer that takes part has a link").send(node.term(), frame, sent);
  }

  /// Tells the peer how things stand here.
  void sendState() {
    if (!isEstablished()) {
      return;
    }
    Superblock own = node.metadata.superblock();
    send(
        new Frame.StateChange(
            node.role, node.diskState, own.term(), own.primaryNode(), own.generations()));
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
    if (asked.size() >= CONTROL_REQUESTS_MAX) {
      node.loop.execute(
          () -> answer.accept(new ControlAnswer.Unavailable("too many open questions")));
      return;
    }
    long id = ++requestId;
    asked.put(id, answer);
    send(new Frame.ControlRequest(id, request));
  }

  void answered(long id, byte[] body) {
    Consumer<ControlAnswer> answer = asked.remove(id);
    if (answer != null) {
      answer.accept(new ControlAnswer.Answered(body));
    }
  }

  private void failQuestions(String why) {
    var open = asked.keySet().stream().sorted().toList();
    for (long id : open) {
      Consumer<ControlAnswer> answer = asked.remove(id);
      if (answer != null) {
        answer.accept(new ControlAnswer.Unavailable("the link was lost: " + why));
      }
    }
  }

  // --- is it still there? ---

  private void armTick() {
    tick = node.loop.schedule(this::tick, node.config.limits().pingIntervalNanos());
  }

  private void disarmTick() {
    Loop.Timer timer = tick;
    if (timer != null) {
      timer.cancel();
      tick = null;
    }
  }

  private void tick() {
    long silentNanos = node.loop.nowNanos() - heardNanos;
    if (silentNanos > node.config.limits().peerTimeoutNanos()) {
      drop("the peer has not answered for " + silentNanos / 1_000_000 + " ms");
      return;
    }
    send(new Frame.Ping(linkNumber));
    armTick();
  }
}
