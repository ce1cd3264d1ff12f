package io.lockstep.control;

import io.lockstep.block.Loop;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import java.util.List;
import java.util.function.Consumer;

/// What the control API can ask of a node. The daemon implements it. Every method is called on
/// [#loop()] and answers there, once, now or later.
///
/// A method that changes something does no more in the call itself than to check what is asked;
/// what it does to volumes, records or the mirror runs in a later turn. So an exception out of a
/// call has changed nothing, and one in a later turn is a bug that ends the process.
///
/// Methods marked *on the Primary* are called only where [#isPrimary()] holds; [Dispatcher] sends
/// the request to the other node otherwise.
public interface NodeControl {
  /// The owner of the node's state.
  Loop loop();

  String nodeName();

  /// Whether this node is Primary and its volumes are open.
  boolean isPrimary();

  PairStatus status();

  /// The mirrors, and where their data lies on this node's disks.
  List<MirrorInfo> mirrors();

  /// *On the Primary.*
  void createVolume(Requests.CreateVolume request, Consumer<Answer> done);

  /// *On the Primary.*
  void resizeVolume(String name, Requests.ResizeVolume request, Consumer<Answer> done);

  /// *On the Primary.*
  void renameVolume(String name, Requests.RenameVolume request, Consumer<Answer> done);

  /// *On the Primary.*
  void deleteVolume(String name, Consumer<Answer> done);

  /// *On the Primary.*
  void createExport(Requests.CreateExport request, Consumer<Answer> done);

  /// *On the Primary.*
  void changeExport(String volume, Requests.ChangeExport request, Consumer<Answer> done);

  /// *On the Primary.*
  void deleteExport(String volume, Consumer<Answer> done);

  /// A command to this node's mirror.
  void mirrorCommand(MirrorVerb verb, Requests.MirrorCommand command, Consumer<Answer> done);

  /// Ends this node's process in order; answers before it does.
  void stopNode(Requests.StopNode request, Consumer<Answer> done);

  /// *On the Primary.* Ends both nodes, in sync.
  void shutDownPair(Consumer<Answer> done);

  /// Hands a request to the other node's daemon, which answers it through its own [Dispatcher].
  void forward(byte[] request, Consumer<Forwarded> done);

  /// The commands to a mirror.
  enum MirrorVerb {
    PROMOTE,
    DEMOTE,
    DISCONNECT,
    CONNECT,
    ACCEPT_LOSS
  }

  /// What came of a forwarded request.
  sealed interface Forwarded {
    /// The other node's answer, as [Dispatcher#answerPeer] made it.
    @SuppressWarnings("ArrayRecordComponent")
    record Answered(byte[] answer) implements Forwarded {}

    /// There is none.
    record Unavailable(String reason) implements Forwarded {}
  }
}
