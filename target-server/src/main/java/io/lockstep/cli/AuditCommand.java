package io.lockstep.cli;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.client.AuditText;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Printable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// `lockstep audit`: the trails of both nodes as one.
@Command(
    name = "audit",
    description = {
      "Who has changed what: the audit trails of both nodes, the newest line last.",
      "Sign-ins to the console, and changes of its passwords, are on its own page."
    })
final class AuditCommand extends ControlCommand {
  private static final long FOLLOW_MILLIS = 1000;

  @Option(
      names = "--since",
      paramLabel = "TIME",
      converter = Since.Reader.class,
      description = "From then on: 2h, 7d, 2026-11-30 or 2026-11-30T22:19:27+00:00.")
  private @Nullable Since since;

  @Option(names = "--search", paramLabel = "TEXT", description = "Lines that hold this text.")
  private @Nullable String search;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "So many of the newest, 1 to " + Requests.AUDIT_LINES_MAX + " (default 100).")
  private int limit = 100;

  @Option(names = "--node", paramLabel = "N", description = "The trail of this node only.")
  private @Nullable String node;

  @Option(names = "--follow", description = "Go on with what comes, until Ctrl-C.")
  private boolean follow;

  /// The number of the last line seen of each node's trail.
  private final Map<String, Long> seen = new HashMap<>();

  /// What was said of a trail that could not be read, so that it is said once.
  private final Map<String, String> unread = new HashMap<>();

  @Override
  void run() throws ControlException {
    if (limit < 1 || limit > Requests.AUDIT_LINES_MAX) {
      throw new ParameterException(
          spec().commandLine(),
          "--limit is %d; it must be 1 to %d.".formatted(limit, Requests.AUDIT_LINES_MAX));
    }
    List<AuditInfo> lines = newest();
    if (!follow) {
      print(lines, view(lines));
      return;
    }
    while (true) {
      lines.forEach(this::printLine);
      out().flush();
      try {
        Thread.sleep(FOLLOW_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
      lines = newest();
    }
  }

  /// What is asked for and was not seen yet, the oldest first.
  private List<AuditInfo> newest() throws ControlException {
    Nodes nodes = where.nodes();
    List<String> names =
        node == null
            ? nodes.status().nodes().stream().map(NodeStatus::name).toList()
            : List.of(node);
    List<AuditInfo> found = new ArrayList<>();
    Map<String, ControlException> failed = new LinkedHashMap<>();
    for (String name : names) {
      try {
        var query = query(name);
        found.addAll(nodes.askNode(name, client -> client.audit(query)));
        unread.remove(name);
      } catch (ControlException e) {
        failed.put(name, e);
      }
    }
    if (failed.size() == names.size()) {
      throw failed.values().iterator().next();
    }
    failed.forEach(this::tellUnread);
    found.forEach(line -> seen.merge(line.node(), line.number(), Math::max));
    found.sort(Comparator.comparingLong(AuditInfo::atMillis).thenComparingLong(AuditInfo::number));
    return found.subList(Math.max(0, found.size() - limit), found.size());
  }

  private Requests.AuditQuery query(String name) {
    @Nullable Long from = since == null ? null : since.at().toEpochMilli();
    return new Requests.AuditQuery(name, from, null, seen.get(name), search, limit);
  }

  private void tellUnread(String name, ControlException e) {
    String why = String.valueOf(e.getMessage());
    if (!why.equals(unread.put(name, why))) {
      spec()
          .commandLine()
          .getErr()
          .println("Without the trail of node " + name + ": " + Printable.text(why));
    }
  }

  private void printLine(AuditInfo line) {
    out().println(where.json() ? Json.text(line) : Printable.text(String.join("  ", cells(line))));
  }

  private static String view(List<AuditInfo> lines) {
    Table table = new Table("WHEN", "NODE", "WHO", "FROM", "WHAT", "DETAILS", "RESULT");
    lines.forEach(line -> table.row(cells(line)));
    return table.isEmpty() ? "There is no such line in the audit trail." : table.text();
  }

  private static String[] cells(AuditInfo line) {
    return new String[] {
      line.when().at(),
      line.node(),
      AuditText.who(line),
      line.who().from(),
      AuditText.what(line),
      AuditText.details(line),
      AuditText.result(line)
    };
  }
}
