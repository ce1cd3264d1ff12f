package io.lockstep.block;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// The operations that a device has passed on and that have not ended, and who waits for the last
/// one. What stands in for the caller's completion is used again, so that counting allocates
/// nothing. Belongs to the loop.
public final class UnderWay {
  private final ArrayDeque<Passage> spare = new ArrayDeque<>();
  private int count;
  private @Nullable Runnable whenNone;
  private Runnable eachTimeNone = () -> {};

  /// How many they are.
  public int count() {
    return count;
  }

  /// Whether there are none. Whoever is told of an end may begin the next one in the same turn, so
  /// it is asked in a turn of its own, or by [#whenNone].
  public boolean isNone() {
    return count == 0;
  }

  /// Counts one more, until it has ended.
  ///
  /// @return what to pass on in place of `completion`
  public Completion counted(Completion completion) {
    Passage passage = spare.isEmpty() ? new Passage() : spare.removeLast();
    passage.completion = completion;
    count++;
    return passage;
  }

  /// Runs `task` when there are none: now, or as soon as the caller of the last one has been told
  /// and has begun no other.
  public void whenNone(Runnable task) {
    Check.that(whenNone == null, "one waits for the end of all");
    whenNone = task;
    tell();
  }

  /// Runs `listener` each time that the last one has ended, and its caller has begun no other.
  public void eachTimeNone(Runnable listener) {
    eachTimeNone = listener;
  }

  private void tell() {
    if (count > 0) {
      return;
    }
    eachTimeNone.run();
    Runnable task = whenNone;
    if (task != null) {
      whenNone = null;
      task.run();
    }
  }

  /// One of them.
  private final class Passage implements Completion {
    private @Nullable Completion completion;

    @Override
    public void completed(IoResult result) {
      Completion waiting = Check.present(completion, "ends once");
      completion = null;
      spare.add(this);
      count--;
      waiting.completed(result);
      tell();
    }
  }
}
