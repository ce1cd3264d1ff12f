package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.control.Dispatcher;
import io.lockstep.control.SampleNode;
import io.lockstep.mirror.MirrorStatus;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A Primary that ends, and another node that does not take over: it ends all the same, in time.
@Tag("unit")
final class HandoverTest {
  /// As the sample node calls it.
  private static final String MIRROR = "k7x2ma";
  private static final String HANDED_OVER = MIRROR + " is handed over";
  private static final String NOT = MIRROR + " is not";

  private final VirtualLoop loop = new VirtualLoop();
  private final SampleNode own = new SampleNode(loop, "a", true);
  private final SampleNode other = new SampleNode(loop, "b", false);
  private final List<String> told = new ArrayList<>();
  private final List<String> ended = new ArrayList<>();

  private void begin(boolean handsOver) {
    var node =
        new NodeEnd(
            loop,
            new Dispatcher(own),
            (mirror, now) -> told.add(mirror + (now ? " is handed over" : " is not")),
            handsOver);
    node.statusChanged(MIRROR, PRIMARY);
    node.begin(() -> ended.add("ended"));
    loop.runReady();
  }

  @Test
  void whoHearsNothingForTenSecondsEndsWithout() {
    var peer = new Dispatcher(other);
    other.answer(peer.handlers());
    own.connect(peer);
    begin(true);
    loop.advance(9_999_999_999L);
    assertThat(told).containsExactly(HANDED_OVER);
    assertThat(ended).isEmpty();
    loop.advance(1);
    assertThat(told).containsExactly(HANDED_OVER, NOT);
    assertThat(ended).hasSize(1);
  }

  @Test
  void whoIsRefusedEndsAtOnce() {
    begin(true);
    assertThat(told).containsExactly(HANDED_OVER, NOT);
    assertThat(ended).hasSize(1);
  }

  @Test
  void whoIsToldNotToHandOverEndsAtOnce() {
    begin(false);
    assertThat(told).isEmpty();
    assertThat(ended).hasSize(1);
  }

  private static final MirrorStatus PRIMARY =
      new MirrorStatus(
          new MirrorStatus.Identity(new UUID(1, 2), "k7x2ma", new UUID(3, 4), 0, "a"),
          new MirrorStatus.Own(Role.PRIMARY, DiskState.UP_TO_DATE, 4, 7),
          new MirrorStatus.Peer(
              Optional.of("b"), Optional.of(Role.SECONDARY), DiskState.UP_TO_DATE),
          new MirrorStatus.Link(ConnectionState.CONNECTED, "", false),
          new MirrorStatus.Replicated(1 << 30, 1 << 20, 1 << 23),
          new MirrorStatus.Difference(0, Optional.empty(), 0),
          new MirrorStatus.Trouble(new MirrorStatus.Unreadable(0, 0, List.of()), 0));
}
