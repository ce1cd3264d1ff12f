package io.lockstep.daemon;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.record.RecordKey;
import io.lockstep.block.record.RecordPosition;
import io.lockstep.block.record.RecordStore;
import io.lockstep.control.api.Json;
import io.lockstep.volume.Volume;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// The logical units' records: a store's records of type `lu`, decoded. What it says is on stable
/// storage. Belongs to the loop of its store.
final class LuBook {
  private final RecordStore store;
  private final SortedMap<String, LuRecord> records;

  private LuBook(RecordStore store, SortedMap<String, LuRecord> records) {
    this.store = store;
    this.records = records;
  }

  /// How reading a store ended.
  sealed interface Read {
    record Good(LuBook book) implements Read {}

    /// @param sentence what, where, and what to do
    record Bad(String sentence) implements Read {}
  }

  /// Reads and checks all of them: what is on a disk is outside input.
  static Read read(RecordStore store) {
    var records = new TreeMap<String, LuRecord>();
    var given = new HashSet<String>();
    for (RecordKey key : store.keys(LuRecord.TYPE)) {
      byte[] json = store.get(key).orElseThrow();
      try {
        int version = LuRecord.version(json);
        if (!LuRecord.isKnown(version)) {
          return new Read.Bad(
              "the record %s has version %d, this release knows %d; run a newer release"
                  .formatted(key.name(), version, LuRecord.VERSION_WITHOUT_CACHE));
        }
        LuRecord record = LuRecord.decode(json);
        if (!record.name().equals(key.name())) {
          return bad(key, "it says that it is " + record.name());
        }
        if (!given.add(record.iqn()) || !given.add(record.naa()) || !given.add(record.serial())) {
          return bad(key, "another record has its iqn, naa or serial");
        }
        records.put(record.name(), record);
      } catch (Json.BadJsonException e) {
        return bad(key, String.valueOf(e.getMessage()));
      }
    }
    return new Read.Good(new LuBook(store, records));
  }

  private static Read bad(RecordKey key, String why) {
    return new Read.Bad(
        "the record %s cannot be used (%s); restore it from the other node"
            .formatted(key.name(), why));
  }

  /// All of them, those of deleted volumes too.
  List<LuRecord> records() {
    return List.copyOf(records.values());
  }

  /// How far the records have come.
  RecordPosition position() {
    return store.position();
  }

  /// The record of a volume that exists.
  Optional<LuRecord> ofVolume(String volume) {
    return records.values().stream()
        .filter(record -> !record.deleted() && record.volume().equals(volume))
        .findFirst();
  }

  /// Stores a record; it is in the book once it is stable.
  void put(LuRecord record, Completion done) {
    store.put(
        new RecordKey(LuRecord.TYPE, record.name()),
        record.encode(),
        result -> {
          if (result.isOk()) {
            records.put(record.name(), record);
          }
          done.completed(result);
        });
  }

  /// Brings the records in line with the volumes, which are told apart by their LVM identifier: a
  /// crash between a change of the group and the change of its record leaves the record behind.
  void reconcile(List<Volume> volumes, Completion done) {
    List<LuRecord> changes = new ArrayList<>();
    for (LuRecord record : records.values()) {
      Optional<Volume> volume =
          volumes.stream().filter(one -> one.uuid().equals(record.volumeUuid())).findFirst();
      if (volume.isEmpty() && !record.deleted()) {
        changes.add(record.tombstone());
      } else if (volume.isPresent() && !volume.get().name().equals(record.volume())) {
        changes.add(record.renamed(volume.get().name()));
      }
    }
    putAll(changes, 0, done);
  }

  private void putAll(List<LuRecord> changes, int index, Completion done) {
    if (index == changes.size()) {
      done.completed(IoResult.OK);
      return;
    }
    put(
        changes.get(index),
        result -> {
          if (result.isOk()) {
            putAll(changes, index + 1, done);
          } else {
            done.completed(result);
          }
        });
  }
}
