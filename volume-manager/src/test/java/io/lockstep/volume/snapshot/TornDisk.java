package io.lockstep.volume.snapshot;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockLimits;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// A disk that takes a different time for each operation and can lose power: what was written since
/// the last flush survives sector by sector or not, whatever its order; a FUA write survives.
/// Overlapping writes take effect in the order of the calls, as above a mirror.
final class TornDisk implements BlockDevice {
  static final int SECTOR_BYTES = 512;

  private final VirtualLoop loop;
  private final SplittableRandom random;
  private final byte[] content;

  /// What lay on the disk before all that [#history] holds.
  private final byte[] base;

  /// What was written, in order, from the first on that is not stable.
  private final List<Written> history = new ArrayList<>();

  private boolean poweredOff;

  /// Operations until every change fails with a medium error; tests set it.
  private long changesLeft = Long.MAX_VALUE;

  private static final class Written {
    private final int offset;
    private final byte[] bytes;
    private boolean stable;

    Written(int offset, byte[] bytes) {
      this.offset = offset;
      this.bytes = bytes;
    }
  }

  TornDisk(VirtualLoop loop, SplittableRandom random, byte[] content) {
    this.loop = loop;
    this.random = random;
    this.content = content.clone();
    this.base = content.clone();
  }

  /// The power goes: nothing more happens, nobody is told.
  ///
  /// @return what lies on the disk
  byte[] cutPower() {
    poweredOff = true;
    for (Written written : history) {
      for (int at = 0; at < written.bytes.length; at += SECTOR_BYTES) {
        if (written.stable || random.nextBoolean()) {
          System.arraycopy(written.bytes, at, base, written.offset + at, SECTOR_BYTES);
        }
      }
    }
    return base.clone();
  }

  void failChangesAfter(long count) {
    changesLeft = count;
  }

  @Override
  public BlockLimits limits() {
    return new BlockLimits(content.length, SECTOR_BYTES, 4096, 128 << 10, 4096, true, true);
  }

  @Override
  public void read(long offset, ByteBuffer target, Completion completion) {
    Check.that(limits().contains(offset, target.remaining()), "inside the disk");
    Check.that(target.alignmentOffset(target.position(), 4096) == 0, "an aligned buffer");
    later(
        completion,
        () -> {
          target.put(target.position(), content, (int) offset, target.remaining());
          return IoResult.OK;
        });
  }

  @Override
  public void write(long offset, ByteBuffer source, Durability durability, Completion completion) {
    Check.that(limits().contains(offset, source.remaining()), "inside the disk");
    Check.that(source.alignmentOffset(source.position(), 4096) == 0, "an aligned buffer");
    byte[] bytes = new byte[source.remaining()];
    source.get(source.position(), bytes);
    change(new Written((int) offset, bytes), durability, completion);
  }

  @Override
  public void writeZeroes(long offset, long length, Durability durability, Completion completion) {
    Check.that(limits().contains(offset, length), "inside the disk", offset, length);
    change(new Written((int) offset, new byte[(int) length]), durability, completion);
  }

  @Override
  public void discard(long offset, long length, Durability durability, Completion completion) {
    writeZeroes(offset, length, durability, completion);
  }

  /// Takes effect at once, in the order of the calls, and is told later.
  private void change(Written written, Durability durability, Completion completion) {
    if (poweredOff) {
      return;
    }
    if (changesLeft == 0) {
      later(completion, () -> IoResult.mediumError("planted"));
      return;
    }
    changesLeft--;
    System.arraycopy(written.bytes, 0, content, written.offset, written.bytes.length);
    history.add(written);
    later(
        completion,
        () -> {
          settle(durability == Durability.FUA ? List.of(written) : List.of());
          return IoResult.OK;
        });
  }

  @Override
  public void flush(Completion completion) {
    List<Written> covered = List.copyOf(history);
    later(
        completion,
        () -> {
          settle(covered);
          return IoResult.OK;
        });
  }

  private void settle(List<Written> settled) {
    settled.forEach(written -> written.stable = true);
    while (!history.isEmpty() && history.getFirst().stable) {
      Written first = history.removeFirst();
      System.arraycopy(first.bytes, 0, base, first.offset, first.bytes.length);
    }
  }

  @Override
  public void close(Completion completion) {
    later(completion, () -> IoResult.OK);
  }

  private interface Effect {
    IoResult happens();
  }

  private void later(Completion completion, Effect effect) {
    loop.schedule(
        () -> {
          if (!poweredOff) {
            completion.completed(effect.happens());
          }
        },
        1 + random.nextInt(1000));
  }
}
