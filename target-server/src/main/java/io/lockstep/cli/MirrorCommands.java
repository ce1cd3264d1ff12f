package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.MirrorInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.RegionInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.Verb;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sizes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `lockstep mirror ...`.
@Command(
    name = "mirror",
    description = "State, roles and connection of the mirror.",
    subcommands = {
      MirrorCommands.Status.class,
      MirrorCommands.Show.class,
      MirrorCommands.Events.class,
      MirrorCommands.Promote.class,
      MirrorCommands.Demote.class,
      MirrorCommands.Disconnect.class,
      MirrorCommands.Connect.class,
      MirrorCommands.AcceptLoss.class
    })
final class MirrorCommands {
  private static final String THE_NODE =
      "The node. Without it nothing is done, and the choice is shown.";

  /// Which mirror is meant.
  abstract static class OfMirror extends ControlCommand {
    @Option(
        names = "--mirror",
        paramLabel = "NAME",
        description = "The mirror; not needed while there is one.")
    @Nullable String mirror;

    /// Those of `all` that are meant: one by its name, or each.
    final <T> List<T> meant(List<T> all, Function<T, String> name) {
      @Nullable String wanted = mirror;
      if (wanted == null) {
        return all;
      }
      List<T> found = all.stream().filter(one -> name.apply(one).equals(wanted)).toList();
      if (found.isEmpty()) {
        throw new RefusedException(
            "Nothing is known of mirror " + wanted,
            "this pair has no mirror \"" + wanted + "\"",
            "`lockstep status` shows the mirrors");
      }
      return found;
    }
  }

  @Command(name = "status", description = "Both sides of each mirror.")
  static final class Status extends OfMirror {
    @Override
    void run() throws ControlException {
      List<MirrorSides> mirrors = meant(where.nodes().status().mirrors(), MirrorSides::name);
      print(mirrors, StatusView.mirrors(mirrors));
    }
  }

  @Command(name = "show", description = "Where the data lies, to read it with plain Linux tools.")
  static final class Show extends OfMirror {
    @Override
    void run() throws ControlException {
      List<MirrorInfo> told =
          where.nodes().askEach(ControlClient::mirrors).stream().flatMap(List::stream).toList();
      List<MirrorInfo> mirrors = meant(told, MirrorInfo::name);
      StringBuilder text = new StringBuilder();
      mirrors.forEach(mirror -> text.append(view(mirror)));
      print(mirrors, text.toString());
    }

    private static String view(MirrorInfo mirror) {
      Table table = new Table("REGION", "OFFSET", "BYTES", "DISK");
      for (RegionInfo region : mirror.regions()) {
        table.row(
            region.name(),
            String.valueOf(region.offset()),
            String.valueOf(region.lengthBytes()),
            region.path());
      }
      return ("Mirror %s (%s) of pair %s (%s), %s%nJoin code for a new disk: %s%n%s%n"
              + "Read the volumes on any Linux machine:%n  %s%n%n")
          .formatted(
              mirror.name(),
              mirror.mirrorId(),
              mirror.pair(),
              mirror.pairId(),
              Sizes.text(mirror.replicatedBytes()),
              String.join(":", mirror.pair(), mirror.pairId(), mirror.mirrorId()),
              table.text(),
              String.join("\n  ", mirror.readCommands()));
    }
  }

  @Command(
      name = "events",
      description = {
        "What has happened to the mirrors: changes of role, disk and connection, what was noted,"
            + " and alerts that were raised or lifted.",
        "Shows what each node that answers still knows, at most its last 128, and ends; or goes on"
            + " with --follow."
      })
  static final class Events extends OfMirror {
    @Option(
        names = {"-f", "--follow"},
        description = {
          "Go on with what happens from now on, until Ctrl-C.",
          "With -o json, one JSON object a line."
        })
    private boolean follow;

    @Override
    void run() throws ControlException {
      List<EventInfo> told =
          where.nodes().askEach(ControlClient::lastEvents).stream()
              .flatMap(List::stream)
              .sorted(Comparator.comparingLong(EventInfo::atMillis))
              .toList();
      if (follow) {
        var following = new Following(this::printOne, spec().commandLine().getErr());
        told.forEach(following::tell);
        following.follow(where.nodes().all());
        return;
      }
      List<EventInfo> events = told.stream().filter(this::isMeant).toList();
      print(events, view(events));
    }

    private boolean isMeant(EventInfo event) {
      return mirror == null || event.mirror().equals(mirror);
    }

    private void printOne(EventInfo event) {
      if (isMeant(event)) {
        out().println(where.json() ? Json.text(event) : line(event));
        out().flush();
      }
    }

    private static String line(EventInfo event) {
      return "%s  %s  %s  %s  (%s)"
          .formatted(time(event), event.mirror(), event.node(), event.change(), event.why());
    }

    private static String time(EventInfo event) {
      return Instant.ofEpochMilli(event.atMillis()).truncatedTo(ChronoUnit.MILLIS).toString();
    }

    private static String view(List<EventInfo> events) {
      Table table = new Table("WHEN", "MIRROR", "NODE", "WHAT", "WHY");
      for (EventInfo event : events) {
        table.row(time(event), event.mirror(), event.node(), event.change(), event.why());
      }
      return table.isEmpty()
          ? "Nothing has happened since the daemons were started."
          : table.text();
    }
  }

  /// A command to one node's side of a mirror.
  abstract static class OfOneNode extends OfMirror {
    abstract Verb<Requests.MirrorCommand, Done> verb();

    /// The node that was named.
    abstract @Nullable String node();

    Requests.MirrorCommand command(String node) {
      return Requests.MirrorCommand.at(node);
    }

    @Override
    final void run() throws ControlException {
      Nodes nodes = where.nodes();
      @Nullable String named = node();
      String node = named == null ? meant(nodes.status()) : named;
      Done done =
          nodes.askNode(node, client -> client.mirrorCommand(verb(), command(node).to(mirror)));
      print(done, done.message());
    }

    /// Whether the node that serves the mirror is meant where none is named.
    boolean isForThePrimary() {
      return true;
    }

    /// The node that is meant although none was named.
    private String meant(PairStatus status) {
      List<MirrorSides> mirrors = meant(status.mirrors(), MirrorSides::name);
      if (!isForThePrimary()) {
        throw choice("no node was named", mirrors);
      }
      if (mirrors.size() > 1) {
        throw choice("no mirror was named", mirrors);
      }
      @Nullable String primary = mirrors.getFirst().primary();
      if (primary == null) {
        String name = mirrors.getFirst().name();
        throw choice("it is not known which node serves mirror " + name, mirrors);
      }
      return primary;
    }

    private RefusedException choice(String why, List<MirrorSides> mirrors) {
      List<String> typed = spec().root().commandLine().getParseResult().originalArgs();
      return NodeChoice.refusal(typed, why, mirrors, mirror != null);
    }
  }

  @Command(
      name = "promote",
      description = "Make a node Primary; a planned switch if the other one is reachable.")
  static final class Promote extends OfOneNode {
    @Option(names = "--node", paramLabel = "N", description = THE_NODE)
    private @Nullable String node;

    @Option(
        names = "--force",
        description =
            "While the other node is away, or stands still: also if this disk is Outdated, or has"
                + " failed before. What the other node wrote since, or what the disk lost, is"
                + " missing then. If the other node wakes as Primary, the one that no host has"
                + " written to stops when they meet. No Inconsistent disk serves by it.")
    private boolean force;

    @Override
    Verb<Requests.MirrorCommand, Done> verb() {
      return Requests.PROMOTE;
    }

    @Override
    boolean isForThePrimary() {
      return false;
    }

    @Override
    @Nullable String node() {
      return node;
    }

    @Override
    Requests.MirrorCommand command(String at) {
      return force ? Requests.MirrorCommand.forcedAt(at) : super.command(at);
    }
  }

  @Command(name = "demote", description = "Make a node Secondary.")
  static final class Demote extends OfOneNode {
    @Option(names = "--node", paramLabel = "N", description = THE_NODE)
    private @Nullable String node;

    @Override
    Verb<Requests.MirrorCommand, Done> verb() {
      return Requests.DEMOTE;
    }

    @Override
    boolean isForThePrimary() {
      return false;
    }

    @Override
    @Nullable String node() {
      return node;
    }
  }

  @Command(name = "disconnect", description = "Drop the link between the nodes until `connect`.")
  static final class Disconnect extends OfOneNode {
    @Option(
        names = "--node",
        paramLabel = "N",
        description = "The node that drops it (default: the mirror's Primary).")
    private @Nullable String node;

    @Option(
        names = "--force",
        description =
            "Also if the Secondary does not confirm that it is Outdated. It could then be promoted"
                + " by mistake, without what is written from now on.")
    private boolean force;

    @Override
    Verb<Requests.MirrorCommand, Done> verb() {
      return Requests.DISCONNECT;
    }

    @Override
    @Nullable String node() {
      return node;
    }

    @Override
    Requests.MirrorCommand command(String at) {
      return force ? Requests.MirrorCommand.forcedAt(at) : super.command(at);
    }
  }

  @Command(name = "connect", description = "Look for the other node again.")
  static final class Connect extends OfOneNode {
    @Option(
        names = "--node",
        paramLabel = "N",
        description = "The node (default: the mirror's Primary).")
    private @Nullable String node;

    @Option(
        names = "--discard-my-data",
        description =
            "After a split brain that `status` shows: give up, this once, the changes that this"
                + " node made alone.")
    private boolean discard;

    @Override
    Verb<Requests.MirrorCommand, Done> verb() {
      return Requests.CONNECT;
    }

    @Override
    @Nullable String node() {
      return node;
    }

    @Override
    Requests.MirrorCommand command(String at) {
      return discard ? Requests.MirrorCommand.discardingAt(at) : super.command(at);
    }
  }

  @Command(
      name = "accept-loss",
      description = {
        "Give up the blocks that no node can read, so that the other copy can be completed.",
        "On both nodes, reading them is an error from then on, until a host writes them anew."
      })
  static final class AcceptLoss extends OfOneNode {
    @Option(
        names = "--node",
        paramLabel = "N",
        description = "The node whose disk could not be read (default: the mirror's Primary).")
    private @Nullable String node;

    @Override
    Verb<Requests.MirrorCommand, Done> verb() {
      return Requests.ACCEPT_LOSS;
    }

    @Override
    @Nullable String node() {
      return node;
    }
  }
}
