package io.lockstep.world;

import io.lockstep.block.Check;
import io.lockstep.control.verb.Answer;
import io.lockstep.node.Export;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.SenseKey;
import io.lockstep.scsi.TaskAttribute;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;

/// MODE SELECT and MODE SENSE of WCE (SPC-4 6.11, 6.13; SBC-3 6.5.5), as the host sends them to one
/// life of a node.
final class HostModes {
  private static final int CACHING_PAGE = 0x08;
  private static final int PAGE_BYTES = 20;
  private static final int HEADER_BYTES = 4;
  private static final int WCE = 0x04;

  private final NodeWorld world;
  private final NodeLife life;

  HostModes(NodeWorld world, NodeLife life) {
    this.world = world;
    this.life = life;
  }

  /// Selects WCE of a volume; again while the host is told something else first. It ends as an
  /// administrator's command does: what has certainly not begun is refused, and of everything else
  /// but GOOD it is not known whether it was done.
  void select(String volume, boolean on, Consumer<Answer> done) {
    String what = "WCE of " + volume + " was not selected";
    Optional<Export> export =
        life.targets().exports().stream().filter(one -> one.volume().equals(volume)).findFirst();
    if (export.isEmpty()) {
      done.accept(Answer.refused(what, "the host does not see it", ""));
      return;
    }
    select(what, export.get(), on, done);
  }

  private void select(String what, Export export, boolean on, Consumer<Answer> done) {
    Optional<ScsiTarget> target = life.logIn(export.iqn());
    if (target.isEmpty()) {
      done.accept(Answer.refused(what, "the host cannot log in", ""));
      return;
    }
    byte[] list = new byte[HEADER_BYTES + PAGE_BYTES];
    list[4] = CACHING_PAGE;
    list[5] = PAGE_BYTES - 2;
    list[6] = (byte) (on ? WCE : 0);
    ByteBuffer cdb = ByteBuffer.allocate(16);
    cdb.put(0, (byte) 0x15).put(1, (byte) 0x11).put(4, (byte) list.length);
    start(
        target.get(),
        export,
        cdb,
        list,
        task -> {
          switch (task.result()) {
            case ScsiResult.Good _ -> done.accept(Answer.ok(what.replace(" not", "")));
            case ScsiResult.CheckCondition(SenseKey key, int asc, int ascq, _) -> {
              Check.that(
                  key != SenseKey.ILLEGAL_REQUEST, "N0: what is selected is there", asc, ascq);
              if (key == SenseKey.UNIT_ATTENTION) {
                select(what, export, on, done);
              } else {
                done.accept(Answer.failed(what, task.result().toString(), ""));
              }
            }
            case ScsiResult.Busy _,
                ScsiResult.ReservationConflict _,
                ScsiResult.TaskSetFull _,
                ScsiResult.Aborted _ ->
                done.accept(Answer.failed(what, task.result().toString(), ""));
          }
        });
  }

  /// Asks whether WCE is on; again while the host is told something else first.
  void sense(Export export, Consumer<Boolean> done) {
    ScsiTarget target = life.logIn(export.iqn()).orElseThrow();
    ByteBuffer cdb = ByteBuffer.allocate(16);
    cdb.put(0, (byte) 0x1A).put(1, (byte) 0x08).put(2, (byte) CACHING_PAGE).put(4, (byte) 0xFF);
    start(
        target,
        export,
        cdb,
        new byte[0],
        task -> {
          switch (task.result()) {
            case ScsiResult.Good _ -> done.accept((task.data()[HEADER_BYTES + 2] & WCE) != 0);
            case ScsiResult.CheckCondition(SenseKey key, int asc, int ascq, _) -> {
              Check.that(
                  key == SenseKey.UNIT_ATTENTION, "N0: the mode pages can be read", asc, ascq);
              sense(export, done);
            }
            case ScsiResult.Busy _,
                ScsiResult.ReservationConflict _,
                ScsiResult.TaskSetFull _,
                ScsiResult.Aborted _ ->
                throw new AssertionError("N0: the mode pages can be read");
          }
        });
  }

  private void start(
      ScsiTarget target, Export export, ByteBuffer cdb, byte[] out, Consumer<HostTask> ended) {
    var task = new HostTask(world.pool(), ended);
    task.begin(life.nexus(), (long) export.lun() << 48, cdb, TaskAttribute.SIMPLE);
    task.start(target, out);
  }
}
