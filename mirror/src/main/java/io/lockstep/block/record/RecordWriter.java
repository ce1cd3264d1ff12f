package io.lockstep.block.record;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.List;

/// Writes batches and new logs, one at a time, each stable when it is done.
///
/// - *Append*: the batch to both copies → flush.
/// - *New log* (the present one is full, or not clean): a snapshot of all records as batch 0 of the
///   other log, both copies → flush → both headers with the next generation → flush. Until the
///   last flush the present log is untouched and in force.
final class RecordWriter {
  /// Changes taken into one batch; one more may exceed it.
  static final int BATCH_BYTES_MAX = 256 << 10;

  private final RecordRegion region;
  private final BufferPool pool;

  /// The log in force; generation 0 = none was ever written.
  private int half;

  private long generation;
  private long nextNumber;
  private int end;

  /// The write in progress: parts not ended, the first failure, and what comes then.
  private int partsLeft;

  private IoResult outcome = IoResult.OK;

  RecordWriter(RecordRegion region, BufferPool pool) {
    this.region = region;
    this.pool = pool;
    this.half = 1;
    this.end = region.areaBytes();
  }

  void continueAfter(RecordLoader.Loaded found) {
    half = found.half();
    generation = found.generation();
    nextNumber = found.log().nextNumber();
    end = found.log().end();
  }

  /// Behind the last batch that is stable, or was read.
  RecordPosition position() {
    return new RecordPosition(generation, nextNumber);
  }

  /// The most bytes of changes that a snapshot can hold.
  long changeBytesMax() {
    long most = region.areaBytes() - 2L * RecordFormat.BLOCK_BYTES;
    Check.that(
        RecordFormat.batchBytes(most) <= region.areaBytes() - RecordFormat.BLOCK_BYTES,
        "a full snapshot fits");
    return most;
  }

  boolean hasRoom(long changeBytes) {
    return RecordFormat.batchBytes(changeBytes) <= region.areaBytes() - end;
  }

  void append(List<RecordChange> changes, Completion done) {
    ByteBuffer batch = encode(changes, generation, nextNumber);
    int bytes = batch.remaining();
    writeCopies(
        half,
        end,
        batch,
        written -> {
          pool.giveBack(batch);
          if (!written.isOk()) {
            done.completed(written);
            return;
          }
          flush(
              () -> {
                nextNumber++;
                end += bytes;
              },
              done);
        });
  }

  void startNewLog(List<RecordChange> snapshot, Completion done) {
    int other = 1 - half;
    ByteBuffer batch = encode(snapshot, generation + 1, 0);
    int bytes = batch.remaining();
    Completion stable =
        result -> {
          if (result.isOk()) {
            writeHeaders(other, RecordFormat.BLOCK_BYTES + bytes, done);
          } else {
            done.completed(result);
          }
        };
    writeCopies(
        other,
        RecordFormat.BLOCK_BYTES,
        batch,
        written -> {
          pool.giveBack(batch);
          if (written.isOk()) {
            flush(() -> {}, stable);
          } else {
            done.completed(written);
          }
        });
  }

  private void writeHeaders(int other, int newEnd, Completion done) {
    ByteBuffer headers = pool.borrow(RecordFormat.COPIES * RecordFormat.BLOCK_BYTES);
    outcome = IoResult.OK;
    Completion written =
        result -> {
          pool.giveBack(headers);
          if (!result.isOk()) {
            done.completed(result);
            return;
          }
          flush(
              () -> {
                half = other;
                generation++;
                nextNumber = 1;
                end = newEnd;
              },
              done);
        };
    for (int copy = 0; copy < RecordFormat.COPIES; copy++) {
      int area = other * RecordFormat.COPIES + copy;
      ByteBuffer header = headers.slice(copy * RecordFormat.BLOCK_BYTES, RecordFormat.BLOCK_BYTES);
      RecordFormat.encodeHeader(header, area, generation + 1, region.areaBytes());
      writePart(region.areaOffset(area), header, written);
    }
  }

  private ByteBuffer encode(List<RecordChange> changes, long ofGeneration, long number) {
    long changeBytes = changes.stream().mapToLong(RecordFormat::changeBytes).sum();
    ByteBuffer batch = pool.borrow((int) RecordFormat.batchBytes(changeBytes));
    RecordFormat.encodeBatch(batch, ofGeneration, number, changes);
    return batch;
  }

  /// Writes `bytes` at a place of both copies of a log.
  private void writeCopies(int toHalf, int at, ByteBuffer bytes, Completion done) {
    int length = bytes.remaining();
    int partMax = region.device().limits().transferBytesMax();
    outcome = IoResult.OK;
    for (int copy = 0; copy < RecordFormat.COPIES; copy++) {
      long offset = region.areaOffset(toHalf * RecordFormat.COPIES + copy) + at;
      for (int from = 0; from < length; from += partMax) {
        ByteBuffer part = bytes.slice(from, Math.min(partMax, length - from));
        writePart(offset + from, part, done);
      }
    }
  }

  /// Writes one of the parts that are started together; after the last of them `done` gets the
  /// outcome of all.
  private void writePart(long offset, ByteBuffer part, Completion done) {
    partsLeft++;
    region
        .device()
        .write(
            offset,
            part,
            Durability.WRITE_BACK,
            result -> {
              outcome = outcome.isOk() ? result : outcome;
              if (--partsLeft == 0) {
                done.completed(outcome);
              }
            });
  }

  private void flush(Runnable thenOk, Completion done) {
    region
        .device()
        .flush(
            result -> {
              if (result.isOk()) {
                thenOk.run();
              }
              done.completed(result);
            });
  }
}
