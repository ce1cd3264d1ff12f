package io.lockstep.mirror.write;

import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.state.Generations;
import java.util.function.LongSupplier;

/// Makes this node's data a new generation before the first write is acknowledged without the peer
/// (I4). Once for each time that the peer may stand on the same generation: after becoming Primary,
/// after being in sync, and after a resync's end was announced (the peer may have adopted our
/// generation even if its answer was lost). Belongs to the mirror's loop.
public final class AloneGeneration {
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final LongSupplier dice;
  private final Notices notices;
  private Runnable durable = () -> {};
  private boolean alone;
  private boolean rotating;

  /// The peer may hold our current generation as its own, while our bitmap generation still stands.
  private boolean announced;

  public AloneGeneration(
      LocalCopy copy, PeerConnection connection, LongSupplier dice, Notices notices) {
    this.copy = copy;
    this.connection = connection;
    this.dice = dice;
    this.notices = notices;
  }

  /// Whether writes may be acknowledged on the word of this disk only.
  boolean isAlone() {
    return alone;
  }

  /// The peer may stand on our current generation from now on.
  public void sharedWithPeer() {
    alone = false;
    announced = false;
  }

  /// This node begins to serve: whatever it writes alone from now on is a generation of its own.
  public void becamePrimary() {
    alone = false;
  }

  /// The peer was told that the resync has ended and may have adopted our current generation.
  public void announced() {
    alone = false;
    announced = true;
  }

  /// Whether a new generation is on its way.
  public boolean isRotating() {
    return rotating;
  }

  /// `listener` is told when a new generation is durable, or cannot be.
  public void whenDurable(Runnable listener) {
    durable = listener;
  }

  /// Begins a new generation; whoever waits for it is told ([#whenDurable]). The flush comes first:
  /// who meets the generation takes this disk for one that has all of the older one, and its record
  /// may outlive a power cut that what was written before does not.
  public void startAlone() {
    if (alone || rotating || copy.isFailed()) {
      return;
    }
    rotating = true;
    connection.ownStateChanges("a new generation begins");
    if (!copy.disk().limits().volatileCache()) {
      rotate();
      return;
    }
    copy.disk()
        .flush(
            result -> {
              if (result.isOk()) {
                rotate();
              } else {
                rotated(result);
              }
            });
  }

  private void rotate() {
    long fresh = copy.freshGeneration(dice);
    boolean retireFirst = announced;
    copy.metadata()
        .update(
            superblock -> {
              Generations now = superblock.generations();
              return superblock.withGenerations((retireFirst ? now.retired() : now).rotated(fresh));
            },
            this::rotated);
  }

  private void rotated(IoResult result) {
    rotating = false;
    if (!result.isOk()) {
      copy.fail(result);
      durable.run();
      return;
    }
    alone = true;
    announced = false;
    notices.changed();
    durable.run();
  }
}
