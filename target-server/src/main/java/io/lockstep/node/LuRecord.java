package io.lockstep.node;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.Json;
import io.lockstep.scsi.LuIdentity;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What older releases kept of an export, in one record instead of three: how it is read. Written
/// no more; [ExportRecords#mend] puts three in its place. Immutable.
///
/// @param version 2 while the write cache is off, else 1
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
public record LuRecord(
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
  /// The newest form of one record for all.
  public static final int VERSION_MAX = 2;

  /// What a record of the first release does not say.
  private static final Map<String, Boolean> ADDED = Map.of("writeCache", true);

  /// A record of such a form as a disk holds it; checked, since a target is made of it.
  public static LuRecord decode(byte[] json) throws Json.BadJsonException {
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

  /// The logical unit: the only one of a target of its own.
  public UnitRecord unit() {
    return new UnitRecord(
        UnitRecord.VERSION,
        name,
        volumeUuid,
        volume,
        naa,
        serial,
        blockBytes,
        writeCache,
        name,
        0,
        exported,
        deleted);
  }

  public TargetRecord target() {
    return TargetRecord.of(name, iqn);
  }

  /// Who may use it, if it is offered.
  public Optional<AccessRecord> access() {
    return exported ? Optional.of(AccessRecord.of(name, initiators)) : Optional.empty();
  }
}
