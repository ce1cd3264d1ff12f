package io.lockstep.node;

import io.lockstep.block.Loop;
import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.verb.Answer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Holds back the answer to a change of the exports until the other node has read it from its copy:
/// whoever goes on to that node's portal then finds there what he was told. Only of a node that has
/// every write is anything awaited, and never for long. Belongs to the mirror's loop.
public final class PeerReading {
  /// How long an answer waits: some twenty readings.
  static final long WAIT_NANOS_MAX = TimeUnit.SECONDS.toNanos(3);

  /// Answers that wait; those beyond it do not.
  static final int WAITING_MAX = 64;

  private static final String NOT_READ =
      "The other node has not read this within %d s; until it has, its portal offers what it did."
          .formatted(TimeUnit.NANOSECONDS.toSeconds(WAIT_NANOS_MAX));

  private final Loop loop;
  private final BooleanSupplier followed;
  private final Supplier<Optional<RecordPosition>> own;
  private final Set<Held> waiting = new LinkedHashSet<>();
  private @Nullable NodeReport last;

  /// An answer that waits, until it is given.
  private static final class Held {
    private final Answer answer;
    private final Consumer<Answer> done;
    private Loop.@Nullable Timer limit;

    Held(Answer answer, Consumer<Answer> done) {
      this.answer = answer;
      this.done = done;
    }
  }

  /// @param followed whether this node is Primary, and the other one has every write of it
  /// @param own how far the records have come here
  public PeerReading(Loop loop, BooleanSupplier followed, Supplier<Optional<RecordPosition>> own) {
    this.loop = loop;
    this.followed = followed;
    this.own = own;
  }

  /// Gives an answer to `done` once the other node has read what it is about.
  public Consumer<Answer> held(Consumer<Answer> done) {
    return answer -> {
      if (answer instanceof Answer.Bad || !isAwaited()) {
        done.accept(answer);
      } else if (waiting.size() >= WAITING_MAX) {
        done.accept(noted(answer));
      } else {
        Held held = new Held(answer, done);
        waiting.add(held);
        held.limit = loop.schedule(() -> tooLate(held), WAIT_NANOS_MAX);
      }
    };
  }

  /// Whether the other node will read what it has not yet. One that is too old never says so.
  private boolean isAwaited() {
    NodeReport report = last;
    if (!followed.getAsBoolean() || own.get().isEmpty()) {
      return false;
    }
    return report == null
        || (report.tellsReading() && !own.get().equals(Optional.ofNullable(report.recordsRead())));
  }

  public void reported(NodeReport report) {
    last = report;
    changed();
  }

  /// The state of the mirror may have changed.
  public void changed() {
    if (waiting.isEmpty() || isAwaited()) {
      return;
    }
    List<Held> all = List.copyOf(waiting);
    waiting.clear();
    for (Held held : all) {
      if (held.limit != null) {
        held.limit.cancel();
      }
      held.done.accept(held.answer);
    }
  }

  private void tooLate(Held held) {
    if (waiting.remove(held)) {
      held.done.accept(noted(held.answer));
    }
  }

  private static Answer noted(Answer answer) {
    if (!(answer instanceof Answer.Good(int status, Object body))) {
      return answer;
    }
    return switch (body) {
      case ExportInfo export -> new Answer.Good(status, export.noted(NOT_READ));
      case Done(String message) -> new Answer.Good(status, new Done(message + " " + NOT_READ));
      default -> answer;
    };
  }
}
