package io.lockstep.node;

import io.lockstep.block.BlockRange;
import io.lockstep.block.record.RecordPosition;
import io.lockstep.block.record.RecordStore;
import io.lockstep.volume.Engines;
import io.lockstep.volume.GroupPicture;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Keeps a Secondary's portal offering what the local copy of the control region says, and knows
/// which volumes the local copy holds. The copy changes under the reader: a reading that fails
/// keeps what was known, and is tried again. Belongs to the mirror's loop.
public final class ReplicaReader {
  /// A burst of changes is read once.
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long RETRY_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// Where extents begin unless lvm2 was told otherwise; LVM's metadata lies before them.
  private static final long EXTENTS_START_BYTES = 1 << 20;

  private final ReplicatedSpace replica;
  private final Engines engines;
  private final OfferedTargets targets;
  private final BooleanSupplier wanted;
  private final Runnable changed;
  private boolean scheduled;
  private boolean reading;
  private boolean again;
  private boolean everRead;

  /// The last reading was good, and nothing has changed since.
  private boolean current;

  private List<Export> exports = List.of();
  private List<JobRecord> jobs = List.of();
  private List<UnitRecord> units = List.of();
  private RecordPosition position = new RecordPosition(0, 0);
  private GroupPicture group = GroupPicture.NONE;

  /// @param replica the local copy
  /// @param engines who opens the group for a Primary
  /// @param wanted whether this node is Secondary and its copy may be read now
  /// @param changed told after each reading
  public ReplicaReader(
      ReplicatedSpace replica,
      Engines engines,
      OfferedTargets targets,
      BooleanSupplier wanted,
      Runnable changed) {
    this.replica = replica;
    this.engines = engines;
    this.targets = targets;
    this.wanted = wanted;
    this.changed = changed;
  }

  /// What the last good reading found.
  public List<Export> exports() {
    return exports;
  }

  /// The logical units of that reading, those of deleted volumes too.
  public List<UnitRecord> units() {
    return units;
  }

  /// How far the records are known here; empty while the copy has changed since.
  public Optional<RecordPosition> position() {
    return current ? Optional.of(position) : Optional.empty();
  }

  /// The volumes that the last good reading found.
  public GroupPicture group() {
    return group;
  }

  /// How well the copy's records are known here; they are those of the pair only while nothing but
  /// the Primary's writes can change them, and those arrive.
  public TargetPicture.Knowledge knowledge(boolean follows) {
    if (!everRead) {
      return TargetPicture.Knowledge.NONE;
    }
    return follows && current ? TargetPicture.Knowledge.ALL : TargetPicture.Knowledge.SOME;
  }

  /// The copy has changed there.
  public void changed(BlockRange range) {
    long metadataBytes = Math.max(group.layout().startBytes(), EXTENTS_START_BYTES);
    if (range.offset() < replica.control().getAsLong() + metadataBytes) {
      readSoon();
    }
  }

  /// The copy may have changed.
  public void readSoon() {
    readAfter(PAUSE_NANOS);
  }

  private void readAfter(long nanos) {
    current = false;
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
        replica.records(),
        replica.loop(),
        replica.pool(),
        RecordStore.Mode.READ_ONLY,
        this::opened);
  }

  private void opened(RecordStore.Opened opened) {
    if (!wanted.getAsBoolean()) {
      reading = false;
      return;
    }
    switch (opened) {
      case RecordStore.Opened.Ready(RecordStore store) -> take(store);
      case RecordStore.Opened.Refused _ -> ended(false);
    }
  }

  private void take(RecordStore store) {
    switch (ExportRecords.read(store)) {
      case ExportRecords.Read.Good(ExportRecords records) -> {
        targets.show(records.exports());
        readGroup(records);
      }
      case ExportRecords.Read.Bad _ -> ended(false);
    }
  }

  /// Records and volumes are told together: a volume without its record would seem not exported.
  private void readGroup(ExportRecords records) {
    engines.picture(
        replica.data(),
        replica.pool(),
        picture -> {
          exports = records.exports();
          jobs = records.jobs();
          units = records.units();
          position = records.position();
          everRead = true;
          picture.ifPresent(taken -> group = taken);
          targets.mediaRead(media());
          ended(picture.isPresent());
          if (wanted.getAsBoolean()) {
            changed.run();
          }
        });
  }

  private Map<String, MediumFacts> media() {
    var factsByUuid = new HashMap<String, MediumFacts>();
    for (Volume volume : group.volumes()) {
      Serving serving = group.servings().getOrDefault(volume.uuid(), new Serving.ReadWrite());
      factsByUuid.put(volume.uuid(), MediumFacts.of(volume, serving, jobs));
    }
    var media = new HashMap<String, MediumFacts>();
    for (Export export : exports) {
      @Nullable MediumFacts facts = factsByUuid.get(export.unit().volumeUuid());
      if (facts != null) {
        media.put(export.naa(), facts);
      }
    }
    return media;
  }

  private void ended(boolean good) {
    reading = false;
    current = good && !again;
    if (wanted.getAsBoolean() && (!good || again)) {
      again = false;
      readAfter(good ? PAUSE_NANOS : RETRY_NANOS);
    }
  }
}
