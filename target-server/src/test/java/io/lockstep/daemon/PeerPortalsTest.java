package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.RoleKey;
import io.lockstep.iscsi.portal.Portal;
import io.lockstep.iscsi.portal.PortalConfig;
import io.lockstep.mirror.link.PeerInquiry.Answer;
import io.lockstep.mirror.state.NodeIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Node 1 asks whether the other one serves, at portals that answer this and that.
@Tag("shell")
class PeerPortalsTest {
  private static final UUID PAIR = new UUID(1, 2);
  private static final UUID MIRROR = new UUID(3, 4);
  private static final String QUESTION = RoleKey.question(PAIR, MIRROR);
  private static final HostPort NOWHERE = new HostPort("127.0.0.1", 1);
  private static final HostPort NO_NAME = new HostPort("nowhere.invalid", 3260);

  private final RingLoop loop = RingLoop.start("test");
  private final List<Portal> portals = new ArrayList<>();

  @AfterEach
  void close() {
    for (Portal portal : portals) {
      var gone = new CompletableFuture<Boolean>();
      portal.close(() -> gone.complete(true));
      assertThat(gone.orTimeout(20, TimeUnit.SECONDS).join()).isTrue();
    }
    loop.close();
  }

  @Test
  void onePrimaryDecidesWhateverTheOthersSay() throws IOException {
    HostPort primary = portal(new RoleKey.Told(0, true, 8));
    HostPort secondary = portal(new RoleKey.Told(0, false, 7));
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      HostPort slow = new HostPort("127.0.0.1", mute.getLocalPort());
      assertThat(ask(slow, NOWHERE, NO_NAME, secondary, primary))
          .isEqualTo(new Answer.Primary(primary.toString(), 8));
      assertThat(ask(slow, NOWHERE)).isEqualTo(new Answer.Mute(slow.toString()));
      assertThat(ask(slow, secondary)).isEqualTo(new Answer.NotPrimary(secondary.toString()));
    }
  }

  @Test
  void nobodyAndOnesOwnPortalAreSilence() {
    HostPort own = portal(new RoleKey.Told(1, true, 8));
    assertThat(ask()).isEqualTo(new Answer.Silent());
    assertThat(ask(NOWHERE, NO_NAME)).isEqualTo(new Answer.Silent());
    assertThat(ask(own)).isEqualTo(new Answer.Silent());
  }

  private HostPort portal(RoleKey.Told told) {
    var targets = new PublishedTargets(loop);
    targets.role(QUESTION, told.text());
    var outcome = new CompletableFuture<Portal.Outcome>();
    Portal.start(PortalConfig.of("127.0.0.1", 0, 1), targets, loop, outcome::complete);
    Portal portal =
        ((Portal.Outcome.Started) outcome.orTimeout(20, TimeUnit.SECONDS).join()).portal();
    portals.add(portal);
    return new HostPort("127.0.0.1", portal.address().getPort());
  }

  private Answer ask(HostPort... where) {
    var inquiry = new PeerPortals(loop, 1, () -> Set.of(where));
    var mirror = new NodeIdentity(PAIR, MIRROR, "test", 1);
    var answer = new CompletableFuture<Answer>();
    loop.execute(
        () ->
            inquiry.ask(
                mirror, said -> assertThat(answer.complete(said)).as("answered once").isTrue()));
    return answer.orTimeout(30, TimeUnit.SECONDS).join();
  }
}
