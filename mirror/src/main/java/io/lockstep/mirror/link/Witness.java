package io.lockstep.mirror.link;

import java.util.function.Consumer;

/// The third vote. It keeps, for each mirror, which nodes hold every acknowledged write and who
/// serves, so that two nodes that cannot see each other do not both go on. It is asked at two
/// places and no other: before a new generation that is made alone, and before a promotion without
/// the peer.
///
/// A witness knows nothing of disks and decides nothing else. What it does not know, or does not
/// say in time, is unknown, and unknown is never yes. Belongs to the mirror's loop.
@FunctionalInterface
public interface Witness {
  /// There is no third vote: a node decides by what it knows, and a person knows the rest.
  Witness NONE = (_, done) -> done.accept(new Answer.Yes());

  /// Asks. `done` runs on the mirror's loop, at most once, in this call or later; what comes later
  /// than [Ballot#ANSWER_NANOS_MAX] counts for nothing. Never throws.
  void ask(Question question, Consumer<Answer> done);

  /// What this node is about to do without the other.
  sealed interface Question {
    /// To acknowledge what only this node has: the other one is out of the in-sync set then.
    ///
    /// @param nodeId the one that asks
    /// @param term the one it serves in
    /// @param generation the new one, of which this disk will be the only one
    record GoOnAlone(int nodeId, long term, long generation) implements Question {}

    /// To serve, as the only Primary.
    ///
    /// @param nodeId the one that asks
    /// @param term the one it will serve in
    /// @param generation its disk's
    /// @param forced whether a person has taken the loss of what this disk may lack
    record Promote(int nodeId, long term, long generation, boolean forced) implements Question {}
  }

  /// What the witness says.
  sealed interface Answer {
    /// It is agreed, and remembered there.
    record Yes() implements Answer {}

    /// It is not: the other node may have gone on, or may still serve.
    ///
    /// @param why for people
    record No(String why) implements Answer {}

    /// It cannot be reached, or does not know.
    ///
    /// @param why for people
    record Unknown(String why) implements Answer {}
  }
}
