package io.lockstep.node;

import io.lockstep.block.Check;
import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.block.record.RecordPosition;
import io.lockstep.block.record.RecordStore;
import io.lockstep.control.api.JobInfo;
import io.lockstep.volume.Engines;
import io.lockstep.volume.OpenResult;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a node has open while it is Primary: the records of the control region and the volume
/// group, both on the mirror's device; the targets serve the volumes. Opens and closes in order,
/// also when the mirror takes the role away in the middle of opening. Belongs to the mirror's loop.
///
/// ```
///   CLOSED ──open──► OPENING ──► OPEN ──close──► CLOSING ──► CLOSED
///                       └─ (refused) ► FAILED ──close──┘
/// ```
///
/// A change of role that is refused lets the node keep it: then open comes again, perhaps before
/// everything is closed.
public final class ServedVolumes {
  private enum Phase {
    CLOSED,
    OPENING,
    OPEN,
    FAILED,
    CLOSING
  }

  private final ReplicatedSpace space;
  private final Engines engines;
  private final OfferedTargets targets;
  private final Runnable changed;
  private final JobProgress progress = new JobProgress();

  private Phase phase = Phase.CLOSED;
  private @Nullable ExportRecords records;
  private @Nullable VolumeEngine engine;
  private String failure = "";
  private @Nullable Runnable released;

  /// The role was to end and does not: what is closing is opened again.
  private boolean reopen;

  /// @param space through the mirror
  /// @param engines who opens the group
  /// @param changed told after each change of state
  public ServedVolumes(
      ReplicatedSpace space, Engines engines, OfferedTargets targets, Runnable changed) {
    this.space = space;
    this.engines = engines;
    this.targets = targets;
    this.changed = changed;
  }

  public boolean isOpen() {
    return phase == Phase.OPEN;
  }

  /// Why the volumes are not open although this node is Primary; empty if nothing went wrong.
  public Optional<String> failure() {
    return failure.isEmpty() ? Optional.empty() : Optional.of(failure);
  }

  ExportRecords records() {
    return Check.present(records, "the records are open");
  }

  /// How far the records have come; empty unless they are open.
  public Optional<RecordPosition> position() {
    return isOpen() ? Optional.of(records().position()) : Optional.empty();
  }

  VolumeEngine engine() {
    return Check.present(engine, "the volume group is open");
  }

  JobProgress progress() {
    return progress;
  }

  /// The jobs that have not ended.
  List<JobInfo> jobs() {
    List<JobInfo> jobs = new ArrayList<>(progress.shown(records().jobs(), engine().volumes()));
    jobs.addAll(SnapshotView.jobs(engine()));
    return jobs;
  }

  /// Whether zeroing costs next to nothing: the disk gives back space, and reads zeroes there.
  boolean erasesCheaply() {
    return space.device().limits().discardZeroes();
  }

  /// This node has become Primary, or stays it after all.
  public void open() {
    switch (phase) {
      case CLOSED -> openRecords();
      case OPENING -> released = null;
      case CLOSING -> reopen = true;
      case OPEN, FAILED -> throw new AssertionError("opened once");
    }
  }

  private void openRecords() {
    phase = Phase.OPENING;
    failure = "";
    RecordStore.open(
        space.records(),
        space.loop(),
        space.pool(),
        RecordStore.Mode.READ_WRITE,
        opened -> {
          switch (opened) {
            case RecordStore.Opened.Ready(RecordStore store) -> read(store);
            case RecordStore.Opened.Refused(Refusal refusal) -> failed(refusal.sentence());
          }
        });
  }

  private void read(RecordStore store) {
    switch (ExportRecords.read(store)) {
      case ExportRecords.Read.Good(ExportRecords read) -> {
        records = read;
        openGroup();
      }
      case ExportRecords.Read.Bad(String sentence) -> notOpened(sentence);
    }
  }

  private void openGroup() {
    engines.open(
        space.data(),
        space.loop(),
        space.pool(),
        result -> {
          switch (result) {
            case OpenResult.Ready(VolumeEngine opened) -> {
              engine = opened;
              mend();
            }
            case OpenResult.Refused(Refusal refusal) -> failed(refusal.sentence());
          }
        });
  }

  /// Brings the records in line with the volumes: a crash may have come between the two. A snapshot
  /// to which its origin is being put back is gone for hosts.
  private void mend() {
    List<Volume> there =
        engine().volumes().stream()
            .filter(volume -> !volume.snapshotOf().map(SnapshotOf::rollingBack).orElse(false))
            .toList();
    records()
        .mend(
            there,
            result -> {
              if (result.isOk()) {
                serve();
              } else {
                notOpened(result.detail());
              }
            });
  }

  private void serve() {
    phase = Phase.OPEN;
    if (released == null) {
      List<Export> exports = records().exports();
      targets.show(exports);
      exports.forEach(this::serve);
    }
    changed.run();
    closeIfAsked();
  }

  /// Serves the volume of a logical unit that is offered.
  void serve(Export export) {
    engine().volumes().stream()
        .filter(volume -> volume.name().equals(export.volume()))
        .findFirst()
        .ifPresent(
            volume ->
                targets.activate(
                    export.naa(),
                    MediumFacts.of(volume, engine().serving(volume), records().jobs()),
                    engine().device(volume.name())));
  }

  private void notOpened(String why) {
    failed(new Refusal("The control region was not opened", why, "").sentence());
  }

  private void failed(String sentence) {
    phase = Phase.FAILED;
    failure = sentence;
    changed.run();
    closeIfAsked();
  }

  private void closeIfAsked() {
    @Nullable Runnable waiting = released;
    if (waiting != null) {
      released = null;
      close(waiting);
    }
  }

  /// The role is about to end: `done` runs when nothing uses the mirror's device any more and what
  /// was written is flushed.
  public void close(Runnable done) {
    switch (phase) {
      case CLOSED -> done.run();
      case OPENING -> {
        Check.that(released == null, "closed once");
        released = done;
      }
      case OPEN, FAILED -> {
        phase = Phase.CLOSING;
        released = done;
        targets.standby(
            () -> closeRecords(() -> closeEngine(_ -> space.device().flush(_ -> closed()))));
      }
      case CLOSING -> {
        reopen = false;
        released = done;
      }
    }
  }

  private void closeRecords(Runnable done) {
    if (records == null) {
      done.run();
    } else {
      records.close(done);
    }
  }

  private void closeEngine(Consumer<IoResult> done) {
    if (engine == null) {
      done.accept(IoResult.OK);
    } else {
      engine.close(done::accept);
    }
  }

  private void closed() {
    phase = Phase.CLOSED;
    engine = null;
    records = null;
    progress.clear();
    failure = "";
    Runnable waiting = Check.present(released, "someone waits");
    released = null;
    waiting.run();
    changed.run();
    if (reopen) {
      reopen = false;
      openRecords();
    }
  }
}
