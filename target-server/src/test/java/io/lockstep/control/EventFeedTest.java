package io.lockstep.control;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.control.api.EventInfo;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// No event of a mirror is left out, merged with another, or told twice; and who has missed some
/// knows how many.
@Tag("unit")
class EventFeedTest {
  private static final long SECOND = 1_000_000_000L;

  private final VirtualLoop loop = new VirtualLoop();
  private final EventFeed feed = new EventFeed(loop, new SampleNode(loop, "a", true));

  private void happens(long number) {
    feed.happened(new EventInfo(number, "a", "m", "disk", "UpToDate", "Failed", "a test", null));
    loop.advance(1);
  }

  private EmbeddedChannel reader() {
    var channel = new EmbeddedChannel();
    feed.add(channel);
    loop.advance(1);
    return channel;
  }

  private static void stop(EmbeddedChannel channel, boolean reading) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(1, reading);
  }

  /// What the reader has got since it was asked last: kinds, and for events their numbers.
  private static List<String> read(EmbeddedChannel channel) {
    List<String> told = new ArrayList<>();
    for (DefaultHttpContent part = channel.readOutbound();
        part != null;
        part = channel.readOutbound()) {
      String text = part.content().toString(UTF_8);
      part.release();
      String data = text.replaceFirst("(?s).*\ndata: ", "").strip();
      if (text.startsWith("event: mirror\n")) {
        told.add(data.replaceFirst(".*\"atMillis\":(\\d+),.*", "$1"));
      } else if (text.startsWith("event: missed\n")) {
        told.add("missed " + data);
      } else {
        told.add(text.startsWith("event: status\n") ? "status" : "comment");
      }
    }
    return told;
  }

  @Test
  void whoComesHearsWhatWasAndThenHowItIs() {
    happens(1);
    happens(2);
    EmbeddedChannel reader = reader();
    happens(3);
    assertThat(read(reader)).containsExactly("1", "2", "status", "3");
  }

  @Test
  void onlyTheLastAreKept() {
    for (int number = 1; number <= EventFeed.KEPT_MAX + 5; number++) {
      happens(number);
    }
    List<String> told = read(reader());
    assertThat(told).hasSize(EventFeed.KEPT_MAX + 1).startsWith("6").endsWith("status");
  }

  @Test
  void eventsWaitForASlowReaderInTheirOrder() {
    EmbeddedChannel reader = reader();
    read(reader);
    stop(reader, false);
    happens(1);
    happens(2);
    stop(reader, true);
    happens(3);
    assertThat(read(reader)).containsExactly("1", "2", "3");
  }

  @Test
  void whoIsTooSlowIsToldHowManyItHasMissed() {
    feed.start();
    EmbeddedChannel reader = reader();
    read(reader);
    stop(reader, false);
    for (int number = 1; number <= EventFeed.KEPT_MAX + 3; number++) {
      happens(number);
    }
    assertThat(read(reader)).isEmpty();
    stop(reader, true);
    loop.advance(6 * SECOND);
    assertThat(read(reader))
        .startsWith("missed {\"count\":3}", "4", "5")
        .endsWith(String.valueOf(EventFeed.KEPT_MAX + 3), "status");
  }
}
