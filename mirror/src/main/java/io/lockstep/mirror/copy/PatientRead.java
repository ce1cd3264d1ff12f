package io.lockstep.mirror.copy;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.IoResult;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.function.Consumer;

/// One read that gives up no more than it must: where the whole of it fails, each block of 4 KiB is
/// read by itself, so that one bad sector costs one block and not a megabyte. Belongs to the
/// mirror's loop.
final class PatientRead {
  /// What is read at once when the whole cannot be.
  static final int BLOCK_BYTES = 4096;

  private final BlockDevice disk;
  private final long offset;
  private final ByteBuffer target;
  private final Consumer<Outcome> done;
  private final BitSet unreadable = new BitSet();
  private String detail = "";

  private PatientRead(BlockDevice disk, long offset, ByteBuffer target, Consumer<Outcome> done) {
    this.disk = disk;
    this.offset = offset;
    this.target = target;
    this.done = done;
  }

  /// How it went. What could not be read has content that means nothing.
  ///
  /// @param unreadable the blocks that could not be read, counted from the start of the read
  /// @param detail what the disk said of the last of them; empty if there is none
  record Outcome(BitSet unreadable, String detail) {
    boolean isWhole() {
      return unreadable.isEmpty();
    }
  }

  /// Fills `target`, whole blocks of 4 KiB, from `offset`.
  static void read(BlockDevice disk, long offset, ByteBuffer target, Consumer<Outcome> done) {
    new PatientRead(disk, offset, target, done).readWhole();
  }

  private void readWhole() {
    disk.read(
        offset,
        target,
        result -> {
          if (result.isOk()) {
            end();
          } else if (target.remaining() <= BLOCK_BYTES) {
            note(0, result);
            end();
          } else {
            readBlock(0);
          }
        });
  }

  private void readBlock(int index) {
    int at = index * BLOCK_BYTES;
    if (at >= target.remaining()) {
      end();
      return;
    }
    int length = Math.min(BLOCK_BYTES, target.remaining() - at);
    disk.read(
        offset + at,
        target.slice(target.position() + at, length),
        result -> {
          if (!result.isOk()) {
            note(index, result);
          }
          readBlock(index + 1);
        });
  }

  private void note(int index, IoResult result) {
    unreadable.set(index);
    detail = result.detail();
  }

  private void end() {
    done.accept(new Outcome(unreadable, detail));
  }
}
