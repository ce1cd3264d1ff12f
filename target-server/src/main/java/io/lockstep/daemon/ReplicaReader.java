package io.lockstep.daemon;

import io.lockstep.block.record.RecordRegion;
import io.lockstep.block.record.RecordStore;
import io.lockstep.mirror.meta.DiskLayout;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Keeps a Secondary's portal offering what the local copy of the control region says. The copy
/// changes under the reader: a reading that fails keeps what was known, and is tried again. Belongs
/// to the mirror's loop.
final class ReplicaReader {
  /// A burst of changes is read once.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Space replica;
  private final TargetBoard targets;
  private final BooleanSupplier wanted;
  private final Runnable changed;
  private boolean scheduled;
  private boolean reading;
  private boolean again;
  private List<LuRecord> records = List.of();

  /// @param replica the local copy
  /// @param wanted whether this node is Secondary and its copy may be read now
  /// @param changed told after each reading
  ReplicaReader(Space replica, TargetBoard targets, BooleanSupplier wanted, Runnable changed) {
    this.replica = replica;
    this.targets = targets;
    this.wanted = wanted;
    this.changed = changed;
  }

  /// What the last good reading found.
  List<LuRecord> records() {
    return records;
  }

  /// The copy of the control region may have changed.
  void readSoon() {
    readAfter(PAUSE_NANOS);
  }

  private void readAfter(long nanos) {
    if (reading) {
      again = true;
    } else if (!scheduled) {
      scheduled = true;
      replica.loop().schedule(this::read, nanos);
    }
  }

  private void read() {
    scheduled = false;
    if (!wanted.getAsBoolean()) {
      return;
    }
    reading = true;
    RecordStore.open(
        new RecordRegion(replica.device(), 0, DiskLayout.CONTROL_BYTES),
        replica.loop(),
        replica.pool(),
        RecordStore.Mode.READ_ONLY,
        this::opened);
  }

  private void opened(RecordStore.Opened opened) {
    reading = false;
    if (!wanted.getAsBoolean()) {
      return;
    }
    boolean good =
        switch (opened) {
          case RecordStore.Opened.Ready(RecordStore store) -> take(store);
          case RecordStore.Opened.Refused _ -> false;
        };
    if (!good || again) {
      again = false;
      readAfter(good ? PAUSE_NANOS : RETRY_NANOS);
    }
  }

  private boolean take(RecordStore store) {
    return switch (LuBook.read(store)) {
      case LuBook.Read.Good(LuBook book) -> {
        records = book.records();
        targets.show(records);
        changed.run();
        yield true;
      }
      case LuBook.Read.Bad _ -> false;
    };
  }
}
