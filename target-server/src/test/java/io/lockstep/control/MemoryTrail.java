package io.lockstep.control;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A trail in memory: every line at once, as it is read again.
/// Callable from any thread.
final class MemoryTrail implements AuditTrail {
  private final List<AuditInfo> lines = new ArrayList<>();

  @Override
  public synchronized void write(Supplier<AuditInfo> entry) {
    byte[] line = Json.bytes(entry.get().numbered(lines.size() + 1L));
    try {
      lines.add(Json.readStored(line, AuditInfo.class));
    } catch (Json.BadJsonException e) {
      throw new AssertionError("a line is read as it was written", e);
    }
  }

  @Override
  public void read(Requests.AuditQuery query, Consumer<Answer> done) {
    done.accept(
        Answer.ok(
            lines().reversed().stream()
                .filter(line -> isMeant(query, line))
                .limit(query.count())
                .toList()));
  }

  private static boolean isMeant(Requests.AuditQuery query, AuditInfo line) {
    @Nullable Long since = query.since();
    @Nullable Long after = query.after();
    String wanted = query.search() == null ? "" : query.search().toLowerCase(Locale.ROOT);
    return (since == null || line.atMillis() >= since)
        && (after == null || line.number() > after)
        && Json.text(line).toLowerCase(Locale.ROOT).contains(wanted);
  }

  synchronized List<AuditInfo> lines() {
    return List.copyOf(lines);
  }
}
