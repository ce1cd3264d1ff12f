package io.lockstep.daemon;

import io.lockstep.block.Loop;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.RoleKey;
import io.lockstep.iscsi.portal.RoleQuestion;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.state.NodeIdentity;
import io.lockstep.node.LuNames;
import io.lockstep.peers.net.NameLookup;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the other node at every portal of it that is known whether it serves, all at once: before
/// this node is promoted without it. One Primary among the answers decides. Belongs to the mirror's
/// loop; only names are looked up elsewhere, since that may take long.
final class PeerPortals implements PeerInquiry {
  /// How long one portal may take: to be found, to take the connection and to answer.
  static final long PORTAL_NANOS_MAX = TimeUnit.SECONDS.toNanos(2);

  private static final Logger LOG = LoggerFactory.getLogger(PeerPortals.class);

  /// Until when all must have answered; below what the mirror waits for.
  private static final long ALL_NANOS_MAX = 2 * PORTAL_NANOS_MAX;

  private final RingLoop loop;
  private final int ownNodeId;
  private final Supplier<Set<HostPort>> portals;

  /// @param portals the other node's, as far as they are known when it is asked
  PeerPortals(RingLoop loop, int ownNodeId, Supplier<Set<HostPort>> portals) {
    this.loop = loop;
    this.ownNodeId = ownNodeId;
    this.portals = portals;
  }

  @Override
  public void ask(NodeIdentity mirror, Consumer<Answer> done) {
    Set<HostPort> asked = new LinkedHashSet<>(portals.get());
    Round round = new Round(mirror, asked, done);
    if (asked.isEmpty()) {
      round.end(new Answer.Silent());
    }
    for (HostPort portal : Set.copyOf(asked)) {
      NameLookup.find(portal.host(), portal.port(), loop, found -> ask(portal, found, round));
    }
  }

  private void ask(HostPort portal, InetSocketAddress address, Round round) {
    if (round.isOpen()) {
      RoleQuestion.ask(
          loop,
          new RoleQuestion.Asked(
              address,
              LuNames.ofNode(round.mirror.pairName(), ownNodeId),
              RoleKey.question(round.mirror.pairId(), round.mirror.mirrorId()),
              PORTAL_NANOS_MAX),
          told -> round.answered(portal, told),
          () -> round.mute(portal));
    }
  }

  /// One question to all portals. It ends with the first Primary, with the last answer, or in time.
  private final class Round {
    private final NodeIdentity mirror;
    private final Set<HostPort> open;
    private final Loop.Timer deadline;
    private @Nullable Consumer<Answer> done;
    private Answer best = new Answer.Silent();

    Round(NodeIdentity mirror, Set<HostPort> open, Consumer<Answer> done) {
      this.mirror = mirror;
      this.open = open;
      this.done = done;
      this.deadline = loop.schedule(() -> end(best), ALL_NANOS_MAX);
    }

    boolean isOpen() {
      return done != null;
    }

    /// It takes the connection and says nothing; what another one says counts more.
    void mute(HostPort portal) {
      if (best instanceof Answer.Silent) {
        best = new Answer.Mute(portal.toString());
      }
    }

    void answered(HostPort portal, Optional<RoleKey.Told> told) {
      open.remove(portal);
      LOG.info(
          "portal {} of the other node: {}", portal, told.map(Object::toString).orElse("silent"));
      if (told.isPresent() && told.get().nodeId() != ownNodeId) {
        if (told.get().primary()) {
          end(new Answer.Primary(portal.toString(), told.get().term()));
          return;
        }
        best = new Answer.NotPrimary(portal.toString());
      }
      if (open.isEmpty()) {
        end(best);
      }
    }

    void end(Answer answer) {
      Consumer<Answer> asker = done;
      if (asker != null) {
        done = null;
        deadline.cancel();
        loop.execute(() -> asker.accept(answer));
      }
    }
  }
}
