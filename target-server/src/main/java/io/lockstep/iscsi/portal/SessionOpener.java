package io.lockstep.iscsi.portal;

import io.lockstep.block.MemoryBudget;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.SessionParameters;
import io.lockstep.iscsi.portal.TargetDirectory.Answer;
import io.lockstep.iscsi.session.DiscoveredTarget;
import io.lockstep.iscsi.session.Session;
import io.lockstep.iscsi.session.SessionContext;
import io.lockstep.iscsi.session.SessionOutput;
import io.lockstep.scsi.Nexus;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Opens the sessions of a portal, each on the loop of its target.
final class SessionOpener {
  private final PortalConfig config;
  private final TargetDirectory directory;

  /// What the sessions of a loop share: each belongs to its loop.
  private final Map<RingLoop, MemoryBudget> budgets = new ConcurrentHashMap<>();

  SessionOpener(PortalConfig config, TargetDirectory directory) {
    this.config = config;
    this.directory = directory;
  }

  private MemoryBudget newBudget() {
    PortalLimits limits = config.limits();
    return new MemoryBudget(limits.grantedBytesMax(), limits.unaskedBytesMax());
  }

  /// Called on the loop that the session is to live on.
  ///
  /// @param served what it is logged in to; empty for discovery
  /// @param local this portal, as the initiator reached it
  Session open(
      SessionParameters parameters,
      Optional<Answer.Serves> served,
      SessionOutput output,
      InetSocketAddress local,
      RingLoop loop) {
    String here = here(local);
    long now = loop.nowNanos();
    if (served.isEmpty()) {
      String initiator = parameters.initiatorName();
      return Session.discovery(
          parameters, config.sessionLimits(), value -> list(initiator, value, here), output, now);
    }
    Answer.Serves serves = served.get();
    String iqn = parameters.targetName().orElseThrow();
    Nexus nexus =
        new Nexus(parameters.initiatorName(), parameters.isid(), serves.relativeTargetPort());
    MemoryBudget budget = budgets.computeIfAbsent(loop, _ -> newBudget());
    serves.target().nexusOpened(nexus);
    SessionContext context =
        new SessionContext(parameters, config.sessionLimits(), serves.target(), nexus, budget);
    return Session.normal(
        context, _ -> List.of(new DiscoveredTarget(iqn, List.of(here))), output, now);
  }

  private List<DiscoveredTarget> list(String initiatorName, String value, String here) {
    return directory.targets(initiatorName).orElse(List.of()).stream()
        .filter(iqn -> value.equals("All") || value.equals(iqn))
        .map(iqn -> new DiscoveredTarget(iqn, List.of(here)))
        .toList();
  }

  /// RFC 7143 13.8: this portal, as the initiator reached it.
  private String here(InetSocketAddress local) {
    return NetUtil.toSocketAddressString(literal(local.getAddress()), local.getPort())
        + ","
        + config.portalGroupTag();
  }

  /// An address as RFC 5952 writes it.
  static String literal(InetAddress address) {
    return NetUtil.toAddressString(address);
  }
}
