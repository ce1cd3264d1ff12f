package io.lockstep.node;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.InRange;
import io.lockstep.control.api.Json;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.util.Optional;

/// What is kept of a logical unit in the control region, as JSON: names that never change once
/// given, and where it is offered. Kept after the volume is gone (`deleted`), so that no name is
/// ever given twice. Immutable.
///
/// @param version of this record's form; [LuRecord] reads the older ones
/// @param name the record's key
/// @param volumeUuid LVM's identifier of the volume
/// @param volume the volume's name now
/// @param naa NAA-6 identifier, 32 hexadecimal digits
/// @param serial unit serial number
/// @param blockBytes logical block size, fixed for life
/// @param writeCache whether GOOD to a write may come before its data are stable (WCE)
/// @param target the name of the target record in which it is, or was last
/// @param lun its number there
/// @param exported whether it is offered now
/// @param deleted whether the volume is gone
public record UnitRecord(
    int version,
    String name,
    String volumeUuid,
    String volume,
    String naa,
    String serial,
    int blockBytes,
    boolean writeCache,
    String target,
    @InRange(min = 0, max = ScsiTargetDevice.LUN_MAX) int lun,
    boolean exported,
    boolean deleted) {
  /// The type of these records in the store; releases that know only [LuRecord] refuse this form.
  public static final String TYPE = "lu";

  public static final int VERSION = 3;

  /// A record of this form as a disk holds it; checked, since a logical unit is made of it.
  public static UnitRecord decode(byte[] json) throws Json.BadJsonException {
    UnitRecord record = Json.readStored(json, UnitRecord.class);
    Optional<String> fault = record.fault();
    if (fault.isPresent()) {
      throw new Json.BadJsonException(fault.get());
    }
    return record;
  }

  /// What is wrong with a field, as a clause; empty if nothing is.
  private Optional<String> fault() {
    if (!RecordKey.isName(name)) {
      return Optional.of("name is not one that Lockstep gives");
    }
    if (!RecordKey.isName(target)) {
      return Optional.of("target is not the name of one");
    }
    if (!LuIdentity.NAA.matcher(naa).matches()) {
      return Optional.of("naa is not an NAA-6 identifier");
    }
    if (!serial.matches("[!-~]{1,32}")) {
      return Optional.of("serial is not 1 to 32 printable characters");
    }
    return blockBytes == 512 || blockBytes == 4096
        ? Optional.empty()
        : Optional.of("blockBytes is %d, not 512 or 4096".formatted(blockBytes));
  }

  public RecordKey key() {
    return new RecordKey(TYPE, name);
  }

  /// What hosts know it by.
  ///
  /// @param revision of the product, up to four characters
  public LuIdentity identity(String revision) {
    return new LuIdentity(naa, serial, blockBytes, revision);
  }

  /// Where it is offered.
  private record Place(String target, int lun, boolean exported) {}

  private Place place() {
    return new Place(target, lun, exported);
  }

  public UnitRecord exportedAs(String newTarget, int newLun) {
    return with(volume, new Place(newTarget, newLun, true), false, writeCache);
  }

  public UnitRecord withWriteCache(boolean on) {
    return with(volume, place(), deleted, on);
  }

  public UnitRecord notExported() {
    return with(volume, new Place(target, lun, false), deleted, writeCache);
  }

  public UnitRecord renamed(String newVolume) {
    return with(newVolume, place(), deleted, writeCache);
  }

  public UnitRecord tombstone() {
    return with(volume, new Place(target, lun, false), true, true);
  }

  /// What may change of a logical unit; its names stay.
  private UnitRecord with(String newVolume, Place place, boolean gone, boolean cachesWrites) {
    return new UnitRecord(
        VERSION,
        name,
        volumeUuid,
        newVolume,
        naa,
        serial,
        blockBytes,
        cachesWrites,
        place.target,
        place.lun,
        place.exported,
        gone);
  }
}
