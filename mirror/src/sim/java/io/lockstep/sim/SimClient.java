package io.lockstep.sim;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/// The initiator of the simulation: writes stamped sectors, remembers what it was promised, and
/// checks every read against it. Writes of one sector are not issued side by side more than the
/// register can tell apart; overlapping writes happen on purpose.
final class SimClient {
  private static final int SECTOR = 512;
  private static final int BLOCKS_MAX = 16;

  private final SplittableRandom random;
  private final long sizeBytes;
  private final int blockBytes;
  private final Register[] registers;
  private final LinkedHashSet<Register.Entry> unflushed = new LinkedHashSet<>();
  private final IntSupplier holders;
  private long clock;
  private long nextStamp = 1;
  private int open;
  private int life;
  long acknowledgedWrites;
  long flushes;

  /// @param holders the nodes that hold a write acknowledged now, as a bit set
  SimClient(SplittableRandom random, long sizeBytes, int blockBytes, IntSupplier holders) {
    this.random = random;
    this.sizeBytes = sizeBytes;
    this.blockBytes = blockBytes;
    this.holders = holders;
    this.registers = new Register[(int) (sizeBytes / SECTOR)];
  }

  int openOperations() {
    return open;
  }

  /// The node that served has died: no answer comes any more; what was open may have happened.
  void serverDied() {
    life++;
    open = 0;
  }

  /// A node has gone down: what it alone held, unflushed, is no longer promised (I1).
  void crashed(int node) {
    for (Register register : registers) {
      if (register != null) {
        register.crashed(node);
      }
    }
  }

  /// One random operation on the device that serves now.
  void operate(BlockDevice device) {
    int dice = random.nextInt(100);
    if (dice < 60) {
      write(device);
    } else if (dice < 70) {
      erase(device);
    } else if (dice < 85) {
      read(device);
    } else {
      flush(device);
    }
  }

  private long offset(long length) {
    // Few places, so that blocks are hit again and again; in all extents, so that the log turns.
    long places = 12;
    long place = random.nextLong(places) * (sizeBytes / places) / blockBytes * blockBytes;
    long offset = place + random.nextLong(24) * blockBytes;
    return Math.min(offset, sizeBytes - length) / blockBytes * blockBytes;
  }

  private void write(BlockDevice device) {
    int length = (1 + random.nextInt(BLOCKS_MAX)) * blockBytes;
    long offset = offset(length);
    long stamp = nextStamp++;
    ByteBuffer buffer = BufferPool.allocate(length);
    for (int at = 0; at < length; at += Long.BYTES) {
      buffer.putLong(at, stamp);
    }
    boolean fua = random.nextInt(8) == 0;
    List<Register.Entry> entries = begin(offset, length, stamp);
    int now = life;
    open++;
    device.write(
        offset,
        buffer,
        fua ? Durability.FUA : Durability.WRITE_BACK,
        result -> acknowledged(result, entries, fua, now));
  }

  private void erase(BlockDevice device) {
    boolean discard = random.nextBoolean();
    int length =
        random.nextInt(10) == 0
            ? (int) Math.min(5 << 20, sizeBytes)
            : (1 + random.nextInt(BLOCKS_MAX)) * blockBytes;
    long offset = offset(length);
    List<Register.Entry> entries = begin(offset, length, 0);
    int now = life;
    open++;
    if (discard) {
      device.discard(offset, length, result -> acknowledged(result, entries, false, now));
    } else {
      device.writeZeroes(
          offset,
          length,
          Durability.WRITE_BACK,
          result -> acknowledged(result, entries, false, now));
    }
  }

  private List<Register.Entry> begin(long offset, long length, long stamp) {
    long now = ++clock;
    var entries = new ArrayList<Register.Entry>();
    for (int sector = (int) (offset / SECTOR); sector < (offset + length) / SECTOR; sector++) {
      if (registers[sector] == null) {
        registers[sector] = new Register();
      }
      entries.add(registers[sector].begin(stamp, now));
    }
    return entries;
  }

  private void acknowledged(IoResult result, List<Register.Entry> entries, boolean fua, int when) {
    if (when != life) {
      return;
    }
    open--;
    if (!result.isOk()) {
      return;
    }
    acknowledgedWrites++;
    long now = ++clock;
    int held = holders.getAsInt();
    for (Register.Entry entry : entries) {
      entry.acknowledged = now;
      entry.holders = held;
      entry.stable = fua;
    }
    if (!fua) {
      unflushed.addAll(entries);
    }
  }

  private void flush(BlockDevice device) {
    int now = life;
    var covered = new ArrayList<>(unflushed);
    open++;
    device.flush(
        result -> {
          if (now != life) {
            return;
          }
          open--;
          if (result.isOk()) {
            flushes++;
            covered.forEach(entry -> entry.stable = entry.stable || entry.holders != 0);
            covered.forEach(unflushed::remove);
          }
        });
  }

  private void read(BlockDevice device) {
    int length = (1 + random.nextInt(BLOCKS_MAX)) * blockBytes;
    long offset = offset(length);
    if (isBeingWritten(offset, length)) {
      return;
    }
    ByteBuffer buffer = BufferPool.allocate(length);
    int now = life;
    long began = ++clock;
    open++;
    device.read(
        offset,
        buffer,
        result -> {
          if (now != life) {
            return;
          }
          open--;
          if (result.isOk() && !isWrittenSince(offset, length, began)) {
            check(offset, buffer);
          }
        });
  }

  private boolean isBeingWritten(long offset, long length) {
    return isWrittenSince(offset, length, Long.MAX_VALUE - 1);
  }

  private boolean isWrittenSince(long offset, long length, long when) {
    for (int sector = (int) (offset / SECTOR); sector < (offset + length) / SECTOR; sector++) {
      Register register = registers[sector];
      if (register != null && register.isBusySince(when)) {
        return true;
      }
    }
    return false;
  }

  private void check(long offset, ByteBuffer content) {
    for (int at = 0; at < content.limit(); at += SECTOR) {
      checkSector((int) ((offset + at) / SECTOR), content.getLong(at));
    }
  }

  /// Compares a whole image with what was promised.
  ///
  /// @param settle take what is there as known and stable from now on
  void checkImage(SimMedia media, long start, boolean settle) {
    for (int sector = 0; sector < registers.length; sector++) {
      if (registers[sector] != null) {
        long stamp = media.currentAt(start + (long) sector * SECTOR);
        checkSector(sector, stamp);
        if (settle) {
          registers[sector].settle(stamp, ++clock);
        }
      }
    }
    if (settle) {
      unflushed.clear();
    }
  }

  /// I6, I9: a disk that is about to be served from holds every write that stands for sure.
  ///
  /// @param start where the replicated space begins on the disk
  void checkServed(SimMedia media, long start) {
    for (int sector = 0; sector < registers.length; sector++) {
      if (registers[sector] != null) {
        checkSector(sector, media.currentAt(start + (long) sector * SECTOR));
      }
    }
  }

  /// I8: a write that began after another was acknowledged is never on the Secondary's disk before
  /// that other is. Which of them a power cut takes is another matter, as on any disk.
  ///
  /// @param node the Secondary, in sync
  /// @param start where the replicated space begins on its disk
  void checkOrder(int node, SimMedia media, long start) {
    long newest = -1;
    for (int sector = 0; sector < registers.length; sector++) {
      if (registers[sector] != null) {
        long stamp = media.currentAt(start + (long) sector * SECTOR);
        newest = Math.max(newest, registers[sector].beganOf(stamp));
      }
    }
    for (int sector = 0; sector < registers.length; sector++) {
      if (registers[sector] != null) {
        long stamp = media.currentAt(start + (long) sector * SECTOR);
        if (registers[sector].isBehind(stamp, node, newest)) {
          throw new AssertionError(
              "I8: sector %d holds stamp %d although a write begun at %d is there:%s"
                  .formatted(sector, stamp, newest, registers[sector]));
        }
      }
    }
  }

  private void checkSector(int sector, long stamp) {
    Register register = registers[sector];
    if (register == null) {
      Check.that(stamp == 0, "a sector never written is zero", sector, stamp);
    } else if (!register.allows(stamp)) {
      throw new AssertionError(
          "I1: sector %d holds stamp %d; promised:%s".formatted(sector, stamp, register));
    }
  }
}
