package io.lockstep.mirror.write;

import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.mirror.copy.Ledger;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.Ballot;
import io.lockstep.mirror.link.Environment;
import io.lockstep.mirror.link.Notices;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.Side;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.state.Generations;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.NodeIdentity;
import java.util.function.LongSupplier;

/// Makes this node's data a new generation before the first write is acknowledged without the peer
/// (I4). Once for each time that the peer may stand on the same generation: after becoming Primary,
/// after being in sync, and after a resync's end was announced (the peer may have adopted our
/// generation even if its answer was lost). Belongs to the mirror's loop.
public final class AloneGeneration {
  /// After how long is asked again what the witness has not agreed to.
  static final long RETRY_NANOS = 1_000_000_000L;

  private final Loop loop;
  private final Waits waits;
  private final NodeIdentity identity;
  private final Ledger ledger;
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final LongSupplier dice;
  private final Witness witness;
  private final Notices notices;
  private Runnable durable = () -> {};
  private boolean alone;
  private boolean rotating;

  /// The witness has not agreed, and is not asked again yet.
  private boolean denied;

  /// Why hosts' writes are held back, as it was told; empty while they are not.
  private String heldBack = "";

  /// The peer may hold our current generation as its own, while our bitmap generation still stands.
  private boolean announced;

  public AloneGeneration(Outside outside, Side side, Environment environment) {
    this.loop = outside.loop();
    this.waits = outside.waits();
    this.identity = side.identity();
    this.ledger = side.ledger();
    this.copy = side.copy();
    this.connection = side.connection();
    this.dice = environment.dice();
    this.witness = environment.witness();
    this.notices = outside.notices();
  }

  /// Whether writes may be acknowledged on the word of this disk only.
  boolean isAlone() {
    return alone;
  }

  /// The peer may stand on our current generation from now on.
  public void sharedWithPeer() {
    alone = false;
    announced = false;
    released("the other node has them");
  }

  /// This node begins to serve: whatever it writes alone from now on is a generation of its own.
  public void becamePrimary() {
    alone = false;
    heldBack = "";
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

  /// `listener` is told when a new generation is durable, or cannot be, or may be asked for again.
  public void whenDurable(Runnable listener) {
    durable = listener;
  }

  /// Begins a new generation; whoever waits for it is told ([#whenDurable]). The witness agrees
  /// first: nothing on the disk says that this node has gone on alone before it may.
  public void startAlone() {
    if (alone || rotating || denied || copy.isFailed()) {
      return;
    }
    rotating = true;
    connection.ownStateChanges("a new generation begins");
    long fresh = ledger.freshGeneration(dice);
    var question = new Witness.Question.GoOnAlone(identity.nodeId(), ledger.term(), fresh);
    Ballot.cast(loop, witness, question, answer -> voted(answer, fresh));
  }

  private void released(String why) {
    if (!heldBack.isEmpty()) {
      heldBack = "";
      notices.happened(new MirrorEvent.WritesReleased(why));
    }
  }

  private void voted(Witness.Answer answer, long fresh) {
    switch (answer) {
      case Witness.Answer.Yes() -> flush(fresh);
      case Witness.Answer.No(String why) -> deny("the witness does not agree: " + why);
      case Witness.Answer.Unknown(String why) -> deny(why);
    }
  }

  /// What waits is not acknowledged; it asks again after a while, unless the peer has it by then.
  private void deny(String why) {
    rotating = false;
    denied = true;
    waits.look();
    if (!why.equals(heldBack)) {
      heldBack = why;
      notices.happened(new MirrorEvent.WritesHeld(why));
    }
    loop.schedule(
        () -> {
          denied = false;
          durable.run();
        },
        RETRY_NANOS);
  }

  /// The flush comes first: who meets the generation takes this disk for one that has all of the
  /// older one, and its record may outlive a power cut that what was written before does not.
  private void flush(long fresh) {
    if (!copy.disk().limits().volatileCache()) {
      rotate(fresh);
      return;
    }
    copy.disk()
        .flush(
            result -> {
              if (result.isOk()) {
                rotate(fresh);
              } else {
                rotated(result);
              }
            });
  }

  private void rotate(long fresh) {
    boolean retireFirst = announced;
    ledger.update(
        entry -> {
          Generations now = entry.generations();
          return entry.withGenerations((retireFirst ? now.retired() : now).rotated(fresh));
        },
        this::rotated);
  }

  private void rotated(IoResult result) {
    rotating = false;
    waits.look();
    if (!result.isOk()) {
      copy.fail(result);
      durable.run();
      return;
    }
    alone = true;
    announced = false;
    released("this node goes on alone");
    notices.changed();
    durable.run();
  }
}
