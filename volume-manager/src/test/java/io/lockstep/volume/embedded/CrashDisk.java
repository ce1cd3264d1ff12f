package io.lockstep.volume.embedded;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/// A sparse disk that writes down what happens to it, so that every crash can be tried: any set of
/// the sectors written since the last flush may have reached the platter, whatever their order.
final class CrashDisk implements BlockDevice {
  private static final int SECTOR_BYTES = 512;

  /// What happened, in order.
  sealed interface Event {
    /// A sector was written; what a crash may take or leave.
    @SuppressWarnings("ArrayRecordComponent") // never changed
    record Sector(long number, byte[] bytes) implements Event {}

    /// A run was made zero; taken or left as a whole.
    record Zeroes(long firstNumber, long count) implements Event {}

    record Flush() implements Event {}
  }

  private final Loop loop;
  private final BlockLimits limits;
  private final NavigableMap<Long, byte[]> sectors;
  private final List<Event> events = new ArrayList<>();

  /// From how many operations on every one fails; tests set it.
  private long operationsLeft = Long.MAX_VALUE;

  CrashDisk(Loop loop, long sizeBytes, Map<Long, byte[]> content) {
    this.loop = loop;
    this.limits = new BlockLimits(sizeBytes, 512, 4096, 1 << 20, 1, true, true);
    this.sectors = new TreeMap<>(content);
  }

  /// A disk as it is after a crash.
  ///
  /// @param before the content when the history began
  /// @param history what happened up to the crash
  /// @param survivors which of the events after its last flush reached the platter
  static CrashDisk crashed(CrashDisk before, List<Event> history, List<Event> survivors) {
    CrashDisk disk = new CrashDisk(before.loop, before.limits.sizeBytes(), before.sectors);
    int stable = history.lastIndexOf(new Event.Flush()) + 1;
    history.subList(0, stable).forEach(disk::apply);
    survivors.forEach(disk::apply);
    return disk;
  }

  /// The events that a crash may take or leave.
  static List<Event> unstable(List<Event> history) {
    return history.subList(history.lastIndexOf(new Event.Flush()) + 1, history.size());
  }

  static List<Event> chosen(List<Event> events, BitSet indexes) {
    return indexes.stream().mapToObj(events::get).toList();
  }

  List<Event> events() {
    return events;
  }

  CrashDisk copy() {
    return new CrashDisk(loop, limits.sizeBytes(), sectors);
  }

  Map<Long, byte[]> content() {
    return sectors;
  }

  void failAfter(long operations) {
    operationsLeft = operations;
  }

  private void apply(Event event) {
    switch (event) {
      case Event.Sector(long number, byte[] bytes) -> sectors.put(number, bytes);
      case Event.Zeroes(long first, long count) -> sectors.subMap(first, first + count).clear();
      case Event.Flush() -> {}
    }
  }

  private void happen(Event event) {
    events.add(event);
    apply(event);
  }

  @Override
  public BlockLimits limits() {
    return limits;
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    check(offset, target.remaining());
    later(
        completion,
        () -> {
          int start = target.position();
          target.put(start, new byte[target.remaining()]);
          long first = offset / SECTOR_BYTES;
          long end = first + target.remaining() / SECTOR_BYTES;
          sectors
              .subMap(first, end)
              .forEach(
                  (number, bytes) ->
                      target.put(start + (int) (number - first) * SECTOR_BYTES, bytes));
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    check(offset, source.remaining());
    later(
        completion,
        () -> {
          for (int done = 0; done < source.remaining(); done += SECTOR_BYTES) {
            byte[] bytes = new byte[SECTOR_BYTES];
            source.get(source.position() + done, bytes);
            happen(new Event.Sector((offset + done) / SECTOR_BYTES, bytes));
          }
        });
  }

  @Override
  public void flush(Completion completion) {
    later(completion, () -> happen(new Event.Flush()));
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    writeZeroes(offset, length, durability, completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    check(offset, length);
    later(completion, () -> happen(new Event.Zeroes(offset / SECTOR_BYTES, length / SECTOR_BYTES)));
  }

  @Override
  public void close(Completion completion) {
    loop.execute(() -> completion.completed(IoResult.OK));
  }

  private void later(Completion completion, Runnable effect) {
    loop.execute(
        () -> {
          if (operationsLeft == 0) {
            completion.completed(IoResult.mediumError("planted"));
            return;
          }
          operationsLeft--;
          effect.run();
          completion.completed(IoResult.OK);
        });
  }

  private void check(long offset, long length) {
    Check.that(limits.contains(offset, length), "range inside the disk", offset, length);
  }
}
