package io.lockstep.mirror.link;

import io.lockstep.block.Loop;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who waits until something else has ended: a change of role, old work on the disk, a record that
/// is being written, a link. Whoever is the owner of such a thing says so when it ends ([#look]),
/// and every wait whose condition holds then goes on: in a turn of its own, since nobody is called
/// in the middle of something, and in the order in which they came, since the first may take what
/// the next one waits for.
///
/// Each has a limit, and is answered once. A condition that has come true without anybody's word is
/// a bug: whoever waits has waited for nothing, until its limit. It goes on then, which is safe,
/// and the bug is told. Belongs to the mirror's loop.
public final class Waits {
  private final Loop loop;
  private final Consumer<String> forgotten;
  private final List<Wait> waiting = new ArrayList<>();
  private final Set<String> told = new HashSet<>();

  /// Whether a turn is on its way in which all are looked at.
  private boolean due;

  /// @param forgotten is told, once for each kind of wait, that somebody has waited without a word
  ///     although it was over
  public Waits(Loop loop, Consumer<String> forgotten) {
    this.loop = loop;
    this.forgotten = forgotten;
  }

  /// Runs `then` when `over` holds: now if it does already. At the limit `late` runs instead.
  ///
  /// @param what who waits for what, in a few words for people
  public void until(
      String what, BooleanSupplier over, long nanosMax, Runnable then, Runnable late) {
    if (over.getAsBoolean()) {
      then.run();
      return;
    }
    var wait = new Wait(what, over, then);
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
    if (!wait.over.getAsBoolean()) {
      late.run();
      return;
    }
    if (!due && told.add(wait.what)) {
      forgotten.accept(wait.what);
    }
    wait.end();
  }

  /// One of them.
  private static final class Wait {
    private final String what;
    private final BooleanSupplier over;
    private final Runnable then;
    private Loop.@Nullable Timer limit;

    Wait(String what, BooleanSupplier over, Runnable then) {
      this.what = what;
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
