package io.lockstep.web.store;

import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Jdbi;
import org.jspecify.annotations.Nullable;

/// What the console itself has done, and what it has asked of a daemon that did not answer: who,
/// when, from where, and how it ended. Changes that reach a daemon are in that node's trail. Only
/// ever added to, but for the oldest lines beyond [#LINES_MAX]. Thread-safe.
public final class Audit {
  /// So many are kept; strangers who try passwords fill no disk.
  static final int LINES_MAX = 10_000;

  /// The same attempt within so long is counted on its line.
  static final Duration SAME = Duration.ofMinutes(10);

  private static final int ACTION_LENGTH_MAX = 256;
  private static final int RESULT_LENGTH_MAX = 1024;

  private final Jdbi jdbi;

  Audit(Jdbi jdbi) {
    this.jdbi = jdbi;
  }

  /// One line of the trail.
  ///
  /// @param at when, of several the last time
  /// @param times how often
  public record Entry(
      Instant at, String user, String address, String action, String result, int times) {
    /// What has happened once.
    public Entry(Instant at, String user, String address, String action, String result) {
      this(at, user, address, action, result, 1);
    }
  }

  /// Adds a line.
  public void add(Entry entry) {
    jdbi.useTransaction(
        handle -> {
          handle.execute(
              "insert into audit (at, user_name, address, action, result) values (?, ?, ?, ?, ?)",
              entry.at.atOffset(ZoneOffset.UTC),
              cut(entry.user, 64),
              cut(entry.address, 64),
              cut(entry.action, ACTION_LENGTH_MAX),
              cut(entry.result, RESULT_LENGTH_MAX));
          handle.execute(
              "delete from audit where id <= (select max(id) - ? from audit)", LINES_MAX);
        });
  }

  /// Adds a line, or counts it on that of the same person, place and result a short while ago.
  public void count(Entry entry) {
    int counted =
        jdbi.withHandle(
            handle ->
                handle.execute(
                    "update audit set times = times + 1, at = ?"
                        + " where id = (select max(id) from audit where user_name = ?"
                        + " and address = ? and action = ? and result = ? and at > ?)",
                    entry.at.atOffset(ZoneOffset.UTC),
                    cut(entry.user, 64),
                    cut(entry.address, 64),
                    cut(entry.action, ACTION_LENGTH_MAX),
                    cut(entry.result, RESULT_LENGTH_MAX),
                    entry.at.minus(SAME).atOffset(ZoneOffset.UTC)));
    if (counted == 0) {
      add(entry);
    }
  }

  /// The newest lines, newest first.
  ///
  /// @param before those before that time; null: up to now
  /// @param search a text that one of a line's fields holds, whatever its case; may be empty
  public List<Entry> newest(int entriesMax, @Nullable Instant before, String search) {
    return jdbi.withHandle(
        handle ->
            handle
                .createQuery(
                    "select at, user_name, address, action, result, times from audit"
                        + " where at < :before and locate(lower(:search), lower(user_name || ' '"
                        + " || address || ' ' || action || ' ' || result)) > 0"
                        + " order by at desc, id desc limit :most")
                .bind(
                    "before",
                    Optional.ofNullable(before)
                        .orElseGet(() -> Instant.ofEpochSecond(1L << 36))
                        .atOffset(ZoneOffset.UTC))
                .bind("search", search)
                .bind("most", entriesMax)
                .map(
                    (row, _) ->
                        new Entry(
                            row.getObject("at", OffsetDateTime.class).toInstant(),
                            row.getString("user_name"),
                            row.getString("address"),
                            row.getString("action"),
                            row.getString("result"),
                            row.getInt("times")))
                .list());
  }

  private static String cut(String text, int lengthMax) {
    return text.length() <= lengthMax ? text : text.substring(0, lengthMax);
  }
}
