package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.Loop;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MissedEvents;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The streams of `GET /v1/events`: first what has happened to this node's mirrors lately, then a
/// picture of the pair; after that each event of a mirror, a picture at each change (at most two a
/// second) and every few seconds anyway, since ages grow; a comment now and then shows that the
/// daemon lives.
///
/// A reader that is too slow misses pictures, never a newer one for an older. Events wait for it as
/// long as they are kept; what it has missed then is counted, and it is told. Belongs to the
/// server's loop, except [#changed] and [#happened].
final class EventFeed {
  /// Most streams at once.
  static final int STREAMS_MAX = 32;

  /// So many events are kept for readers that come, or come late; the oldest go first.
  static final int KEPT_MAX = 128;

  private static final long CHANGE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);

  private final Loop loop;
  private final NodeControl node;
  private final Map<Channel, Reader> streams = new HashMap<>();
  private final List<EventInfo> kept = new ArrayList<>();

  /// The number of the first event in [#kept]; they are numbered as they come.
  private long first;

  private final AtomicBoolean changePending = new AtomicBoolean();

  EventFeed(Loop loop, NodeControl node) {
    this.loop = loop;
    this.node = node;
  }

  void start() {
    loop.schedule(this::refresh, REFRESH_NANOS);
    loop.schedule(this::heartbeat, HEARTBEAT_NANOS);
  }

  /// Something has changed. Callable from any thread.
  void changed() {
    if (changePending.compareAndSet(false, true)) {
      loop.schedule(
          () -> {
            changePending.set(false);
            publish();
          },
          CHANGE_NANOS);
    }
  }

  /// A mirror of this node has changed. Callable from any thread.
  void happened(EventInfo event) {
    loop.execute(
        () -> {
          if (kept.size() == KEPT_MAX) {
            kept.removeFirst();
            first++;
          }
          kept.add(event);
          streams.values().forEach(Reader::pump);
        });
  }

  boolean isFull() {
    return streams.size() >= STREAMS_MAX;
  }

  /// Adds a stream whose head was sent.
  void add(Channel channel) {
    var reader = new Reader(channel);
    streams.put(channel, reader);
    reader.pump();
    channel.closeFuture().addListener(_ -> loop.execute(() -> streams.remove(channel)));
    publish();
  }

  private void refresh() {
    publish();
    loop.schedule(this::refresh, REFRESH_NANOS);
  }

  private void heartbeat() {
    send(": still here\n\n");
    loop.schedule(this::heartbeat, HEARTBEAT_NANOS);
  }

  private void publish() {
    if (streams.isEmpty()) {
      return;
    }
    node.loop()
        .execute(
            () -> {
              try {
                node.picture(picture -> loop.execute(() -> send(picture)));
              } catch (RuntimeException e) {
                LOG.error("no picture of the pair for the streams of events", e);
              }
            });
  }

  private void send(PairPicture picture) {
    String text;
    try {
      text = block("status", picture.status());
    } catch (RuntimeException e) {
      LOG.error("a picture of the pair cannot be drawn as JSON", e);
      return;
    }
    send(text);
  }

  private void send(String text) {
    for (Reader reader : streams.values()) {
      reader.pump();
      reader.write(text);
    }
  }

  private static String block(String kind, Object data) {
    return "event: " + kind + "\ndata: " + Json.text(data) + "\n\n";
  }

  /// One who reads the stream, and how far.
  private final class Reader {
    private final Channel channel;

    /// The number of the event that is its next.
    private long next = first;

    Reader(Channel channel) {
      this.channel = channel;
    }

    /// Writes what it takes.
    void pump() {
      while (channel.isWritable() && next < first + kept.size()) {
        if (next < first) {
          write(block("missed", new MissedEvents(first - next)));
          next = first;
        } else {
          write(block("mirror", kept.get((int) (next - first))));
          next++;
        }
      }
    }

    void write(String text) {
      if (channel.isWritable()) {
        byte[] bytes = text.getBytes(UTF_8);
        channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
      }
    }
  }
}
