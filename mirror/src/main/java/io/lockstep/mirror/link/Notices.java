package io.lockstep.mirror.link;

import io.lockstep.block.Loop;
import io.lockstep.mirror.state.MirrorEvent;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// What people and the daemon are told of a mirror: events at once, alerts that stand, and once a
/// turn that the picture has changed. Belongs to the mirror's loop.
public final class Notices {
  /// How many alerts are kept; the oldest go first.
  private static final int ALERTS_MAX = 20;

  private final Loop loop;
  private final MirrorListener listener;
  private final LinkedHashSet<String> alerts = new LinkedHashSet<>();
  private boolean changed;

  public Notices(Loop loop, MirrorListener listener) {
    this.loop = loop;
    this.listener = listener;
  }

  /// A state has changed: told at once, none left out.
  public void happened(MirrorEvent event) {
    listener.happened(event);
    changed();
  }

  /// Shows a sentence to people until it has to make room.
  public void alert(String sentence) {
    alerts.add(sentence);
    if (alerts.size() > ALERTS_MAX) {
      alerts.removeFirst();
    }
    changed();
  }

  /// Shows a sentence in place of an earlier one.
  public void replaceAlert(String earlier, String sentence) {
    alerts.remove(earlier);
    alert(sentence);
  }

  /// The sentences that stand, the oldest first.
  public List<String> alerts() {
    return new ArrayList<>(alerts);
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
