package io.lockstep.mirror.link;

import io.lockstep.block.Loop;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Who waits until something else has ended: a change of role, old work on the disk, a record that
/// is being written, a link. Whoever is the owner of such a thing says so when it ends ([#look]),
/// and every wait whose condition holds then goes on: in a turn of its own, since nobody is called
/// in the middle of something, and in the order in which they came, since the first may take what
/// the next one waits for.
///
/// Each has a limit, and is answered once. A condition that has come true without anybody's word is
/// a bug: whoever waits would wait for nothing, until its limit. Belongs to the mirror's loop.
public final class Waits {
  private final Loop loop;
  private final List<Wait> waiting = new ArrayList<>();

  /// Whether a turn is on its way in which all are looked at.
  private boolean due;

  public Waits(Loop loop) {
    this.loop = loop;
  }

  /// Runs `then` when `over` holds: now if it does already. At the limit `late` runs instead.
  public void until(BooleanSupplier over, long nanosMax, Runnable then, Runnable late) {
    if (over.getAsBoolean()) {
      then.run();
      return;
    }
    var wait = new Wait(over, then);
    waiting.add(wait);
    wait.limit = loop.schedule(() -> outOfTime(wait, late), nanosMax);
  }

  /// Something has ended that somebody may wait for.
  public void look() {
    if (!due && !waiting.isEmpty()) {
      due = true;
      loop.execute(this::lookNow);
    }
  }

  private void lookNow() {
    due = false;
    for (Wait wait : List.copyOf(waiting)) {
      if (wait.over.getAsBoolean() && waiting.remove(wait)) {
        wait.end();
      }
    }
  }

  private void outOfTime(Wait wait, Runnable late) {
    if (!waiting.remove(wait)) {
      return;
    }
    boolean over = wait.over.getAsBoolean();
    assert due || !over : "a wait was forgotten";
    if (over) {
      wait.end();
    } else {
      late.run();
    }
  }

  /// One of them.
  private static final class Wait {
    private final BooleanSupplier over;
    private final Runnable then;
    private Loop.@Nullable Timer limit;

    Wait(BooleanSupplier over, Runnable then) {
      this.over = over;
      this.then = then;
    }

    void end() {
      Loop.Timer running = limit;
      if (running != null) {
        running.cancel();
      }
      then.run();
    }
  }
}
