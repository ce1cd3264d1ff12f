package io.lockstep.control;

import io.lockstep.block.Loop;
import io.lockstep.control.verb.Handlers;

/// What the control API has to know of one of a node's mirrors. The daemon implements it; what does
/// the verbs are the mirror's parts ([Handlers]).
public interface MirrorControl {
  /// Its name, as the configuration has it.
  String name();

  /// The owner of its state, on which its handlers are called.
  Loop loop();

  /// Whether this node is Primary of it and its volumes are open, as far as is known now. Callable
  /// from any thread.
  boolean isPrimary();

  /// Who does the verbs of this mirror, its volumes and its exports. Complete before the first
  /// request.
  Handlers handlers();
}
