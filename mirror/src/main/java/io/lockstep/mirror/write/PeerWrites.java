package io.lockstep.mirror.write;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.mirror.copy.LocalCopy;
import io.lockstep.mirror.link.MirrorListener;
import io.lockstep.mirror.link.Outside;
import io.lockstep.mirror.link.PeerConnection;
import io.lockstep.mirror.link.PeerSession;
import io.lockstep.mirror.link.Waits;
import io.lockstep.mirror.wire.Frame;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The Primary's writes on the Secondary's disk.
///
/// Writes run side by side: one that depends on another is sent after that one was acknowledged
/// (I8). A *step* (end of a resync batch, change of state) waits until all that came before it is
/// written, holds back all that comes after it, and often flushes: so state changes stand where the
/// Primary put them in the stream. A flush barrier holds back nothing, see [PeerBarriers].
///
/// What is under way when the link is lost is finished; no new connection is made use of before
/// that, so that nothing old overtakes anything new. Belongs to the mirror's loop.
public final class PeerWrites {
  /// Frames that may wait behind a step; the Primary's own limit on writes in flight is lower.
  static final int HELD_MAX = 16_384;

  private final BufferPool pool;
  private final LocalCopy copy;
  private final PeerConnection connection;
  private final MirrorListener listener;
  private final Waits waits;
  private final PeerBarriers barriers;
  private final ArrayDeque<Held> held = new ArrayDeque<>();
  private final ArrayDeque<Write> spare = new ArrayDeque<>();
  private int underWay;
  private boolean stepUnderWay;

  /// Of the step that is under way, or of the last one.
  private long stepNumber;

  private boolean pumping;
  private @Nullable Step nextStep;

  public PeerWrites(Outside outside, LocalCopy copy, PeerConnection connection) {
    this.pool = outside.pool();
    this.copy = copy;
    this.connection = connection;
    this.listener = outside.listener();
    this.waits = outside.waits();
    this.barriers = new PeerBarriers(copy, connection, waits);
  }

  /// Writes to the local disk what a Data, Zeroes, ResyncData or ResyncZeroes frame says, in its
  /// turn; a payload goes back to the pool.
  public void write(Frame.Writing frame) {
    inTurn(new Held.Write(frame));
  }

  /// Answers for `epoch` once everything before it is written and flushed.
  public void barrier(long epoch) {
    inTurn(new Held.Barrier(epoch));
  }

  /// Begins `step` once everything before it is written; what follows waits for its end.
  public void step(Step step) {
    inTurn(new Held.Step(step));
  }

  /// Like [#step], with a flush of the local disk before it.
  public void flushedStep(Step step) {
    step(
        end -> {
          if (!copy.disk().limits().volatileCache()) {
            step.begin(end);
            return;
          }
          copy.disk()
              .flush(
                  result -> {
                    if (result.isOk()) {
                      step.begin(end);
                    } else {
                      copy.fail(result);
                      end.run();
                    }
                  });
        });
  }

  /// What stands at one place in the stream of writes.
  @FunctionalInterface
  public interface Step {
    /// @param end run once, now or later, when what follows may go on
    void begin(Runnable end);
  }

  /// The link is lost: forgets what waits.
  public void drop() {
    for (Held one : held) {
      if (one instanceof Held.Write(Frame.Writing frame)) {
        connection.discard(frame);
      }
    }
    held.clear();
    barriers.drop();
    nextStep = null;
    pump();
  }

  /// Whether nothing is under way or waiting.
  public boolean isIdle() {
    return isDrained() && barriers.isIdle();
  }

  /// Whether nothing is under way or waiting that changes the disk: all but flushes.
  public boolean isDrained() {
    return underWay == 0 && !stepUnderWay && nextStep == null && held.isEmpty();
  }

  private void inTurn(Held one) {
    if (nextStep == null && !stepUnderWay && held.isEmpty()) {
      begin(one);
    } else if (held.size() < HELD_MAX) {
      held.add(one);
    } else {
      if (one instanceof Held.Write(Frame.Writing frame)) {
        connection.discard(frame);
      }
      connection.drop("the peer sent more than " + HELD_MAX + " frames ahead");
    }
  }

  private void begin(Held one) {
    switch (one) {
      case Held.Write(Frame.Writing frame) -> start(frame);
      case Held.Barrier(long epoch) -> barriers.add(epoch, underWay);
      case Held.Step(Step step) -> {
        Check.that(nextStep == null && !stepUnderWay, "one step at a time");
        nextStep = step;
        pump();
      }
    }
  }

  private void start(Frame.Writing frame) {
    if (copy.isFailed()) {
      connection.discard(frame);
      return;
    }
    switch (frame) {
      case Frame.Data data -> start(data);
      case Frame.Zeroes zeroes -> start(zeroes);
      case Frame.ResyncData data -> start(data);
      case Frame.ResyncZeroes zeroes -> start(zeroes);
    }
  }

  private void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    advance();
    pumping = false;
    if (isDrained()) {
      waits.look();
    }
  }

  private void advance() {
    while (true) {
      Step step = nextStep;
      if (stepUnderWay || (step != null && underWay > 0)) {
        return;
      }
      if (step != null) {
        nextStep = null;
        begin(step);
      } else if (!held.isEmpty()) {
        begin(held.remove());
      } else {
        return;
      }
    }
  }

  private void begin(Step step) {
    long mine = ++stepNumber;
    stepUnderWay = true;
    step.begin(
        () -> {
          Check.that(stepUnderWay && mine == stepNumber, "a step ends once", mine, stepNumber);
          stepUnderWay = false;
          pump();
        });
  }

  private void start(Frame.Data data) {
    Write write = take(data.sequence(), data.offset(), data.payload().remaining());
    write.buffer = data.payload();
    Durability durability = data.fua() ? Durability.FUA : Durability.WRITE_BACK;
    copy.disk().write(copy.replicatedOffset() + data.offset(), data.payload(), durability, write);
  }

  private void start(Frame.Zeroes zeroes) {
    Write write = take(zeroes.sequence(), zeroes.offset(), zeroes.length());
    long at = copy.replicatedOffset() + zeroes.offset();
    Durability durability = zeroes.fua() ? Durability.FUA : Durability.WRITE_BACK;
    if (zeroes.discard() && copy.disk().limits().discardZeroes()) {
      copy.disk().discard(at, zeroes.length(), durability, write);
    } else {
      copy.disk().writeZeroes(at, zeroes.length(), durability, write);
    }
  }

  private void start(Frame.ResyncData data) {
    Write write = take(data.sequence(), data.offset(), data.payload().remaining());
    write.buffer = data.payload();
    write.resync = true;
    long at = copy.replicatedOffset() + data.offset();
    copy.disk().write(at, data.payload(), Durability.WRITE_BACK, write);
  }

  private void start(Frame.ResyncZeroes zeroes) {
    Write write = take(zeroes.sequence(), zeroes.offset(), zeroes.length());
    write.resync = true;
    long at = copy.replicatedOffset() + zeroes.offset();
    copy.disk().writeZeroes(at, zeroes.length(), Durability.WRITE_BACK, write);
  }

  private Write take(long sequence, long offset, long length) {
    Write write = spare.isEmpty() ? new Write() : spare.removeLast();
    write.sequence = sequence;
    write.offset = offset;
    write.length = length;
    write.resync = false;
    write.session = connection.session();
    write.barrierNumber = barriers.number();
    underWay++;
    return write;
  }

  /// Data has come where some was lost: its record goes before the write is acknowledged.
  private void written(Write write, IoResult result) {
    if (result.isOk() && !write.resync && copy.lost().touches(write.offset, write.length)) {
      copy.lost().written(write.offset, write.length, stable -> ended(write, stable));
    } else {
      ended(write, result);
    }
  }

  private void ended(Write write, IoResult result) {
    underWay--;
    if (write.buffer != null) {
      pool.giveBack(write.buffer);
      write.buffer = null;
    }
    PeerSession session = Check.present(write.session, "a link that it came on");
    if (!copy.isFailed()) { // A failed disk is out of the set: no word counts.
      session.send(answer(write, result));
    }
    if (!result.isOk()) {
      copy.fail(result);
    }
    if (write.offset < copy.controlBytes()) {
      listener.replicaChanged(new BlockRange(write.offset, write.length));
    }
    barriers.writeEnded(write.barrierNumber);
    spare.add(write);
    pump();
  }

  private static Frame answer(Write write, IoResult result) {
    if (!result.isOk()) {
      return new Frame.NegAck(write.sequence, result.detail());
    }
    return write.resync ? new Frame.ResyncAck(write.sequence) : new Frame.WriteAck(write.sequence);
  }

  /// What waits for its turn.
  private sealed interface Held {
    record Write(Frame.Writing frame) implements Held {}

    record Barrier(long epoch) implements Held {}

    record Step(PeerWrites.Step step) implements Held {}
  }

  /// One write under way; its own callback.
  private final class Write implements Completion {
    private long sequence;
    private long offset;
    private long length;
    private @Nullable PeerSession session;
    private long barrierNumber;
    private boolean resync;
    private @Nullable ByteBuffer buffer;

    @Override
    public void completed(IoResult result) {
      written(this, result);
    }
  }
}
