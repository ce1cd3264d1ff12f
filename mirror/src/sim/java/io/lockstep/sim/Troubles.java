package io.lockstep.sim;

import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.sim.SimDisk.Operation;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.SplittableRandom;

/// What goes wrong in a history: nodes, cable and disks.
///
/// The budget: what destroys data (a disk that fails, a sector that cannot be read or has rotted)
/// is done to one disk only while the other is whole and in sync, and to none after that before the
/// pair is whole again. Everything else may come together in any way.
final class Troubles {
  /// The kinds of trouble.
  enum Kind {
    KILL,
    KILL_PRIMARY,
    POWER,
    POWER_PRIMARY,
    KILL_BOTH,
    POWER_BOTH,
    CRASH_AT_START,
    END,
    END_AND_CRASH_BOTH,
    PAUSE,
    CUT,
    CUT_ONE_WAY,
    BREAK,
    HALF_OPEN,
    SLOW_ONE_WAY,
    LATE_FRAMES,
    BREAK_OVER_STUCK_WORK,
    DAMAGED_BYTES,
    CUT_INQUIRY,
    READ_ERROR,
    BAD_SECTOR,
    SECTOR_BAD_UNTIL_WRITTEN,
    BAD_SECTOR_UNDER_RESYNC,
    SOURCE_FAILS,
    WRITE_ERROR,
    FLUSH_ERROR,
    METADATA_ERROR,
    DEAD_DISK,
    NO_SPACE,
    SICK_DISK,
    SLOW_DISK,
    SLUGGISH_DISK,
    STUCK_DISK,
    STUCK_OPERATION,
    ROTTEN_METADATA,
    ROTTEN_AT_START,
    LOST_METADATA,
    SHRUNK_DISK,
    OLD_FRAME
  }

  private static final long SECOND_NANOS = 1_000_000_000L;
  private static final int SECTOR = 4096;
  private static final int SUPERBLOCKS_BYTES = (int) DiskLayout.SUPERBLOCK_B_OFFSET + SECTOR;
  private static final int SOURCE_TURNS = 200;
  private static final int SOON_TURNS = 60;
  private static final List<Operation> OPERATIONS = List.of(Operation.values());

  private final SimWorld world;
  private final SplittableRandom random;

  /// Which disk has been harmed since the pair was last whole, or -1.
  private int harmed = -1;

  /// Its metadata has rotted: a write that is torn beside that could leave nothing whole.
  private boolean rotten;

  Troubles(SimWorld world, SplittableRandom random) {
    this.world = world;
    this.random = random;
  }

  /// The pair is whole: any one disk may be harmed again, but for one of whose superblock a copy
  /// has rotted and was not looked at since.
  void whole() {
    harmed = -1;
    rotten = false;
    for (SimHost host : world.hosts()) {
      if (!StableRecord.hasBothCopies(host.disk().media())) {
        harmed = host.id;
        rotten = true;
      }
    }
  }

  void strike(Kind kind) {
    SimHost host = world.host(random.nextInt(2));
    if (!strike(kind, host)) {
      return;
    }
    world.met().one("trouble", kind);
    world.event(host.id, "trouble %s", kind);
  }

  private boolean strike(Kind kind, SimHost host) {
    return switch (kind) {
      case KILL -> crash(host, false);
      case KILL_PRIMARY -> crash(primary(host), false);
      case POWER -> crash(host, true);
      case POWER_PRIMARY -> crash(primary(host), true);
      case KILL_BOTH -> crashBoth(false);
      case POWER_BOTH -> crashBoth(true);
      case CRASH_AT_START -> crashAtStart(host);
      case END -> end(host);
      case END_AND_CRASH_BOTH -> endAndCrashBoth(host);
      case PAUSE -> pause(host);
      case CUT -> network(() -> world.network().cut());
      case CUT_ONE_WAY -> network(() -> world.network().cut(host.id));
      case BREAK -> network(() -> world.network().breakConnection());
      case HALF_OPEN -> network(() -> world.network().halfOpen());
      case SLOW_ONE_WAY ->
          network(() -> world.network().slow(host.id, 1_000_000L << random.nextInt(11)));
      case LATE_FRAMES -> network(() -> world.network().lateFrames(true));
      case BREAK_OVER_STUCK_WORK -> breakOverStuckWork(host);
      case DAMAGED_BYTES -> damageBytes();
      case CUT_INQUIRY -> network(() -> world.network().cutInquiry(true));
      case BAD_SECTOR_UNDER_RESYNC -> spoilTheSource(primary(host));
      case SOURCE_FAILS -> failTheSource(primary(host));
      case READ_ERROR,
          BAD_SECTOR,
          SECTOR_BAD_UNTIL_WRITTEN,
          WRITE_ERROR,
          FLUSH_ERROR,
          METADATA_ERROR,
          DEAD_DISK,
          NO_SPACE,
          SICK_DISK ->
          harm(kind, host);
      case ROTTEN_METADATA -> rot(host);
      case ROTTEN_AT_START -> rotAtStart(host);
      case LOST_METADATA -> lose(host);
      case SHRUNK_DISK -> shrink(host);
      case OLD_FRAME -> sendAgain(host) || sendAgain(world.host(1 - host.id));
      case SLOW_DISK, SLUGGISH_DISK, STUCK_DISK, STUCK_OPERATION -> delay(kind, host);
    };
  }

  private SimHost primary(SimHost otherwise) {
    SimHost server = world.server(random.nextBoolean());
    return server == null ? otherwise : server;
  }

  private boolean crash(SimHost host, boolean power) {
    if (!host.isAlive()) {
      return false;
    }
    world.crash(host, power);
    return true;
  }

  private boolean crashBoth(boolean power) {
    boolean left = crash(world.host(0), power);
    boolean right = crash(world.host(1), power);
    return left || right;
  }

  /// It dies while it opens its disk, meets, or is laid out for its peer.
  private boolean crashAtStart(SimHost host) {
    if (host.isAlive()) {
      world.crash(host, random.nextBoolean());
    }
    if (!host.canStart()) {
      return false;
    }
    world.restart(host);
    world.turns(1 + random.nextInt(200), SECOND_NANOS);
    return crash(host, random.nextBoolean());
  }

  private boolean end(SimHost host) {
    if (!host.isOpen() || host.isEnding()) {
      return false;
    }
    host.end();
    return true;
  }

  /// One ends in order, and then everything goes down, in either order and with or without power.
  private boolean endAndCrashBoth(SimHost host) {
    if (!end(host)) {
      return false;
    }
    world.runUntil(host::hasEnded, 15 * SECOND_NANOS);
    SimHost first = world.host(random.nextInt(2));
    crash(first, random.nextBoolean());
    crash(world.host(1 - first.id), random.nextBoolean());
    return true;
  }

  /// The link goes and comes again while work of the old one is still under way on a disk; or the
  /// Primary goes, while writes of it are under way on the disk of the other.
  private boolean breakOverStuckWork(SimHost host) {
    SimHost other = world.host(1 - host.id);
    if (other.isServing() && random.nextBoolean()) {
      host.disk().media().stick(Operation.WRITE, world.replicatedOffset());
      world.turns(20 + random.nextInt(100), SECOND_NANOS);
      return crash(other, false); // And somebody promotes this one.
    }
    host.disk().media().stick();
    world.turns(20 + random.nextInt(100), SECOND_NANOS);
    world.network().breakConnection();
    world.runUntil(() -> false, random.nextLong(2 * SECOND_NANOS));
    host.disk().media().unstick();
    return true;
  }

  private boolean damageBytes() {
    world.network().damagePerMillion(10_000 << random.nextInt(4));
    world.network().breakConnection(); // The next connection is the damaged one.
    return true;
  }

  private boolean pause(SimHost host) {
    return host.isAlive() && host.pause(random.nextLong(6 * SECOND_NANOS) + 1);
  }

  private static boolean network(Runnable change) {
    change.run();
    return true;
  }

  private boolean delay(Kind kind, SimHost host) {
    SimMedia media = host.disk().media();
    switch (kind) {
      case SLOW_DISK -> media.slow(1_000_000L, 1_000_000L << random.nextInt(10));
      case SLUGGISH_DISK ->
          media.faults(SimDiskFaults.delays(20_000, 2 * SECOND_NANOS, 2_000, 40 * SECOND_NANOS));
      case STUCK_DISK -> media.stick();
      default -> media.stick(OPERATIONS.get(random.nextInt(OPERATIONS.size())));
    }
    return true;
  }

  /// A change of an earlier term comes in again, or a block of a resync while none runs.
  private boolean sendAgain(SimHost host) {
    if (!host.isOpen() || host.mirror().connectionState() != ConnectionState.CONNECTED) {
      return false;
    }
    int from = 1 - host.id;
    OldFrames old = world.network().oldFrames(from);
    ByteBuffer change = old.changeBefore(host.mirror().term());
    ByteBuffer frame = change == null || random.nextInt(4) == 0 ? old.resync() : change;
    return frame != null && world.network().inject(from, frame);
  }

  // --- what destroys data ---

  private boolean mayHarm(SimHost host) {
    SimHost other = world.host(1 - host.id);
    boolean spare = world.bothHold(0) || world.bothHold(1);
    boolean may = harmed < 0 || (harmed == host.id && !rotten);
    return spare && may && other.isOpen() && host.isOpen();
  }

  private boolean harm(Kind kind, SimHost host) {
    if (!mayHarm(host)) {
      return false;
    }
    harmed = host.id;
    SimMedia media = host.disk().media();
    long size = media.options().limits().sizeBytes();
    long data = world.replicatedOffset();
    long at = data + random.nextLong((size - data) / SECTOR) * SECTOR;
    int times = 1 + random.nextInt(3);
    switch (kind) {
      case READ_ERROR -> media.failNext(Operation.READ, data, size - data, times);
      case BAD_SECTOR -> media.fail(Operation.READ, hot(at), SECTOR);
      case SECTOR_BAD_UNTIL_WRITTEN -> media.makeUnreadable(hot(at), SECTOR);
      case SICK_DISK -> media.faults(drawnErrors());
      case WRITE_ERROR -> media.failNext(Operation.WRITE, data, size - data, times);
      case FLUSH_ERROR -> failFlush(host, times);
      case METADATA_ERROR -> media.failNext(Operation.WRITE, 0, data, times);
      case NO_SPACE -> media.full(true);
      default -> media.fail(true);
    }
    return true;
  }

  /// Mostly it is a host that asks for the flush that fails.
  private void failFlush(SimHost host, int times) {
    SimMedia media = host.disk().media();
    media.failNext(Operation.FLUSH, 0, media.options().limits().sizeBytes(), times);
    if (host.isServing() && random.nextInt(3) > 0) {
      world.client().flush(host.id, host.mirror().device());
    }
  }

  /// The Primary dies, and the survivor, which is to fill it when it comes again, cannot read a
  /// sector that was written not long ago.
  private boolean spoilTheSource(SimHost primary) {
    SimHost survivor = world.host(1 - primary.id);
    if (!primary.isServing() || !mayHarm(survivor)) {
      return false;
    }
    harmed = survivor.id;
    survivor.disk().media().makeUnreadable(hot(world.replicatedOffset()), SECTOR);
    return crash(primary, false);
  }

  /// The disk of the Primary fails while it fills the other, and what is on it can still be read.
  private boolean failTheSource(SimHost primary) {
    SimHost target = world.host(1 - primary.id);
    if (!primary.isServing() || !mayHarm(primary)) {
      return false;
    }
    harmed = primary.id;
    crash(target, false);
    world.turns(random.nextInt(SOURCE_TURNS), SECOND_NANOS);
    if (target.canStart()) {
      world.restart(target);
    }
    world.runUntil(
        () -> primary.isOpen() && primary.mirror().connectionState() == ConnectionState.SYNC_SOURCE,
        5 * SECOND_NANOS);
    SimMedia media = primary.disk().media();
    media.failNext(Operation.WRITE, 0, media.options().limits().sizeBytes(), 1);
    return true;
  }

  private SimDiskFaults drawnErrors() {
    int rate = 1000 << random.nextInt(6);
    return SimDiskFaults.errors(rate, rate / (1 + random.nextInt(8)), rate / 2)
        .lasting(random.nextInt(3) * 20);
  }

  /// A place where the client writes, so that it matters.
  private long hot(long otherwise) {
    long unit = world.promises().someUnit(random);
    return unit < 0 ? otherwise : (world.replicatedOffset() + unit) / SECTOR * SECTOR;
  }

  /// A bitmap page or one copy of the superblock rots: what has another copy, or means dirty.
  private boolean rot(SimHost host) {
    if (!mayHarm(host) || harmed == host.id || host.hasFailed()) {
      return false; // A failed write may have torn the other copy.
    }
    long copy = host.id == 0 ? DiskLayout.SUPERBLOCK_A_OFFSET : DiskLayout.SUPERBLOCK_B_OFFSET;
    long log = FreshLayout.ACTIVITY_LOG_OFFSET + random.nextInt(32) * (long) SECTOR;
    long[] places = {copy, log, FreshLayout.BITMAP_OFFSET};
    long start = places[random.nextInt(places.length)];
    if (start == copy && !host.disk().media().isSettled(0, SUPERBLOCKS_BYTES)) {
      return false; // The other copy is being written: two faults at once are one too many.
    }
    harmed = host.id;
    rotten = true;
    for (int flips = 1 + random.nextInt(8); flips > 0; flips--) {
      host.disk().media().corrupt(start + random.nextInt(SECTOR));
    }
    boolean open = host.isOpen() && !host.isEnding();
    if (start == copy && open && random.nextBoolean()) {
      end(host); // The superblock is written, and the power goes.
      world.turns(random.nextInt(SOON_TURNS), SECOND_NANOS);
      world.crash(host, true);
    }
    return true;
  }

  /// A node starts on a log or a bitmap page in which something that was set reads as zero: it must
  /// take that for everything, and nothing is lost.
  private boolean rotAtStart(SimHost host) {
    if (!host.canStart()) {
      if (!host.isOpen() || host.isEnding()) {
        return false;
      }
      world.crash(host, random.nextBoolean());
    }
    SimMedia media = host.disk().media();
    boolean log = random.nextBoolean();
    long start = log ? FreshLayout.ACTIVITY_LOG_OFFSET : FreshLayout.BITMAP_OFFSET + 32;
    long end = log ? start + DiskLayout.ACTIVITY_LOG_BYTES : FreshLayout.BITMAP_OFFSET + SECTOR;
    int flips = 1 + random.nextInt(4);
    long from = start + (log ? random.nextInt(64 << 10) : 0);
    byte[] content = media.stable(from, (int) (end - from));
    for (int at = 0; at < content.length && flips > 0; at++) {
      if (content[at] != 0 && random.nextBoolean()) {
        media.blank(from + at);
        flips--;
      }
    }
    world.restart(host);
    return true;
  }

  /// A disk that has become smaller is refused; then it is as large as before.
  private boolean shrink(SimHost host) {
    if (host.isAlive()) {
      world.crash(host, random.nextBoolean());
    }
    if (!host.canStart()) {
      return false;
    }
    host.shrunk(true);
    world.restart(host);
    world.runUntil(() -> host.isOpen() || !host.refusal().isEmpty(), 20 * SECOND_NANOS);
    Check.that(!host.isOpen(), "I14: a disk that was cut off is attached, node", host.id, 0);
    host.shrunk(false);
    world.crash(host, false);
    if (host.canStart()) {
      world.restart(host);
    }
    return true;
  }

  /// A bitmap page reads as zeroes: it was never written, whatever the disk has said.
  private boolean lose(SimHost host) {
    if (!mayHarm(host) || harmed == host.id) {
      return false;
    }
    harmed = host.id;
    rotten = true;
    host.disk().media().write(FreshLayout.BITMAP_OFFSET, SECTOR, null, Durability.FUA);
    return true;
  }
}
