package io.lockstep.control.client;

import io.lockstep.control.api.AuditInfo;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A line of the audit trail in words. Pure.
public final class AuditText {
  private AuditText() {}

  /// "admin (uid 990, pid 4711)".
  public static String who(AuditInfo entry) {
    String actor = entry.who().actor();
    String account = entry.who().account();
    return actor.isEmpty() ? account : actor + " (" + account + ")";
  }

  /// "volume resize vm1".
  public static String what(AuditInfo entry) {
    return (entry.what().change() + " " + entry.what().about()).strip();
  }

  /// "sizeBytes 268435456 -> 536870912"; of what was not done, what was asked.
  public static String details(AuditInfo entry) {
    Map<String, Object> before = orNone(entry.outcome().before());
    Map<String, Object> after = orNone(entry.outcome().after());
    if (before.isEmpty() && after.isEmpty()) {
      return orNone(entry.what().asked()).entrySet().stream()
          .map(field -> field.getKey() + " " + field.getValue())
          .collect(Collectors.joining(", "));
    }
    Set<String> names = new LinkedHashSet<>(before.keySet());
    names.addAll(after.keySet());
    return names.stream()
        .map(name -> name + " " + change(before.get(name), after.get(name)))
        .collect(Collectors.joining(", "));
  }

  private static String change(@Nullable Object before, @Nullable Object after) {
    return before == null || after == null
        ? Objects.toString(before == null ? after : before)
        : before + " -> " + after;
  }

  private static Map<String, Object> orNone(@Nullable Map<String, Object> fields) {
    return fields == null ? Map.of() : fields;
  }

  /// "done", or how it ended and why.
  public static String result(AuditInfo entry) {
    String result = entry.outcome().result();
    String reason = entry.outcome().reason();
    return reason.isEmpty() ? result : result + ": " + reason;
  }
}
