package io.lockstep.scsi.lu;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.scsi.Cdb;
import io.lockstep.scsi.Command;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.UnitAttention;
import io.lockstep.scsi.spc.ModePages;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The mode pages of a logical unit, which all nexuses share: whoever did not make a change is told
/// of it (2A/01). Belongs to the loop of its logical unit.
final class UnitModes {
  private final Attentions attentions;
  private final UnitMedium medium;
  private final BufferPool pool;
  private ModePages pages = ModePages.DEFAULT;
  private WriteCacheKeeper keeper;

  UnitModes(Attentions attentions, UnitMedium medium, BufferPool pool, Loop loop) {
    this.attentions = attentions;
    this.medium = medium;
    this.pool = pool;
    this.keeper =
        (on, by, done) ->
            loop.execute(
                () -> {
                  writeCache(on, by);
                  done.completed(IoResult.OK);
                });
  }

  /// Without one, WCE lasts as long as the logical unit.
  void keeper(WriteCacheKeeper newKeeper) {
    keeper = newKeeper;
  }

  ModePages pages() {
    return pages;
  }

  void mediumProtected(boolean now) {
    change(pages.withMediumProtected(now), null);
  }

  void writeCache(boolean on, @Nullable Nexus by) {
    change(pages.withWriteCache(on), by);
  }

  void reset() {
    pages = pages.reset();
  }

  private void change(ModePages next, @Nullable Nexus by) {
    if (next.equals(pages)) {
      return;
    }
    pages = next;
    if (by == null) {
      attentions.all(UnitAttention.MODE_PARAMETERS_CHANGED);
    } else {
      attentions.others(by, UnitAttention.MODE_PARAMETERS_CHANGED);
    }
  }

  /// Length of the parameter list that a command brings: MODE SELECT does.
  static int parameterListBytes(Command command, byte[] cdb) {
    if (command == Command.MODE_SELECT_6) {
      return Cdb.u8(cdb, 4);
    }
    return command == Command.MODE_SELECT_10 ? Cdb.u16(cdb, 7) : 0;
  }

  /// Carries out MODE SELECT. WCE belongs to the volume, so it is changed where the volume is
  /// served, and has changed for both nodes when the command ends.
  ///
  /// @param ended runs once, now or later
  void select(ScsiTask task, Consumer<ScsiResult> ended) {
    switch (Reading.of(task, pool, () -> selected(task), ModePages.Selected.Refused::new)) {
      case ModePages.Selected.Refused(ScsiResult why) -> ended.accept(why);
      case ModePages.Selected.Changed(ModePages next) -> {
        Nexus by = task.nexus();
        if (next.writeCache() == pages.writeCache()) {
          change(next, by);
          ended.accept(ScsiResult.good());
        } else if (!medium.isReady()) {
          ended.accept(medium.notReady());
        } else {
          keeper.keep(next.writeCache(), by, result -> ended.accept(kept(result, next, by)));
        }
      }
    }
  }

  private ModePages.Selected selected(ScsiTask task) {
    MediumForm form = medium.form();
    byte[] list = Reading.parameterList(task);
    return pages.select(task.cdb(), list, form.blockBytes(), form.blockCount());
  }

  /// The other fields of what was selected come after WCE: if that fails, they have not changed.
  private ScsiResult kept(IoResult result, ModePages next, Nexus by) {
    if (result.isOk()) {
      boolean writeCache = pages.writeCache();
      boolean mediumProtected = pages.mediumProtected();
      change(next.withWriteCache(writeCache).withMediumProtected(mediumProtected), by);
      return ScsiResult.good();
    }
    return medium.isReady() ? ScsiResult.internalTargetFailure() : medium.notReady();
  }
}
