package io.lockstep.sim;

import io.lockstep.mirror.state.MirrorEvent;
import java.util.ArrayList;
import java.util.List;

/// What a node's mirror has noted since the node's last start.
final class NotedEvents {
  private final List<String> texts = new ArrayList<>();

  void begin() {
    texts.clear();
  }

  void happened(MirrorEvent event) {
    if (event instanceof MirrorEvent.Noted) {
      texts.add(event.change() + ": " + event.why());
    }
  }

  /// Each with the reason.
  List<String> texts() {
    return List.copyOf(texts);
  }
}
