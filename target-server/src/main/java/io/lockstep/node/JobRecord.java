package io.lockstep.node;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.InRange;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.volume.Volume;

/// A volume that is to have a size which it has not yet, as it is kept in the control region, as
/// JSON, from before the volume's first extent until it has the last. How far it is, the volume's
/// own size says. Immutable.
///
/// @param version of this record's form
/// @param id the job's name; also the record's key
/// @param volumeUuid LVM's identifier of the volume
/// @param fromBytes the size that it had before; 0 if the job makes it
/// @param toBytes the size that it is to have
public record JobRecord(
    int version,
    String id,
    String volumeUuid,
    @InRange(min = 0, max = Requests.SIZE_BYTES_MAX) long fromBytes,
    @InRange(min = 1, max = Requests.SIZE_BYTES_MAX) long toBytes) {
  /// The type of these records in the store.
  public static final String TYPE = "job";

  public static final int VERSION = 1;

  private static final int BLOCK_BYTES_MAX = 4096;

  static JobRecord of(String id, String volumeUuid, long fromBytes, long toBytes) {
    return new JobRecord(VERSION, id, volumeUuid, fromBytes, toBytes);
  }

  /// A record as a disk holds it; checked, since volumes grow by it.
  public static JobRecord decode(byte[] json) throws Json.BadJsonException {
    JobRecord record = Json.readStored(json, JobRecord.class);
    if (!RecordKey.isName(record.id)) {
      throw new Json.BadJsonException("id is not one that Lockstep gives");
    }
    if (record.fromBytes >= record.toBytes) {
      throw new Json.BadJsonException("toBytes is not more than fromBytes");
    }
    return record;
  }

  public RecordKey key() {
    return new RecordKey(TYPE, id);
  }

  /// Whether this is the job's volume, and has not its size yet.
  boolean isUnfinished(Volume volume) {
    return volume.uuid().equals(volumeUuid) && volume.sizeBytes() < toBytes;
  }

  /// The size that hosts see meanwhile, in whole blocks of any size.
  long shownBytes() {
    return fromBytes / BLOCK_BYTES_MAX * BLOCK_BYTES_MAX;
  }

  /// Whether the volume is new: nobody may use it before it has its size.
  boolean creates() {
    return fromBytes == 0;
  }
}
