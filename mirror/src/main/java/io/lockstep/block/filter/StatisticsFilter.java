package io.lockstep.block.filter;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.UnderWay;
import java.nio.ByteBuffer;

/// Counts what passes: operations, bytes, failures, and what is in flight. Belongs to the loop.
public final class StatisticsFilter implements BlockDevice {
  private final BlockDevice next;
  private final UnderWay underWay = new UnderWay();
  private long reads;
  private long readBytes;
  private long writes;
  private long writtenBytes;
  private long fuaWrites;
  private long flushes;
  private long discards;
  private long zeroes;
  private long failures;
  private int underWayMost;

  public StatisticsFilter(BlockDevice next) {
    this.next = next;
  }

  /// The counts at one moment.
  ///
  /// @param fuaWrites how many of `writes` were durable
  /// @param inFlight operations begun and not ended
  /// @param inFlightMost the most there ever were
  public record Counts(
      long reads,
      long readBytes,
      long writes,
      long writtenBytes,
      long fuaWrites,
      long flushes,
      long discards,
      long zeroes,
      long failures,
      int inFlight,
      int inFlightMost) {}

  public Counts counts() {
    return new Counts(
        reads,
        readBytes,
        writes,
        writtenBytes,
        fuaWrites,
        flushes,
        discards,
        zeroes,
        failures,
        underWay.count(),
        underWayMost);
  }

  @Override
  public BlockLimits limits() {
    return next.limits();
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    reads++;
    readBytes += target.remaining();
    next.read(offset, target, counted(completion));
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    writes++;
    writtenBytes += source.remaining();
    fuaWrites += durability == Durability.FUA ? 1 : 0;
    next.write(offset, source, durability, counted(completion));
  }

  @Override
  public void flush(Completion completion) {
    flushes++;
    next.flush(counted(completion));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    discards++;
    next.discard(offset, length, durability, counted(completion));
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    zeroes++;
    next.writeZeroes(offset, length, durability, counted(completion));
  }

  @Override
  public void close(Completion completion) {
    next.close(completion);
  }

  private Completion counted(Completion completion) {
    Completion counted =
        underWay.counted(
            result -> {
              failures += result.isOk() ? 0 : 1;
              completion.completed(result);
            });
    underWayMost = Math.max(underWayMost, underWay.count());
    return counted;
  }
}
