package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.mirror.MirrorStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A resync is two lines in the log, with its sizes.
@Tag("unit")
final class ResyncStoryTest {
  private static final long MIB = 1 << 20;

  private final List<String> lines = new ArrayList<>();
  private long nowNanos;
  private final ResyncStory story = new ResyncStory("a", () -> nowNanos, lines::add);

  private static MirrorStatus.Difference running(long doneBytes) {
    var resync =
        new MirrorStatus.Resync(true, OptionalLong.of(512 * MIB), doneBytes, doneBytes / 2, 0, -1);
    return new MirrorStatus.Difference(512 * MIB - doneBytes, Optional.of(resync), doneBytes / 2);
  }

  private static MirrorStatus.Difference over(long leftBytes, long sentBytes) {
    return new MirrorStatus.Difference(leftBytes, Optional.empty(), sentBytes);
  }

  @Test
  void itsBeginningAndItsEndAreALineEach() {
    story.seen(over(512 * MIB, 0));
    story.seen(running(0));
    story.seen(running(100 * MIB));
    nowNanos = TimeUnit.SECONDS.toNanos(42);
    story.seen(over(0, 200 * MIB));
    story.seen(over(0, 200 * MIB));

    assertThat(lines)
        .containsExactly(
            "node a: a resync begins, from here to the other node, 512.0 MiB to do",
            "node a: the resync has ended after 42 s: 512.0 MiB to do, 200.0 MiB on the wire");
  }

  @Test
  void oneThatBreaksOffSaysWhatIsLeft() {
    story.seen(running(0));
    nowNanos = TimeUnit.SECONDS.toNanos(3);
    story.seen(over(300 * MIB, 100 * MIB));

    assertThat(lines.getLast())
        .isEqualTo(
            "node a: the resync has broken off after 3 s: 512.0 MiB to do, 100.0 MiB on the wire,"
                + " 300.0 MiB still differ");
  }
}
