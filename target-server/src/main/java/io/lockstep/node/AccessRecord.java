package io.lockstep.node;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.Json;
import java.util.List;

/// Who may use a target, as it is kept in the control region, as JSON. It is there while a logical
/// unit is offered in that target, and apart from it, so that what only some may read has a record
/// of its own. Immutable.
///
/// @param version of this record's form
/// @param target the target's name; also the record's key
/// @param initiators who may log in; empty: everybody
public record AccessRecord(int version, String target, List<String> initiators) {
  /// The type of these records in the store.
  public static final String TYPE = "access";

  public static final int VERSION = 1;

  public static AccessRecord of(String target, List<String> initiators) {
    return new AccessRecord(VERSION, target, List.copyOf(initiators));
  }

  /// A record as a disk holds it; checked, since logins are decided by it.
  public static AccessRecord decode(byte[] json) throws Json.BadJsonException {
    AccessRecord record = Json.readStored(json, AccessRecord.class);
    if (!RecordKey.isName(record.target)) {
      throw new Json.BadJsonException("target is not the name of one");
    }
    for (String initiator : record.initiators) {
      if (LuNames.initiatorFault(initiator).isPresent()) {
        throw new Json.BadJsonException("initiators holds what is not an initiator's name");
      }
    }
    return record;
  }

  public RecordKey key() {
    return new RecordKey(TYPE, target);
  }
}
