package io.lockstep.control;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Where a node writes who has changed what. Callable from any thread; nothing here waits.
public interface AuditTrail {
  /// Takes a line. What cannot be written is told elsewhere, never to whoever asked for the change.
  ///
  /// @param entry makes it, wherever there is time; its number is not its last one
  void write(Supplier<AuditInfo> entry);

  /// Looks into it.
  ///
  /// @param done called once, on any thread
  void read(Requests.AuditQuery query, Consumer<Answer> done);
}
