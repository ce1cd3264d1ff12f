package io.lockstep.mirror.link;

import io.lockstep.block.Loop;
import io.lockstep.mirror.state.MirrorEvent;

/// What people and the daemon are told of a mirror: events at once, and once a turn that the
/// picture has changed. Belongs to the mirror's loop.
public final class Notices {
  private final Loop loop;
  private final MirrorListener listener;
  private boolean changed;

  public Notices(Loop loop, MirrorListener listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /// Something has happened: told at once, none left out.
  public void happened(MirrorEvent event) {
    listener.happened(event);
    changed();
  }

  /// Something in the status has changed; the listener hears of it once in the next turn.
  public void changed() {
    if (!changed) {
      changed = true;
      loop.execute(
          () -> {
            changed = false;
            listener.statusChanged();
          });
    }
  }
}
