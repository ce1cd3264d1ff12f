package io.lockstep.control;

import io.lockstep.block.Loop;
import java.util.List;
import java.util.function.Consumer;

/// What the control API has to know of a node, whatever is asked. The daemon implements it. Every
/// method but [#execute] is called on [#loop()].
public interface NodeControl {
  /// The owner of the node's state.
  Loop loop();

  /// Runs `work` on [#loop()], in a later turn; drops it when the node has ended. Callable from any
  /// thread.
  void execute(Runnable work);

  String nodeName();

  /// What the other node is called.
  String peerName();

  /// Its mirrors, in the order of the configuration; at least one.
  List<MirrorControl> mirrors();

  /// Gives a picture of what is known now to `done`, in a later turn of [#loop()].
  void picture(Consumer<PairPicture> done);

  /// Where changes are written down.
  AuditTrail audit();

  /// Hands a request to the other node's daemon, which answers it through its own [Dispatcher].
  void forward(byte[] request, Consumer<Forwarded> done);

  /// What came of a forwarded request.
  sealed interface Forwarded {
    /// The other node's answer, as [Dispatcher#answerPeer] made it.
    @SuppressWarnings("ArrayRecordComponent")
    record Answered(byte[] answer) implements Forwarded {}

    /// There is none; the other node has not acted on it.
    record Unavailable(String reason) implements Forwarded {}

    /// There is none, and whether the other node has acted on it is not known.
    record Lost(String reason) implements Forwarded {}
  }
}
