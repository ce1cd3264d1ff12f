package io.lockstep.web.store;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import org.jdbi.v3.core.Jdbi;

/// Who did what, when, from where, and how it ended. Only ever added to. Thread-safe.
public final class Audit {
  private static final int ACTION_LENGTH_MAX = 256;
  private static final int RESULT_LENGTH_MAX = 1024;

  private final Jdbi jdbi;

  Audit(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /// One line of the trail.
  public record Entry(Instant at, String user, String address, String action, String result) {}

  public void add(Entry entry) {
    jdbi.useHandle(
        handle ->
            handle.execute(
                "insert into audit (at, user_name, address, action, result)"
                    + " values (?, ?, ?, ?, ?)",
                entry.at.atOffset(ZoneOffset.UTC),
                cut(entry.user, 64),
                cut(entry.address, 64),
                cut(entry.action, ACTION_LENGTH_MAX),
                cut(entry.result, RESULT_LENGTH_MAX)));
  }

  /// The newest entries, newest first.
  public List<Entry> newest(int entriesMax) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "select at, user_name, address, action, result from audit"
                        + " order by id desc limit :most")
                .bind("most", entriesMax)
                .map(
                    (row, _) ->
                        new Entry(
                            row.getObject("at", OffsetDateTime.class).toInstant(),
                            row.getString("user_name"),
                            row.getString("address"),
                            row.getString("action"),
                            row.getString("result")))
                .list());
  }

  private static String cut(String text, int lengthMax) {
    return text.length() <= lengthMax ? text : text.substring(0, lengthMax);
  }
}
