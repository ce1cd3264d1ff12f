package io.lockstep.daemon;

import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.Dispatcher;
import io.lockstep.control.NodeControl;
import io.lockstep.control.api.Json;
import io.lockstep.node.NodeReport;
import io.lockstep.peers.ControlConnection;
import io.lockstep.peers.ControlView;
import io.lockstep.peers.PeerIdentity;
import io.lockstep.peers.PeerLimits;
import io.lockstep.peers.net.PeerSockets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What this node and the other one's daemon say to each other on the control connection, from the
/// start of the process to its end. Belongs to the control loop: there sketches become reports, and
/// JSON is read.
final class PeerContact implements ControlConnection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(PeerContact.class);

  private final RingLoop loop;
  private final PeerSockets sockets;
  private final ControlConnection connection;
  private final Owner owner;

  /// The newest sketch of each mirror that is not told yet, by the mirror's name.
  private final Map<String, MirrorSketch> untold = new ConcurrentHashMap<>();

  private ControlView last;

  /// Why the last report was not made or read, so that it is logged once; or empty.
  private String unmadeReport = "";

  private String unreadReport = "";

  /// The node, which lives on the same loop.
  interface Owner {
    /// Who answers the other node.
    Dispatcher dispatcher();

    /// The other node has told about itself.
    void peerReported(NodeReport report);

    /// How the control connection stands now.
    void peerSeen(ControlView view);
  }

  /// What the configuration and the disk tell.
  ///
  /// @param own who this node is
  /// @param addresses of node 0
  record Told(PeerIdentity own, List<String> addresses) {}

  PeerContact(PeerSockets sockets, RingLoop loop, Told told, Owner owner) {
    this.loop = loop;
    this.sockets = sockets;
    this.owner = owner;
    this.connection = new ControlConnection(loop, told.own, told.addresses, sockets, this);
    this.last = connection.view();
  }

  /// Reaches for the other node from now on.
  void start() {
    sockets.attach(connection);
    connection.start();
  }

  /// Takes leave and gives the ports back. Waits; not called on a loop.
  void end() {
    loop.execute(() -> connection.close("this node ends"));
    sockets.close();
  }

  // --- what the node wants ---

  /// Tells the other node of this one and a mirror. Callable from any thread; of several sketches
  /// that wait, the newest is told.
  void report(String mirror, MirrorSketch sketch) {
    if (untold.put(mirror, sketch) == null) {
      loop.execute(() -> tell(mirror));
    }
  }

  private void tell(String mirror) {
    @Nullable MirrorSketch sketch = untold.remove(mirror);
    if (sketch == null || !connection.isUp()) {
      return;
    }
    try {
      connection.report(sketch.report().encode(PeerLimits.REPORT_BYTES_MAX));
    } catch (RuntimeException e) {
      if (!unmadeReport.equals(e.toString())) {
        unmadeReport = e.toString();
        LOG.error("the other node is not told of this one: drawing the report threw", e);
      }
    }
  }

  /// As [NodeControl#forward].
  void ask(byte[] request, Consumer<NodeControl.Forwarded> done) {
    connection.ask(
        request,
        outcome ->
            done.accept(
                switch (outcome) {
                  case ControlConnection.Outcome.Answered(byte[] body) ->
                      new NodeControl.Forwarded.Answered(body);
                  case ControlConnection.Outcome.Unanswered(String why, boolean asked) ->
                      asked
                          ? new NodeControl.Forwarded.Lost(why)
                          : new NodeControl.Forwarded.Unavailable(why);
                }));
  }

  /// Where the other node takes calls and says nothing.
  Optional<String> muteAt() {
    return connection.muteAt();
  }

  // --- what the other node says ---

  @Override
  public void requested(byte[] request, Consumer<byte[]> reply) {
    owner.dispatcher().answerPeer(request, reply);
  }

  @Override
  public void reported(byte[] report) {
    try {
      NodeReport told = NodeReport.decode(report);
      unreadReport = "";
      owner.peerReported(told);
    } catch (Json.BadJsonException e) {
      if (!unreadReport.equals(e.getMessage())) {
        unreadReport = String.valueOf(e.getMessage());
        LOG.warn("reports of the other node cannot be read", e);
      }
    }
  }

  @Override
  public void changed() {
    ControlView view = connection.view();
    for (int number = 0; number < view.addresses().size(); number++) {
      ControlView.Watched now = view.addresses().get(number);
      if (!now.why().equals(last.addresses().get(number).why())) {
        LOG.info(
            "the other node is {} at {}",
            now.up() ? "heard" : "not heard (" + now.why() + ")",
            now.address());
      }
    }
    last = view;
    owner.peerSeen(view);
  }
}
