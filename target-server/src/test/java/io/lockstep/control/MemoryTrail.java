package io.lockstep.control;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// A trail in memory: every line at once, as it is read again, and all of them for an answer.
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
    done.accept(Answer.ok(lines().reversed()));
  }

  synchronized List<AuditInfo> lines() {
    return List.copyOf(lines);
  }
}
