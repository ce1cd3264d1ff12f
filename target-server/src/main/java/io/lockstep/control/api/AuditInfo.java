package io.lockstep.control.api;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A change that somebody asked for: one line of the audit trail of the node that carried it out,
/// or refused it. The fields of its parts stand beside each other in JSON.
///
/// @param when when it ended, and where
/// @param who who asked
/// @param what what was asked
/// @param outcome what came of it
public record AuditInfo(
    @JsonUnwrapped When when,
    @JsonUnwrapped Who who,
    @JsonUnwrapped What what,
    @JsonUnwrapped Outcome outcome) {
  private static final int SHORT_LENGTH = 500;

  /// [Outcome#result]: it was done.
  public static final String DONE = "done";

  /// [Outcome#result]: nothing was changed.
  public static final String REFUSED = "refused";

  /// [Outcome#result]: something broke on the way; the reason says what is known.
  public static final String FAILED = "failed";

  /// [Outcome#result]: there was no answer in time; what came of it is another line, if it came.
  public static final String UNANSWERED = "unanswered";

  /// [Outcome#result]: lines are missing here.
  public static final String LOST = "lost";

  /// @param number one more with each line of a node's trail
  /// @param at ISO 8601 with milliseconds, in UTC
  /// @param atMillis the same time as a number
  /// @param node whose trail it is
  public record When(long number, String at, long atMillis, String node) {
    private static final DateTimeFormatter TIME =
        DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSxxx").withZone(ZoneOffset.UTC);

    /// Of a line that has no number yet.
    public static When of(Instant now, String node) {
      return new When(0, TIME.format(now), now.toEpochMilli(), node);
    }
  }

  /// @param account for whom the kernel vouches: `uid 1000, pid 4711`, and `at node b` where that
  ///     node passed it on
  /// @param actor on whose behalf, as the calling program says; may be empty
  /// @param from by which way, as the calling program says: `CLI`, `console 192.0.2.7`, `API
  ///     192.0.2.7`; empty if it does not say
  public record Who(String account, String actor, String from) {}

  /// @param change `volume create`
  /// @param about the volume, or the node and the mirror; may be empty
  /// @param asked what the request carried, null if nothing
  public record What(String change, String about, @Nullable Map<String, Object> asked) {}

  /// @param result `done`, `refused`, `failed`, `unanswered` or `lost`
  /// @param reason why it was not done, or empty
  /// @param before how the thing was: of one that is changed, what differs; null if it was not
  ///     there
  /// @param after how it is now, likewise
  public record Outcome(
      String result,
      String reason,
      @Nullable Map<String, Object> before,
      @Nullable Map<String, Object> after) {}

  /// The same as line `number`.
  public AuditInfo numbered(long number) {
    return new AuditInfo(new When(number, when.at, when.atMillis, when.node), who, what, outcome);
  }

  /// The same without what was asked and changed, and with no more than the beginning of texts.
  public AuditInfo shortened() {
    return new AuditInfo(
        when,
        who,
        new What(what.change, cut(what.about), Map.of("text", "too long to be written here")),
        new Outcome(outcome.result, cut(outcome.reason), null, null));
  }

  private static String cut(String text) {
    return text.length() <= SHORT_LENGTH ? text : text.substring(0, SHORT_LENGTH) + "...";
  }

  public long number() {
    return when.number;
  }

  public long atMillis() {
    return when.atMillis;
  }

  public String node() {
    return when.node;
  }
}
