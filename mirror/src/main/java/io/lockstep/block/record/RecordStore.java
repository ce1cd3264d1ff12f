package io.lockstep.block.record;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Named values in a region of a block device: all in memory, each change on stable storage before
/// it is done. A crash, with any torn or reordered part of what was not flushed, leaves each
/// change done or not done, in the order of the calls.
///
/// Changes that come while a batch is on its way wait together for the next. The log is described
/// in [RecordLog], its bytes in [RecordFormat], its writing in [RecordWriter].
///
/// **Failures.** After a failed write or flush nobody knows what is on the disk: the store refuses
/// every further change with that same result until it is opened anew. Belongs to the loop.
public final class RecordStore {
  /// The longest value.
  public static final int VALUE_BYTES_MAX = 128 << 10;

  /// Changes that may wait at once; beyond it they are refused as BUSY.
  public static final int WAITING_MAX = 4096;

  private final Loop loop;
  private final Mode mode;
  private final RecordWriter writer;
  private final TreeMap<RecordKey, byte[]> records;

  /// What each key will hold once everything waiting is done, to know the size of the store.
  private final TreeMap<RecordKey, Long> sizes = new TreeMap<>();

  private long sizesTotal;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private boolean writing;

  /// Runs once nothing is being written; null unless the store is being closed.
  private @Nullable Runnable closed;

  private IoResult failure = IoResult.OK;

  private RecordStore(Loop loop, Mode mode, RecordWriter writer, Map<RecordKey, byte[]> records) {
    this.loop = loop;
    this.mode = mode;
    this.writer = writer;
    this.records = new TreeMap<>(records);
    records.forEach((key, value) -> resize(new RecordChange.Put(key, value)));
  }

  /// Who else uses the region.
  public enum Mode {
    /// Somebody else may write it meanwhile (the replica of a Secondary): nothing is written here,
    /// an unfinished change is not seen, later ones are seen by opening anew.
    READ_ONLY,
    /// It is ours alone.
    READ_WRITE
  }

  /// How opening ended.
  public sealed interface Opened {
    record Ready(RecordStore store) implements Opened {}

    /// Nothing was changed.
    record Refused(Refusal refusal) implements Opened {}
  }

  private record Waiting(RecordChange change, Completion done) {}

  /// Reads the region; one that is all zeroes is an empty store.
  public static void open(
      RecordRegion region, Loop loop, BufferPool pool, Mode mode, Consumer<Opened> done) {
    Consumer<RecordLoader.Outcome> loaded =
        outcome -> {
          var writer = new RecordWriter(region, pool);
          switch (outcome) {
            case RecordLoader.NotLoaded(Refusal refusal) ->
                done.accept(new Opened.Refused(refusal));
            case RecordLoader.Blank() ->
                done.accept(new Opened.Ready(new RecordStore(loop, mode, writer, new TreeMap<>())));
            case RecordLoader.Loaded found -> {
              writer.continueAfter(found);
              var store = new RecordStore(loop, mode, writer, found.log().records());
              store.cleanThen(found.log().clean(), done);
            }
          }
        };
    new RecordLoader(region, loop, pool, mode == Mode.READ_ONLY, loaded).start();
  }

  /// A log with a damaged copy, or an unfinished end that counts, is replaced before use.
  private void cleanThen(boolean clean, Consumer<Opened> done) {
    if (clean || mode == Mode.READ_ONLY) {
      done.accept(new Opened.Ready(this));
      return;
    }
    writer.startNewLog(
        puts(records),
        result ->
            done.accept(
                result.isOk()
                    ? new Opened.Ready(this)
                    : new Opened.Refused(
                        new Refusal(
                            RecordLoader.NOT_OPENED,
                            "they cannot be written: " + result.detail(),
                            "check the disk"))));
  }

  /// How far the changes have come that are stable.
  public RecordPosition position() {
    return writer.position();
  }

  /// The stable value of a record.
  public Optional<byte[]> get(RecordKey key) {
    return Optional.ofNullable(records.get(key)).map(byte[]::clone);
  }

  /// The keys of a type, in the order of their names.
  public List<RecordKey> keys(String type) {
    return records.keySet().stream().filter(key -> key.type().equals(type)).toList();
  }

  /// Stores a value; the old one stays until the new one is stable. Refused as NO_SPACE, changing
  /// nothing, if the store is full or the value too long.
  public void put(RecordKey key, byte[] value, Completion done) {
    if (value.length > VALUE_BYTES_MAX) {
      refuse(
          done,
          IoResult.noSpace(
              "the record %s/%s has %d bytes; at most %d are kept"
                  .formatted(key.type(), key.name(), value.length, VALUE_BYTES_MAX)));
      return;
    }
    change(new RecordChange.Put(key, value.clone()), done);
  }

  /// Removes a record; fine if there is none.
  public void delete(RecordKey key, Completion done) {
    change(new RecordChange.Delete(key), done);
  }

  /// Ends the store: what is being written ends first, what waits and what comes later is refused.
  ///
  /// @param done runs when nothing of it reaches the device any more
  public void close(Runnable done) {
    failure = IoResult.notReady("the records of the pair are closed");
    refuseWaiting();
    if (writing) {
      closed = done;
    } else {
      loop.execute(done);
    }
  }

  private void change(RecordChange change, Completion done) {
    Check.that(mode == Mode.READ_WRITE, "a store opened for writing");
    if (!failure.isOk()) {
      refuse(done, failure);
    } else if (waiting.size() >= WAITING_MAX) {
      refuse(done, IoResult.busy("%d changes of records wait".formatted(WAITING_MAX)));
    } else if (change instanceof RecordChange.Put && !fits(change)) {
      refuse(
          done,
          IoResult.noSpace(
              "the %d records of the pair fill their %d bytes; delete exports or volumes first"
                  .formatted(sizes.size(), writer.changeBytesMax())));
    } else {
      resize(change);
      waiting.add(new Waiting(change, done));
      writeNext();
    }
  }

  private void refuse(Completion done, IoResult result) {
    loop.execute(() -> done.completed(result));
  }

  private boolean fits(RecordChange change) {
    long old = sizes.getOrDefault(change.key(), 0L);
    return sizesTotal - old + RecordFormat.changeBytes(change) <= writer.changeBytesMax();
  }

  private void resize(RecordChange change) {
    Long old =
        switch (change) {
          case RecordChange.Put put -> sizes.put(put.key(), RecordFormat.changeBytes(put));
          case RecordChange.Delete delete -> sizes.remove(delete.key());
        };
    sizesTotal += sizes.getOrDefault(change.key(), 0L) - (old == null ? 0 : old);
  }

  // --- writing ---

  private void writeNext() {
    if (writing || waiting.isEmpty()) {
      return;
    }
    writing = true;
    var batch = new ArrayList<Waiting>();
    long bytes = 0;
    while (!waiting.isEmpty() && bytes < RecordWriter.BATCH_BYTES_MAX) {
      Waiting next = waiting.remove();
      bytes += RecordFormat.changeBytes(next.change);
      batch.add(next);
    }
    List<RecordChange> changes = batch.stream().map(Waiting::change).toList();
    Completion written = result -> written(batch, changes, result);
    if (writer.hasRoom(bytes)) {
      writer.append(changes, written);
    } else {
      var after = new TreeMap<>(records);
      RecordLog.applyAll(after, changes);
      writer.startNewLog(puts(after), written);
    }
  }

  private void written(List<Waiting> batch, List<RecordChange> changes, IoResult result) {
    writing = false;
    if (result.isOk()) {
      RecordLog.applyAll(records, changes);
    } else {
      failure = result;
    }
    batch.forEach(entry -> entry.done.completed(result));
    if (failure.isOk()) {
      writeNext();
    } else {
      refuseWaiting();
    }
    if (closed != null) {
      closed.run();
    }
  }

  private void refuseWaiting() {
    IoResult why = failure;
    var rest = List.copyOf(waiting);
    waiting.clear();
    rest.forEach(entry -> entry.done.completed(why));
  }

  private static List<RecordChange> puts(Map<RecordKey, byte[]> records) {
    var puts = new ArrayList<RecordChange>();
    records.forEach((key, value) -> puts.add(new RecordChange.Put(key, value)));
    return puts;
  }
}
