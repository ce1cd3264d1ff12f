package io.lockstep.block.record;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.block.record.RecordFormat.Header;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads a region once, from the headers to the records, and writes nothing.
///
/// The log in force is the one with the highest generation among whole headers: a header is written
/// only after everything it stands for is stable, and in two copies. Of a replica that changes
/// while it is read, a picture that makes no sense is read again, a few times.
final class RecordLoader {
  static final String NOT_OPENED = "The records of the pair were not opened";

  private static final int ATTEMPTS_MAX = 20;
  private static final long PAUSE_NANOS = 25_000_000;

  private final RecordRegion region;
  private final Loop loop;
  private final BufferPool pool;
  private final Consumer<Outcome> done;
  private int attemptsLeft;
  private final List<ByteBuffer> borrowed = new ArrayList<>();
  private int readsLeft;
  private @Nullable IoResult failed;

  /// @param mayChange whether somebody else writes the region meanwhile
  RecordLoader(
      RecordRegion region, Loop loop, BufferPool pool, boolean mayChange, Consumer<Outcome> done) {
    this.region = region;
    this.loop = loop;
    this.pool = pool;
    this.done = done;
    this.attemptsLeft = mayChange ? ATTEMPTS_MAX : 1;
  }

  sealed interface Outcome {}

  /// Nothing was ever stored here.
  record Blank() implements Outcome {}

  /// @param half the log in force, 0 or 1
  record Loaded(int half, long generation, RecordLog log) implements Outcome {}

  record NotLoaded(Refusal refusal) implements Outcome {}

  void start() {
    attemptsLeft--;
    for (int area = 0; area < RecordFormat.AREAS; area++) {
      readArea(area, RecordFormat.BLOCK_BYTES, this::headersRead);
    }
  }

  private void headersRead() {
    var headers = new Header[RecordFormat.AREAS];
    for (int area = 0; area < RecordFormat.AREAS; area++) {
      headers[area] = RecordFormat.decodeHeader(borrowed.get(area), area, region.areaBytes());
    }
    giveBack();
    long generation = 0;
    int half = 0;
    for (int area = 0; area < RecordFormat.AREAS; area++) {
      if (headers[area] instanceof Header.Newer(int version)) {
        end(refusal("are of format version %d, which a newer release wrote".formatted(version)));
        return;
      }
      if (headers[area] instanceof Header.Valid(long found) && found > generation) {
        generation = found;
        half = area / RecordFormat.COPIES;
      }
    }
    if (generation > 0) {
      readLog(half, generation);
    } else if (Arrays.stream(headers).allMatch(Header.Blank.class::isInstance)) {
      end(new Blank());
    } else {
      again("hold something that is not ours, or damaged");
    }
  }

  private void readLog(int half, long generation) {
    for (int copy = 0; copy < RecordFormat.COPIES; copy++) {
      readArea(
          half * RecordFormat.COPIES + copy,
          region.areaBytes(),
          () -> {
            int areaBytes = region.areaBytes();
            RecordLog log =
                RecordLog.read(
                    borrowed.get(0).slice(0, areaBytes),
                    borrowed.get(1).slice(0, areaBytes),
                    generation);
            giveBack();
            if (log == null) {
              again("are damaged in both copies");
            } else {
              end(new Loaded(half, generation, log));
            }
          });
    }
  }

  /// Reads the beginning of an area into the next borrowed buffer; `all` runs after the last of
  /// the reads that were started together.
  private void readArea(int area, int length, Runnable all) {
    ByteBuffer whole = pool.borrow(length);
    borrowed.add(whole);
    int pieceMax = region.device().limits().transferBytesMax();
    for (int at = 0; at < length; at += pieceMax) {
      ByteBuffer piece = whole.slice(at, Math.min(pieceMax, length - at));
      readsLeft++;
      region.device().read(region.areaOffset(area) + at, piece, result -> readDone(result, all));
    }
  }

  private void readDone(IoResult result, Runnable all) {
    if (!result.isOk()) {
      failed = result;
    }
    if (--readsLeft > 0) {
      return;
    }
    IoResult failure = failed;
    if (failure == null) {
      all.run();
      return;
    }
    failed = null;
    giveBack();
    end(refusal("cannot be read: " + failure.detail()));
  }

  private void again(String why) {
    if (attemptsLeft > 0) {
      loop.schedule(this::start, PAUSE_NANOS);
    } else {
      end(refusal(why));
    }
  }

  private NotLoaded refusal(String why) {
    return new NotLoaded(
        new Refusal(
            NOT_OPENED,
            "%s of the replicated disk %s".formatted(region, why),
            "nothing was changed; start with the other node's disk, or restore a backup of this"
                + " one"));
  }

  private void giveBack() {
    borrowed.forEach(pool::giveBack);
    borrowed.clear();
  }

  private void end(Outcome outcome) {
    done.accept(outcome);
  }
}
