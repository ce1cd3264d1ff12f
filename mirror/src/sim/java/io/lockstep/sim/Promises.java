package io.lockstep.sim;

import io.lockstep.block.Check;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongUnaryOperator;

/// What the pair has promised to the client, and the checker of it: I1, I6, I7, I9 and I13.
///
/// For each unit of the device a [Register]; for each write the nodes that have it. What happens to
/// the nodes is told here by the world: crashes, disks that fail or are replaced, a resync that
/// begins, nodes that are in sync again. Whatever a node then shows, acknowledges or overwrites is
/// held against it.
final class Promises {
  static final long NEVER = Write.NEVER;

  private static final int BOTH = 3;

  /// Units looked at when an answer to a long write or a flush is held against the disks.
  private static final int SAMPLE = 24;

  private final int unitBytes;
  private final Register[] registers;
  private final List<Integer> touched = new ArrayList<>();
  private final List<Write> writes = new ArrayList<>();
  private final boolean[] behind = new boolean[2];

  private long clock;

  /// @param sizeBytes of the device
  /// @param unitBytes its logical block: what is written as a whole
  Promises(long sizeBytes, int unitBytes) {
    this.unitBytes = unitBytes;
    this.registers = new Register[Math.toIntExact(sizeBytes / unitBytes)];
  }

  /// The disk of a node as the checks see it.
  interface Disk {
    /// Eight bytes of the replicated space as a read would see them now.
    long currentAt(long offset);

    /// The same after a power cut that takes the whole cache.
    long stableAt(long offset);
  }

  int unitBytes() {
    return unitBytes;
  }

  long tick() {
    return ++clock;
  }

  // --- what the client does ---

  Write begin(long stamp, long offset, long length) {
    var write = new Write(stamp, ++clock, offset, length);
    writes.add(write);
    for (int unit = first(offset); unit < end(offset, length); unit++) {
      at(unit).begin(write);
    }
    return write;
  }

  /// Answered as good, while `holders` were in sync. A node that had it and died just before is not
  /// behind, as long as it is there.
  void acknowledged(Write write, int holders, Disk[] disks) {
    write.acknowledged = ++clock;
    write.kept = holders;
    write.up = holders;
    for (int node = 0; node < 2; node++) {
      if (!Write.has(holders, node) && !isThere(write, disks[node])) {
        behind[node] = true;
      }
    }
  }

  void gaveUp(Write write) {
    if (write.isOpen()) {
      write.givenUp = ++clock;
    }
  }

  /// What a flush that begins now stands for.
  List<Write> unflushed() {
    var open = new ArrayList<Write>();
    for (Write write : writes) {
      if (write.isAcknowledged()
          && !write.isObservation()
          && (write.stable & write.kept) != write.kept) {
        open.add(write);
      }
    }
    return open;
  }

  void flushed(List<Write> covered, int holders) {
    covered.forEach(write -> write.stable(holders));
  }

  // --- what happens to the nodes ---

  /// @param disk what the crash has left
  void crashed(int node, boolean power, Disk disk) {
    int others = ~(1 << node);
    for (Write write : writes) {
      write.up &= others;
      if (power && Write.has(write.kept & ~write.stable, node) && !isThere(write, disk)) {
        write.kept &= others;
      }
    }
  }

  /// Whether the whole of a write, or what came after it, is on that disk.
  boolean isThere(Write write, Disk disk) {
    return isThere(write, disk::currentAt);
  }

  /// Whether all of them would outlive a power cut on that disk.
  boolean areStable(List<Write> some, Disk disk) {
    for (Write write : some) {
      if (!isThere(write, disk::stableAt)) {
        return false;
      }
    }
    return true;
  }

  private boolean isThere(Write write, LongUnaryOperator disk) {
    int end = end(write.offset, write.length);
    for (int unit = first(write.offset); unit < end; unit++) {
      if (!at(unit).isAtLeast(disk.applyAsLong((long) unit * unitBytes), write)) {
        return false;
      }
    }
    return true;
  }

  /// A person has put a blank disk in place of that one. If both had something that the other
  /// lacked, what was only there is given up.
  void diskReplaced(int node) {
    if (behind[node]) {
      behind[1 - node] = false;
    }
    diskGone(node);
  }

  /// That disk has failed, and with it what was not stable may be gone, though reads still see it.
  void mayHaveLost(int node, Disk disk) {
    int others = ~(1 << node);
    for (Write write : writes) {
      if (Write.has(write.kept, node) && !isThere(write, disk::stableAt)) {
        write.kept &= others;
        write.up &= others;
        write.stable &= others;
      }
    }
  }

  /// A person has accepted that what is there is lost.
  void lossAccepted(long offset, long length) {
    long now = ++clock;
    long start = offset - offset % unitBytes;
    for (int unit = first(start); unit < end(offset, length); unit++) {
      at(unit).giveUp(now);
    }
  }

  /// Nothing on that disk counts any more: it has failed, was replaced, or is being filled.
  void diskGone(int node) {
    int others = ~(1 << node);
    for (Write write : writes) {
      write.up &= others;
      write.kept &= others;
      write.stable &= others;
    }
    behind[node] = true;
  }

  /// I1, I7: a resync begins that makes `target` equal to `source`.
  ///
  /// @param consented whether a person has given up what `target` has
  /// @param disk of the source
  void overwriting(int source, int target, boolean consented, Disk disk) {
    if (!consented) {
      for (int unit : touched) {
        Write lost = registers[unit].lostBy(source, target);
        if (lost != null && !isThere(lost, disk)) {
          throw new AssertionError(
              "I7: node %d overwrites what node %d holds, unit %d:%s; all:%s"
                  .formatted(source, target, unit, lost, registers[unit]));
        }
      }
    }
    behind[source] &= !consented;
    diskGone(target);
  }

  /// `target` has what `source` had.
  ///
  /// @param asOf what was acknowledged later it does not have, unless it is [#NEVER]: both are in
  ///     sync
  void joined(int source, int target, long asOf) {
    int bit = 1 << target;
    boolean lacks = false;
    for (Write write : writes) {
      if (asOf != NEVER && write.acknowledged > asOf) {
        lacks |= write.acknowledged != NEVER && !Write.has(write.kept, target);
        continue;
      }
      write.kept = Write.has(write.kept, source) ? write.kept | bit : write.kept & ~bit;
      write.up = Write.has(write.kept, source) ? write.up | bit : write.up & ~bit;
      write.stable = Write.has(write.stable, source) ? write.stable | bit : write.stable & ~bit;
    }
    behind[target] &= lacks;
    behind[source] &= asOf != NEVER;
  }

  /// `target` has died just when it was filled. What nobody has flushed may be gone with its power.
  void diedFilled(int source, int target, boolean power) {
    int bit = 1 << target;
    for (Write write : writes) {
      write.up &= ~bit;
      if (power && !Write.has(write.stable, source)) {
        write.kept &= ~bit;
      }
    }
  }

  /// Both are in sync, and nothing had to be copied.
  void joinedAsEquals() {
    for (Write write : writes) {
      write.kept = write.kept == 0 ? 0 : BOTH;
      write.stable = write.stable == 0 ? 0 : BOTH;
      write.up = write.kept;
    }
    behind[0] = false;
    behind[1] = false;
  }

  /// A person has made `node` Primary, whatever it lacks.
  void promotedByWord(int node) {
    behind[node] = false;
  }

  // --- checks ---

  /// I6: nobody who lacks an acknowledged write serves without a person's word.
  void checkResumes(int node) {
    Check.that(
        !behind[node], "I6: a node that lacks acknowledged writes made itself Primary", node, 0);
  }

  /// I1: a disk that is about to be served from shows nothing older than what it must have.
  void checkServed(int node, Disk disk) {
    for (int unit : touched) {
      checkUnit(unit, node, disk.currentAt((long) unit * unitBytes), Long.MAX_VALUE);
    }
  }

  /// I1, I8: at the moment of its acknowledgement a write is on every disk that is in sync; with
  /// FUA it is stable there.
  void checkAcknowledged(SimClient.Acknowledged done, int node, Disk disk) {
    int end = end(done.offset(), done.length());
    int first = first(done.offset());
    int step = Math.max(1, (end - first) / SAMPLE);
    for (int unit = first; unit < end; unit += step) {
      long at = (long) unit * unitBytes;
      long stamp = done.fua() ? disk.stableAt(at) : disk.currentAt(at);
      if (!at(unit).isAtLeast(stamp, done.write())) {
        throw new AssertionError(
            "%s: acknowledged, and node %d holds stamp %d in unit %d:%s; all:%s"
                .formatted(done.fua() ? "I13" : "I1", node, stamp, unit, done.write(), at(unit)));
      }
    }
  }

  /// The offset of a unit that was written; -1 if none was.
  long someUnit(java.util.SplittableRandom random) {
    return touched.isEmpty() ? -1 : (long) touched.get(random.nextInt(touched.size())) * unitBytes;
  }

  /// I13: what a flush stood for is stable on that disk.
  void checkFlushed(List<Write> covered, int node, Disk disk) {
    if (covered.isEmpty()) {
      return;
    }
    long check = ++clock;
    covered.forEach(write -> write.check = check);
    int step = Math.max(1, touched.size() / (4 * SAMPLE));
    for (int index = 0; index < touched.size(); index += step) {
      int unit = touched.get(index);
      for (Write write : registers[unit].writes()) {
        if (write.check == check && Write.has(write.kept, node)) {
          long stamp = disk.stableAt((long) unit * unitBytes);
          if (!registers[unit].isAtLeast(stamp, write)) {
            throw new AssertionError(
                "I13: flushed, and node %d has stamp %d stable in unit %d:%s; all:%s"
                    .formatted(node, stamp, unit, write, registers[unit]));
          }
        }
      }
    }
  }

  /// I1, I9: what a read has shown, at node `node`.
  void checkRead(SimClient.Read read, ByteBuffer content, int node, int holders) {
    for (int at = 0; at < content.limit(); at += unitBytes) {
      int unit = (int) ((read.offset() + at) / unitBytes);
      long stamp = content.getLong(at);
      checkUnit(unit, node, stamp, read.began());
      Register register = registers[unit];
      if (register != null) {
        Write seen = register.observe(stamp, node, read, holders);
        if (seen != null) {
          writes.add(seen);
        }
      }
    }
  }

  /// Both disks are equal and at rest: what is there is known and stable from now on.
  void settle(int node, Disk disk) {
    long now = ++clock;
    writes.clear();
    for (int unit : touched) {
      long stamp = disk.currentAt((long) unit * unitBytes);
      checkUnit(unit, node, stamp, Long.MAX_VALUE);
      registers[unit].settle(stamp, now);
      writes.addAll(registers[unit].writes());
    }
    behind[0] = false;
    behind[1] = false;
  }

  private void checkUnit(int unit, int node, long stamp, long readBegan) {
    Register register = registers[unit];
    if (register == null) {
      Check.that(stamp == 0, "I1: a unit never written is zero", unit, stamp);
    } else if (!register.allows(stamp, node, readBegan)) {
      throw new AssertionError(
          "I1: node %d shows stamp %d in unit %d; promised:%s"
              .formatted(node, stamp, unit, register));
    }
  }

  private Register at(int unit) {
    Register register = registers[unit];
    if (register == null) {
      register = new Register((long) unit * unitBytes, unitBytes);
      registers[unit] = register;
      touched.add(unit);
      writes.addAll(register.writes());
    }
    return register;
  }

  private int first(long offset) {
    return Math.toIntExact(offset / unitBytes);
  }

  private int end(long offset, long length) {
    return Math.toIntExact((offset + length) / unitBytes);
  }
}
