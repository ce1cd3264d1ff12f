package io.lockstep.web;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.client.AuditText;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Printable;
import io.lockstep.web.store.Audit;
import io.lockstep.web.store.Store;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One page of the audit trail: what both nodes and the console have written, the newest first. A
/// trail has no end that a page could be counted from, and is not read as a whole: unlike a [Table]
/// it goes on from a time, in no other order.
///
/// @param lines what is shown
/// @param unread which trail is missing, and why; a sentence each
/// @param older where the next page begins, in milliseconds; null on the last one
public record AuditPage(List<Line> lines, List<String> unread, @Nullable Long older) {
  /// Lines on a page; more only where several are of the same millisecond.
  static final int LINES = 50;

  /// Of each trail so many are looked at for a page.
  private static final int ASKED = 2 * LINES;

  /// A line, printable.
  ///
  /// @param where the node, or the console
  public record Line(
      long atMillis,
      String where,
      String who,
      String from,
      String what,
      String details,
      String result) {
    static Line of(AuditInfo entry) {
      return new Line(
          entry.atMillis(),
          "node " + entry.node(),
          Printable.text(AuditText.who(entry)),
          Printable.text(entry.who().from()),
          Printable.text(AuditText.what(entry)),
          Printable.text(AuditText.details(entry)),
          Printable.text(AuditText.result(entry)));
    }

    static Line of(Audit.Entry entry) {
      String times = entry.times() == 1 ? "" : ", " + entry.times() + " times";
      return new Line(
          entry.at().toEpochMilli(),
          "console",
          Printable.text(entry.user()),
          Printable.text(entry.address()),
          Printable.text(entry.action()),
          "",
          Printable.text(entry.result()) + times);
    }
  }

  /// @param before lines before that time, in milliseconds; null: the newest
  static AuditPage of(Store store, Daemons daemons, String search, @Nullable Long before) {
    List<Line> found = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    @Nullable Instant until = before == null ? null : Instant.ofEpochMilli(before);
    store.audit().newest(ASKED, until, search).forEach(entry -> found.add(Line.of(entry)));
    String text = search.isEmpty() ? null : search;
    try {
      PairStatus status = daemons.status();
      status
          .nodes()
          .forEach(
              node -> {
                var query = new Requests.AuditQuery(node.name(), null, before, null, text, ASKED);
                read(daemons, query, found, unread);
              });
    } catch (ControlException e) {
      unread.add("What was changed at the nodes is not here. " + e.problem().sentence());
    }
    found.sort(Comparator.comparingLong(Line::atMillis).reversed());
    return cut(found, unread);
  }

  private static void read(
      Daemons daemons, Requests.AuditQuery query, List<Line> found, List<String> unread) {
    try {
      daemons
          .readAt(String.valueOf(query.node()), client -> client.audit(query))
          .forEach(entry -> found.add(Line.of(entry)));
    } catch (ControlException e) {
      unread.add(
          "What node %s has written is not here. %s"
              .formatted(query.node(), e.problem().sentence()));
    }
  }

  /// Lines of one millisecond stay together: the next page begins before it.
  private static AuditPage cut(List<Line> found, List<String> unread) {
    if (found.size() <= LINES) {
      return new AuditPage(found, unread, null);
    }
    long last = found.get(LINES - 1).atMillis;
    List<Line> shown =
        Stream.concat(
                found.stream().limit(LINES),
                found.stream().skip(LINES).takeWhile(line -> line.atMillis == last))
            .toList();
    return new AuditPage(shown, unread, shown.size() < found.size() ? last : null);
  }
}
