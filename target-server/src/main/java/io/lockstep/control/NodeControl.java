package io.lockstep.control;

import io.lockstep.block.Loop;
import java.util.function.Consumer;

/// What the control API has to know of a node, whatever is asked. The daemon implements it; what
/// does the verbs are the node's parts, each of which says it of its own
/// ([io.lockstep.control.verb.Handlers]). Every method is called on [#loop()].
public interface NodeControl {
  /// The owner of the node's state.
  Loop loop();

  String nodeName();

  /// Whether this node is Primary and its volumes are open.
  boolean isPrimary();

  /// What is known now.
  PairPicture picture();

  /// Hands a request to the other node's daemon, which answers it through its own [Dispatcher].
  void forward(byte[] request, Consumer<Forwarded> done);

  /// What came of a forwarded request.
  sealed interface Forwarded {
    /// The other node's answer, as [Dispatcher#answerPeer] made it.
    @SuppressWarnings("ArrayRecordComponent")
    record Answered(byte[] answer) implements Forwarded {}

    /// There is none.
    record Unavailable(String reason) implements Forwarded {}
  }
}
