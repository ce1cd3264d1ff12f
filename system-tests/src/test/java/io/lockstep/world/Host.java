package io.lockstep.world;

import io.lockstep.block.Check;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.Export;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.SenseKey;
import io.lockstep.scsi.TaskAttribute;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A host with a path to each node, which reads and writes blocks of all volumes that it sees.
///
/// - N5: nothing is served from a closed role: a node that is not Primary answers no command on the
///   medium with GOOD.
/// - N6: a read finds what was written to that volume: the last acknowledged, or what was written
///   behind that. A new volume is zeroes, and what is added to one holds nothing of another.
final class Host {
  private static final int CELLS = 3;
  private static final int CELL_BYTES = 4096;
  private static final int CELL_BLOCKS = CELL_BYTES / 512;

  /// Cells of one volume lie far from each other.
  private static final long CELL_DISTANCE_BLOCKS = 2000;

  /// In the second extent, where a cell of another volume may have been.
  private static final long TAIL_LBA = (4 << 20) / 512 + CELL_DISTANCE_BLOCKS;

  private static final int OPEN_MAX = 8;
  private static final long AWAY_MAX = 60;

  private final NodeWorld world;
  private final SplittableRandom random;

  /// By the volume's LVM identifier.
  private final Map<String, Cell[]> volumes = new HashMap<>();

  /// What was ever written at the tail of a volume, which comes and goes with its size.
  private final Map<String, Set<Long>> tails = new HashMap<>();

  private final List<Open> open = new ArrayList<>();
  private long written;
  private long operations;

  /// Until which operation the host has no use for a target, by node and IQN.
  private final Map<String, Long> away = new HashMap<>();

  /// A command under way.
  ///
  /// @param lost its node has died
  private record Open(NodeLife life, Runnable lost) {}

  Host(NodeWorld world, SplittableRandom random) {
    this.world = world;
    this.random = random;
  }

  int openCount() {
    return open.size();
  }

  /// One command through one of the two paths.
  void operate() {
    @Nullable NodeLife life = world.machine(random.nextInt(2)).life();
    NodeLife server = world.server();
    if (server != null && random.nextInt(4) > 0) {
      life = server;
    }
    if (life == null || open.size() >= OPEN_MAX) {
      return;
    }
    List<Export> exports = life.targets().exports();
    if (exports.isEmpty()) {
      return;
    }
    Export export = exports.get(random.nextInt(exports.size()));
    operations++;
    if (operations < away.getOrDefault(idOf(life) + export.iqn(), 0L)) {
      return;
    }
    Optional<ScsiTarget> target = life.logIn(export.iqn());
    if (target.isEmpty()) {
      return;
    }
    var path = new Path(life, target.get(), export);
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> write(path);
      case 4, 5, 6 -> read(path);
      case 7 -> writeTail(path);
      case 8 -> readTail(path);
      default -> flush(path);
    }
  }

  /// Logs out of a target, at both nodes or only where it is served, and stays away for a while.
  void leave() {
    NodeLife server = world.server();
    List<Export> exports = server == null ? List.of() : server.targets().exports();
    if (exports.isEmpty()) {
      return;
    }
    String iqn = exports.get(random.nextInt(exports.size())).iqn();
    boolean both = random.nextInt(3) > 0;
    long until = operations + 1 + random.nextLong(AWAY_MAX);
    for (Machine machine : world.machines()) {
      machine.with(
          life -> {
            if (both || life == server) {
              away.put(machine.id + iqn, until);
              life.logOut(iqn);
            }
          });
    }
  }

  private record Path(NodeLife life, ScsiTarget target, Export export) {
    String uuid() {
      return export.unit().volumeUuid();
    }
  }

  private Cell[] cells(Path path) {
    return volumes.computeIfAbsent(
        path.uuid(), _ -> new Cell[] {new Cell(), new Cell(), new Cell()});
  }

  private void write(Path path) {
    int index = random.nextInt(CELLS);
    Cell cell = cells(path)[index];
    if (cell.isBusy()) {
      return;
    }
    long value = ++written;
    boolean fua = random.nextInt(3) == 0;
    boolean stable = fua || !path.export.writeCache();
    cell.writing(value);
    run(
        path,
        "write",
        medium(0x8A, fua ? 0x08 : 0, lbaOf(index)),
        content(value),
        task -> {
          if (task != null && isGood(task)) {
            cell.written(stable);
            world.acknowledged(idOf(path.life));
          } else {
            cell.unsure();
          }
        });
  }

  private static byte[] content(long value) {
    byte[] content = new byte[CELL_BYTES];
    ByteBuffer.wrap(content).putLong(0, value).putLong(CELL_BYTES - Long.BYTES, value);
    return content;
  }

  private void read(Path path) {
    int index = random.nextInt(CELLS);
    Cell cell = cells(path)[index];
    if (cell.isBusy()) {
      return;
    }
    long writes = cell.writes();
    run(
        path,
        "read",
        medium(0x88, 0, lbaOf(index)),
        new byte[0],
        task -> {
          if (task != null && isGood(task) && cell.writes() == writes) {
            check(path, cell, task.data());
          }
        });
  }

  private void check(Path path, Cell cell, byte[] data) {
    var content = ByteBuffer.wrap(data);
    long first = content.getLong(0);
    long last = content.getLong(CELL_BYTES - Long.BYTES); // A write that failed may be torn.
    if (!cell.mayHold(first) || !cell.mayHold(last)) {
      throw new AssertionError(
          "N6: %s holds %d to %d where there may be %s"
              .formatted(path.export.volume(), first, last, cell));
    }
  }

  private void writeTail(Path path) {
    long value = ++written;
    tails.computeIfAbsent(path.uuid(), _ -> new HashSet<>()).add(value);
    run(
        path,
        "write",
        medium(0x8A, 0, TAIL_LBA),
        content(value),
        task -> {
          if (task != null && isGood(task)) {
            world.acknowledged(idOf(path.life));
          }
        });
  }

  private void readTail(Path path) {
    run(
        path,
        "read",
        medium(0x88, 0, TAIL_LBA),
        new byte[0],
        task -> {
          if (task != null && isGood(task)) {
            var content = ByteBuffer.wrap(task.data());
            checkTail(path, content.getLong(0));
            checkTail(path, content.getLong(CELL_BYTES - Long.BYTES));
          }
        });
  }

  private void checkTail(Path path, long found) {
    if (found != 0 && !tails.getOrDefault(path.uuid(), Set.of()).contains(found)) {
      throw new AssertionError(
          "N6: %s holds %d, which was written to another volume"
              .formatted(path.export.volume(), found));
    }
  }

  private void flush(Path path) {
    Cell[] cells = cells(path);
    var before = new long[CELLS];
    for (int index = 0; index < CELLS; index++) {
      before[index] = cells[index].lastAcknowledged();
    }
    byte[] cdb = new byte[10];
    cdb[0] = 0x35;
    run(
        path,
        "flush",
        cdb,
        new byte[0],
        task -> {
          if (task != null && isGood(task)) {
            world.acknowledged(idOf(path.life));
            for (int index = 0; index < CELLS; index++) {
              cells[index].flushed(before[index]);
            }
          }
        });
  }

  private static long lbaOf(int cell) {
    return cell * CELL_DISTANCE_BLOCKS;
  }

  private static byte[] medium(int operation, int flags, long lba) {
    var cdb = ByteBuffer.allocate(16);
    cdb.put(0, (byte) operation).put(1, (byte) flags);
    cdb.putLong(2, lba).putInt(10, CELL_BLOCKS);
    return cdb.array();
  }

  /// @param ended gets the task, or null if the node died first
  private void run(
      Path path, String name, byte[] cdb, byte[] out, Consumer<@Nullable HostTask> ended) {
    var under = new Open(path.life, () -> ended.accept(null));
    open.add(under);
    var task =
        new HostTask(
            world.pool(),
            done -> {
              open.remove(under);
              answered(path, name, done);
              ended.accept(done);
            });
    long lunField = (long) path.export.lun() << 48;
    task.begin(path.life.nexus(), lunField, ByteBuffer.wrap(cdb), TaskAttribute.SIMPLE);
    task.start(path.target, out);
  }

  private void answered(Path path, String name, HostTask task) {
    world.met().one("host", name + " " + said(task.result()));
    if (isGood(task) && !name.equals("flush")) {
      Check.that(
          path.life.mirror().role() == Role.PRIMARY, "N5: done by a node that is not Primary");
    }
  }

  private static boolean isGood(HostTask task) {
    return task.result() instanceof ScsiResult.Good;
  }

  private static String said(ScsiResult result) {
    return switch (result) {
      case ScsiResult.CheckCondition(SenseKey key, int asc, int ascq, _) ->
          "%s %02X/%02X".formatted(key, asc, ascq);
      case ScsiResult.Good _ -> "GOOD";
      case ScsiResult.Busy _ -> "BUSY";
      case ScsiResult.ReservationConflict _ -> "RESERVATION CONFLICT";
      case ScsiResult.TaskSetFull _ -> "TASK SET FULL";
      case ScsiResult.Aborted _ -> "aborted";
    };
  }

  private int idOf(NodeLife life) {
    return world.machine(0).life() == life ? 0 : 1;
  }

  // --- what happens to nodes ---

  void died(@Nullable NodeLife life, boolean power) {
    for (Open one : List.copyOf(open)) {
      if (one.life == life) {
        open.remove(one);
        one.lost.run();
        world.met().one("host", "never answered");
      }
    }
    if (power) {
      for (Cell[] cells : volumes.values()) {
        for (Cell cell : cells) {
          cell.powerLost();
        }
      }
    }
  }

  /// Reads everything that a Primary serves.
  void readAll(NodeLife server) {
    for (Export export : server.targets().exports()) {
      Optional<ScsiTarget> target = server.logIn(export.iqn());
      if (target.isPresent()) {
        var path = new Path(server, target.get(), export);
        readTail(path);
        for (int index = 0; index < CELLS; index++) {
          Cell cell = cells(path)[index];
          run(
              path,
              "read",
              medium(0x88, 0, lbaOf(index)),
              new byte[0],
              task -> {
                if (task != null && isGood(task)) {
                  check(path, cell, task.data());
                }
              });
        }
      }
    }
  }
}
