package io.lockstep.mirror.link;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.VirtualLoop;
import io.lockstep.mirror.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What belongs to a link dies with it, and what it holds has limits.
@Tag("unit")
class PeerSessionTest {
  private static final MirrorConfig.Limits LIMITS = MirrorConfig.Limits.DEFAULT;

  private final VirtualLoop loop = new VirtualLoop();
  private final Recording link = new Recording();
  private final PeerSession session = new PeerSession(link, 1, loop, LIMITS, () -> 7);

  PeerSessionTest() {
    session.begin();
  }

  @Test
  void nothingGoesOnALinkThatHasEnded() {
    session.end();
    session.send(new Frame.Ping(1));
    List<IoResult> sent = new ArrayList<>();
    session.send(new Frame.Ping(1), sent::add);
    session.close("again");
    loop.runReady();
    assertThat(link.frames).isEmpty();
    assertThat(link.closed).isEmpty();
    assertThat(sent).singleElement().extracting(IoResult::reason).isEqualTo(IoResult.Reason.CLOSED);
  }

  @Test
  void aPeerThatIsSilentForTooLongIsLetGo() {
    loop.runUntil(() -> !link.closed.isEmpty(), 1000);
    assertThat(loop.nowNanos()).isGreaterThan(LIMITS.peerTimeoutNanos());
    assertThat(link.closed).singleElement().asString().contains("has not answered for");
    assertThat(link.frames).contains(new Frame.Ping(1));
  }

  /// A link that keeps what goes its way.
  private static final class Recording implements PeerLink {
    private final List<Frame> frames = new ArrayList<>();
    private final List<String> closed = new ArrayList<>();

    @Override
    public void send(long term, Frame frame, Completion sent) {
      frames.add(frame);
    }

    @Override
    public void send(long term, Frame frame) {
      frames.add(frame);
    }

    @Override
    public void close(String reason) {
      closed.add(reason);
    }

    @Override
    public String remoteAddress() {
      return "nowhere";
    }
  }
}
