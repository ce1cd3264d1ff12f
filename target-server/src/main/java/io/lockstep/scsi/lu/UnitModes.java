package io.lockstep.scsi.lu;

import io.lockstep.block.IoResult;
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
  private final LogicalUnit unit;
  private final Attentions attentions;
  private ModePages pages = ModePages.DEFAULT;
  private WriteCacheKeeper keeper;

  UnitModes(LogicalUnit unit, Attentions attentions) {
    this.unit = unit;
    this.attentions = attentions;
    this.keeper =
        (on, by, done) ->
            unit.later(
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

  /// Carries out MODE SELECT. WCE belongs to the volume, so it is changed where the volume is
  /// served, and has changed for both nodes when the command ends.
  ///
  /// @param ended runs once, now or later
  void select(ScsiTask task, Consumer<ScsiResult> ended) {
    switch (Reading.of(task, unit.pool(), () -> selected(task), ModePages.Selected.Refused::new)) {
      case ModePages.Selected.Refused(ScsiResult why) -> ended.accept(why);
      case ModePages.Selected.Changed(ModePages next) -> {
        Nexus by = task.nexus();
        if (next.writeCache() == pages.writeCache()) {
          change(next, by);
          ended.accept(ScsiResult.good());
        } else if (!unit.isReady()) {
          ended.accept(unit.notReady());
        } else {
          keeper.keep(next.writeCache(), by, result -> ended.accept(kept(result, next, by)));
        }
      }
    }
  }

  private ModePages.Selected selected(ScsiTask task) {
    byte[] list = SelfDescription.dataOut(task);
    return pages.select(task.cdb(), list, unit.blockBytes(), unit.blockCount());
  }

  /// The other fields of what was selected come after WCE: if that fails, they have not changed.
  private ScsiResult kept(IoResult result, ModePages next, Nexus by) {
    if (result.isOk()) {
      boolean writeCache = pages.writeCache();
      boolean mediumProtected = pages.mediumProtected();
      change(next.withWriteCache(writeCache).withMediumProtected(mediumProtected), by);
      return ScsiResult.good();
    }
    return unit.isReady() ? ScsiResult.internalTargetFailure() : unit.notReady();
  }
}
