package io.lockstep.world;

import io.lockstep.block.BlockRange;
import io.lockstep.block.Check;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Plan;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands a mirror's events to the life that is made once the mirror is open.
final class Ears implements MirrorListener {
  @Nullable NodeLife life;

  private NodeLife life() {
    return Check.present(life, "the mirror says nothing before it is open");
  }

  @Override
  public void statusChanged() {
    if (life != null) {
      life.statusChanged();
    }
  }

  @Override
  public void happened(MirrorEvent event) {
    if (life != null) {
      life.happened(event);
    }
  }

  @Override
  public void decided(Plan plan) {
    life().decided(plan);
  }

  @Override
  public void becamePrimary() {
    life().becamePrimary();
  }

  @Override
  public void leavingPrimary(Runnable released) {
    life().leavingPrimary(released);
  }

  @Override
  public void replicaChanged(BlockRange range) {
    life().replicaChanged(range);
  }

  @Override
  public void controlRequest(byte[] request, Consumer<byte[]> reply) {
    life().controlRequest(request, reply);
  }

  @Override
  public void peerReport(byte[] report) {
    life().peerReport(report);
  }

  @Override
  public void peerEnds() {
    life().peerEnds();
  }
}
