package io.lockstep.control;

import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.client.ControlClient;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/// A [SampleNode] behind a real control socket.
public final class ServedNode implements AutoCloseable {
  private final RingLoop nodeLoop;
  private final RingLoop serverLoop;
  private final SampleNode node;
  private final Dispatcher dispatcher;
  private final Path socket;
  private final String name;
  private final ControlServer server;

  public ServedNode(Path socket, String name, boolean primary, LoopKind kind) {
    this.socket = socket;
    this.name = name;
    this.nodeLoop = RingLoop.start("node", kind, Fatal.HALT);
    this.serverLoop = RingLoop.start("control", kind, Fatal.HALT);
    this.node = new SampleNode(nodeLoop, name, primary);
    this.dispatcher = new Dispatcher(node);
    node.answer(dispatcher.handlers());
    this.server =
        switch (start()) {
          case ControlServer.Outcome.Started(ControlServer started) -> started;
          case ControlServer.Outcome.Refused(Refusal refusal) ->
              throw new AssertionError(refusal.sentence());
        };
  }

  /// Tries to listen at the same socket once more.
  ControlServer.Outcome start() {
    var outcome = new CompletableFuture<ControlServer.Outcome>();
    ControlServer.start(serverLoop, socket, node, dispatcher, outcome::complete);
    return outcome.join();
  }

  public SampleNode node() {
    return node;
  }

  Dispatcher dispatcher() {
    return dispatcher;
  }

  ControlServer server() {
    return server;
  }

  /// Something has happened to the mirror of this node.
  public EventInfo happens(String from, String to, long atMillis) {
    var event =
        new EventInfo(atMillis, name, SampleNode.MIRROR, "role", from, to, "for a test", null);
    server.happened(event);
    return event;
  }

  public Path socket() {
    return socket;
  }

  public ControlClient client() {
    return new ControlClient(socket, "tester");
  }

  @Override
  public void close() {
    var closed = new CompletableFuture<Boolean>();
    server.close(() -> closed.complete(true));
    closed.join();
    serverLoop.close();
    nodeLoop.close();
  }
}
