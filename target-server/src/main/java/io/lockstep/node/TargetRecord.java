package io.lockstep.node;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.Json;

/// What is kept of a target node in the control region, as JSON: its iSCSI name, given once. Kept
/// after its last logical unit is gone, so that no name is ever given twice. Immutable.
///
/// @param version of this record's form
/// @param name the part of the IQN after the pair's name; also the record's key
/// @param iqn the target's name
public record TargetRecord(int version, String name, String iqn) {
  /// The type of these records in the store.
  public static final String TYPE = "target";

  public static final int VERSION = 1;

  public static TargetRecord of(String name, String iqn) {
    return new TargetRecord(VERSION, name, iqn);
  }

  /// A record as a disk holds it; checked, since a target is made of it.
  public static TargetRecord decode(byte[] json) throws Json.BadJsonException {
    TargetRecord record = Json.readStored(json, TargetRecord.class);
    if (!RecordKey.isName(record.name)) {
      throw new Json.BadJsonException("name is not one that Lockstep gives");
    }
    if (LuNames.initiatorFault(record.iqn).isPresent()) {
      throw new Json.BadJsonException("iqn is not an iSCSI name");
    }
    return record;
  }

  public RecordKey key() {
    return new RecordKey(TYPE, name);
  }
}
