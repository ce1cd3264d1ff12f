package io.lockstep.mirror.link;

import io.lockstep.mirror.state.NodeIdentity;
import java.util.function.Consumer;

/// Asks the other node, on every way there is but the mirror's own link, whether it is Primary:
/// before a promotion without the peer, so that two do not serve. Belongs to the mirror's loop.
@FunctionalInterface
public interface PeerInquiry {
  /// How long an answer may take, at most.
  long ANSWER_NANOS_MAX = 5_000_000_000L;

  /// There is no other way to the peer.
  PeerInquiry NONE = (_, done) -> done.accept(new Answer.Silent());

  /// Asks; `done` runs once, on the mirror's loop, within [#ANSWER_NANOS_MAX].
  ///
  /// @param mirror the one that asks
  void ask(NodeIdentity mirror, Consumer<Answer> done);

  /// What the other node said.
  sealed interface Answer {
    /// It serves as Primary.
    ///
    /// @param where the address that answered
    /// @param term its term
    record Primary(String where, long term) implements Answer {}

    /// It lives and is not Primary.
    ///
    /// @param where the address that answered
    record NotPrimary(String where) implements Answer {}

    /// It takes connections and says nothing: it stands still, or has very much to do. It may
    /// serve, and go on where it stood when it wakes.
    ///
    /// @param where the address that took the connection
    record Mute(String where) implements Answer {}

    /// Nobody took a connection: it is down, or cut off from this node on each of these ways.
    record Silent() implements Answer {}
  }
}
