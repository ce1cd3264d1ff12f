package io.lockstep.mirror;

import io.lockstep.block.BlockRange;
import io.lockstep.block.Check;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Passes on what the mirror tells, from the start on, which brings the listener. Before the start
/// no peer is looked for and nobody promotes, so only the disk's states can change, or the mirror
/// ends: that is told when the mirror starts. Belongs to the mirror's loop.
final class Listening implements MirrorListener {
  private final List<Consumer<MirrorListener>> early = new ArrayList<>();
  private boolean changedEarly;
  private @Nullable MirrorListener listener;

  void start(MirrorListener newListener) {
    Check.that(listener == null, "a mirror is started once");
    listener = newListener;
    early.forEach(word -> word.accept(newListener));
    early.clear();
    if (changedEarly) {
      newListener.statusChanged();
    }
  }

  private MirrorListener listener() {
    return Check.present(listener, "the mirror was started");
  }

  @Override
  public void statusChanged() {
    if (listener == null) {
      changedEarly = true;
    } else {
      listener.statusChanged();
    }
  }

  @Override
  public void happened(MirrorEvent event) {
    tell(told -> told.happened(event));
  }

  @Override
  public void waitForgotten(String what) {
    tell(told -> told.waitForgotten(what));
  }

  private void tell(Consumer<MirrorListener> word) {
    if (listener == null) {
      early.add(word);
    } else {
      word.accept(listener);
    }
  }

  @Override
  public void decided(Plan plan) {
    listener().decided(plan);
  }

  @Override
  public void becamePrimary() {
    listener().becamePrimary();
  }

  @Override
  public void leavingPrimary(Runnable released) {
    listener().leavingPrimary(released);
  }

  @Override
  public void replicaChanged(BlockRange range) {
    listener().replicaChanged(range);
  }

  @Override
  public void peerEnds() {
    listener().peerEnds();
  }
}
