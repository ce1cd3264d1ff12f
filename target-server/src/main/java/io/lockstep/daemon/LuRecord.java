package io.lockstep.daemon;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.Json;
import io.lockstep.scsi.LuIdentity;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is kept of a logical unit in the control region, as JSON: names that never change once
/// given, and who may use it. Kept after the volume is gone (`deleted`), so that no name is ever
/// given twice. Immutable.
///
/// @param version of this record's form: 2 while the write cache is off, else 1
/// @param name the part of the IQN after the pair's name; also the record's key
/// @param volumeUuid LVM's identifier of the volume
/// @param volume the volume's name now
/// @param iqn the target name
/// @param naa NAA-6 identifier, 32 hexadecimal digits
/// @param serial unit serial number
/// @param blockBytes logical block size, fixed for life
/// @param exported whether it is offered now
/// @param initiators who may log in; empty: everybody
/// @param deleted whether the volume is gone
/// @param writeCache whether GOOD to a write may come before its data are stable (WCE); on in a
///     record that does not say it
record LuRecord(
    int version,
    String name,
    String volumeUuid,
    String volume,
    String iqn,
    String naa,
    String serial,
    int blockBytes,
    boolean exported,
    List<String> initiators,
    boolean deleted,
    boolean writeCache) {
  /// The type of these records in the store.
  static final String TYPE = "lu";

  /// The form of most records.
  static final int VERSION = 1;

  /// The form of a record whose write cache is off. A release without that switch refuses it: it
  /// would promise less than the volume's hosts were told, and drop the switch when it writes.
  static final int VERSION_WITHOUT_CACHE = 2;

  /// The LUN in a target node of its own.
  static final int LUN = 0;

  /// What a record of an older release does not say.
  private static final Map<String, Boolean> ADDED = Map.of("writeCache", true);

  /// The form of a record, whatever else it holds.
  private record Form(int version) {}

  /// Which version of the form a record has.
  static int version(byte[] json) throws Json.BadJsonException {
    return Json.readStored(json, Form.class).version;
  }

  /// Whether this release knows a form.
  static boolean isKnown(int version) {
    return version == VERSION || version == VERSION_WITHOUT_CACHE;
  }

  /// A record of a known form as a disk holds it; checked, since a target is made of it.
  static LuRecord decode(byte[] json) throws Json.BadJsonException {
    LuRecord record = Json.readStored(json, LuRecord.class, ADDED);
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
    if (LuNames.initiatorFault(iqn).isPresent()) {
      return Optional.of("iqn is not an iSCSI name");
    }
    if (!LuIdentity.NAA.matcher(naa).matches()) {
      return Optional.of("naa is not an NAA-6 identifier");
    }
    if (!serial.matches("[!-~]{1,32}")) {
      return Optional.of("serial is not 1 to 32 printable characters");
    }
    if (blockBytes != 512 && blockBytes != 4096) {
      return Optional.of("blockBytes is %d, not 512 or 4096".formatted(blockBytes));
    }
    return initiators.stream()
        .filter(initiator -> LuNames.initiatorFault(initiator).isPresent())
        .findFirst()
        .map(_ -> "initiators holds what is not an initiator's name");
  }

  byte[] encode() {
    return Json.bytes(this);
  }

  LuIdentity identity() {
    return new LuIdentity(naa, serial, blockBytes, Release.productRevision());
  }

  boolean allows(String initiator) {
    return initiators.isEmpty() || initiators.contains(initiator);
  }

  LuRecord exportedTo(List<String> newInitiators) {
    return with(volume, true, List.copyOf(newInitiators), deleted, writeCache);
  }

  LuRecord withWriteCache(boolean on) {
    return with(volume, exported, initiators, deleted, on);
  }

  LuRecord notExported() {
    return with(volume, false, List.of(), deleted, writeCache);
  }

  LuRecord renamed(String newVolume) {
    return with(newVolume, exported, initiators, deleted, writeCache);
  }

  LuRecord tombstone() {
    return with(volume, false, List.of(), true, true);
  }

  /// What may change of a logical unit; its names stay.
  private LuRecord with(
      String newVolume,
      boolean offered,
      List<String> newInitiators,
      boolean gone,
      boolean cachesWrites) {
    return new LuRecord(
        cachesWrites ? VERSION : VERSION_WITHOUT_CACHE,
        name,
        volumeUuid,
        newVolume,
        iqn,
        naa,
        serial,
        blockBytes,
        offered,
        newInitiators,
        gone,
        cachesWrites);
  }
}
