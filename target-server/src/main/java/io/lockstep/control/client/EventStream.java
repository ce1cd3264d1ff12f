package io.lockstep.control.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.control.api.Json;
import io.lockstep.control.api.PairStatus;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;

/// The pair's state as it changes (`GET /v1/events`). Read by one thread; [#close] from any thread
/// ends a [#next] that waits.
public final class EventStream implements AutoCloseable {
  /// The daemon sends at least a comment every ten seconds; twice of that and it is gone.
  private static final Duration SILENCE_MAX = Duration.ofSeconds(25);

  private final SocketStream stream;
  private long chunkLeft;

  EventStream(SocketStream stream) {
    this.stream = stream;
  }

  /// Waits for the next picture.
  ///
  /// @throws IOException if the daemon has gone, is silent for too long, or this was closed
  public PairStatus next() throws IOException {
    StringBuilder data = new StringBuilder();
    while (true) {
      String line = line();
      if (line.startsWith("data:")) {
        data.append(line.substring("data:".length()).strip());
      } else if (line.isEmpty() && !data.isEmpty()) {
        return parse(data.toString());
      }
    }
  }

  private static PairStatus parse(String data) throws IOException {
    try {
      return Json.read(data.getBytes(UTF_8), PairStatus.class);
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
