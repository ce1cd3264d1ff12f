package io.lockstep.control.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MissedEvents;
import io.lockstep.control.api.PairStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;

/// The pair's state as it changes, and what happens to a node's mirrors (`GET /v1/events`). Read by
/// one thread; [#close] from any thread ends a [#next] that waits.
public final class EventStream implements AutoCloseable {
  /// The daemon sends at least a comment every ten seconds; twice of that and it is gone.
  private static final Duration SILENCE_MAX = Duration.ofSeconds(25);

  private final SocketStream stream;
  private long chunkLeft;

  EventStream(SocketStream stream) {
    this.stream = stream;
  }

  /// What the stream tells.
  public sealed interface Told {}

  /// How things stand.
  public record Picture(PairStatus status) implements Told {}

  /// A mirror of the daemon's node has changed. The last ones come before the first [Picture].
  public record Happened(EventInfo event) implements Told {}

  /// So many [Happened] were lost to this reader, which was too slow.
  public record Missed(long count) implements Told {}

  /// Waits for what comes next.
  ///
  /// @throws IOException if the daemon has gone, is silent for too long, or this was closed
  public Told next() throws IOException {
    String kind = "";
    StringBuilder data = new StringBuilder();
    while (true) {
      String line = line();
      if (line.startsWith("event:")) {
        kind = line.substring("event:".length()).strip();
      } else if (line.startsWith("data:")) {
        data.append(line.substring("data:".length()).strip());
      } else if (line.isEmpty() && !data.isEmpty()) {
        byte[] json = data.toString().getBytes(UTF_8);
        switch (kind) {
          case "status" -> {
            return new Picture(parse(json, PairStatus.class));
          }
          case "mirror" -> {
            return new Happened(parse(json, EventInfo.class));
          }
          case "missed" -> {
            return new Missed(parse(json, MissedEvents.class).count());
          }
          default -> {} // A later daemon may tell more.
        }
        data.setLength(0);
      }
    }
  }

  /// Waits for the next picture, whatever happens before it.
  ///
  /// @throws IOException as [#next]
  public PairStatus nextPicture() throws IOException {
    while (true) {
      if (next() instanceof Picture(PairStatus status)) {
        return status;
      }
    }
  }

  private static <T> T parse(byte[] json, Class<T> type) throws IOException {
    try {
      return Json.read(json, type);
    } catch (Json.BadJsonException e) {
      throw new IOException("an event that is not JSON: " + e.getMessage(), e);
    }
  }

  /// A line of the stream inside HTTP's chunks (RFC 9112 7.1), which may split it anywhere.
  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    while (true) {
      if (chunkLeft == 0) {
        beginChunk();
      }
      int next = stream.bytes(1, SILENCE_MAX)[0];
      chunkLeft--;
      if (chunkLeft == 0) {
        stream.line(SILENCE_MAX);
      }
      if (next == '\n') {
        return line.toString(UTF_8).stripTrailing();
      }
      line.write(next);
    }
  }

  private void beginChunk() throws IOException {
    String size = stream.line(SILENCE_MAX);
    try {
      chunkLeft = Long.parseLong(size, 16);
    } catch (NumberFormatException e) {
      throw new IOException("not a chunk: " + new String(size.getBytes(ISO_8859_1), UTF_8), e);
    }
    if (chunkLeft == 0) {
      throw new IOException("the daemon has ended the stream");
    }
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
