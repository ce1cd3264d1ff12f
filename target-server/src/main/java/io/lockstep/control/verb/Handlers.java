package io.lockstep.control.verb;

import io.lockstep.block.Check;
import io.lockstep.control.api.Verb;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Which part of a node answers which verb. Each part says it of its own verbs, by noun: volumes
/// and exports, the mirror, the end of the node; so a verb has one place where it is done.
public final class Handlers {
  private final Map<Verb<?, ?>, Handler<?>> byVerb = new HashMap<>();

  /// What answers a verb. It answers `done` once, now or later, and does no more in the call itself
  /// than to check what is asked: what it does to volumes, records or the mirror runs in a later
  /// turn. So an exception out of a call has changed nothing, and one in a later turn is a bug that
  /// ends the process.
  ///
  /// @param <B> what the request carries
  @FunctionalInterface
  public interface Handler<B> {
    /// @param name the decoded name in the path, or empty
    void handle(String name, B body, Consumer<Answer> done);
  }

  public <B> Handlers on(Verb<B, ?> verb, Handler<B> handler) {
    Check.that(byVerb.put(verb, handler) == null, "a verb is done in one place");
    return this;
  }

  @SuppressWarnings("unchecked") // [#on] puts nothing else there.
  public <B> Handler<B> of(Verb<B, ?> verb) {
    return (Handler<B>) Check.present(byVerb.get(verb), "every verb is done somewhere");
  }

  public boolean knows(Verb<?, ?> verb) {
    return byVerb.containsKey(verb);
  }
}
