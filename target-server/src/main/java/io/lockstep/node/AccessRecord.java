package io.lockstep.node;

import io.lockstep.block.record.RecordKey;
import io.lockstep.control.api.Json;
import java.util.List;
import java.util.Map;

/// Who may use a target, as it is kept in the control region, as JSON. It is there while a logical
/// unit is offered in that target, and apart from it, so that what only some may read has a record
/// of its own. Immutable.
///
/// @param version of this record's form; one that is not exclusive keeps the first, which older
///     releases read
/// @param target the target's name; also the record's key
/// @param initiators who may log in; empty: everybody
/// @param exclusive whether it is meant for one host at a time: an alert stands while more are in
public record AccessRecord(int version, String target, List<String> initiators, boolean exclusive) {
  /// The type of these records in the store.
  public static final String TYPE = "access";

  public static final int VERSION = 2;

  private static final int NOT_EXCLUSIVE = 1;

  /// Meant for as many hosts as like.
  public static AccessRecord of(String target, List<String> initiators) {
    return new AccessRecord(NOT_EXCLUSIVE, target, List.copyOf(initiators), false);
  }

  /// The same for other initiators.
  public AccessRecord of(List<String> others) {
    return of(target, others).exclusive(exclusive);
  }

  /// The same, meant for one host or for more.
  public AccessRecord exclusive(boolean now) {
    return new AccessRecord(now ? VERSION : NOT_EXCLUSIVE, target, initiators, now);
  }

  /// Whether an initiator may log in.
  public boolean allows(String initiator) {
    return initiators.isEmpty() || initiators.contains(initiator);
  }

  /// A record as a disk holds it; checked, since logins are decided by it.
  public static AccessRecord decode(byte[] json) throws Json.BadJsonException {
    AccessRecord record = Json.readStored(json, AccessRecord.class, Map.of("exclusive", false));
    if (record.exclusive != record.version > NOT_EXCLUSIVE) {
      throw new Json.BadJsonException("exclusive is not what the version says");
    }
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

  /// The first form, which says nothing of hosts.
  record First(int version, String target, List<String> initiators) {}

  /// As a disk holds it.
  byte[] encode() {
    return exclusive ? Json.bytes(this) : Json.bytes(new First(NOT_EXCLUSIVE, target, initiators));
  }

  public RecordKey key() {
    return new RecordKey(TYPE, target);
  }
}
