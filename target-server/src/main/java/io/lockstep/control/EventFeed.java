package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lockstep.block.Loop;
import io.lockstep.control.api.Json;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The streams of `GET /v1/events`: a picture at once, at each change (at most two a second), and
/// every few seconds anyway, since ages grow; a comment now and then shows that the daemon lives.
/// A reader that is too slow misses pictures, never a newer one for an older. Belongs to the
/// server's loop, except [#changed].
final class EventFeed {
  /// Most streams at once.
  static final int STREAMS_MAX = 32;

  private static final long CHANGE_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long HEARTBEAT_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final Logger LOG = LoggerFactory.getLogger(EventFeed.class);

  private final Loop loop;
  private final NodeControl node;
  private final Set<Channel> streams = new HashSet<>();
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

  boolean isFull() {
    return streams.size() >= STREAMS_MAX;
  }

  /// Adds a stream whose head was sent.
  void add(Channel channel) {
    streams.add(channel);
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
                PairPicture picture = node.picture();
                loop.execute(() -> send(picture));
              } catch (RuntimeException e) {
                LOG.error("no picture of the pair for the streams of events", e);
              }
            });
  }

  private void send(PairPicture picture) {
    String text;
    try {
      text = Json.text(picture.status());
    } catch (RuntimeException e) {
      LOG.error("a picture of the pair cannot be drawn as JSON", e);
      return;
    }
    send("event: status\ndata: " + text + "\n\n");
  }

  private void send(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    for (Channel channel : streams) {
      if (channel.isWritable()) {
        channel.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
      }
    }
  }
}
