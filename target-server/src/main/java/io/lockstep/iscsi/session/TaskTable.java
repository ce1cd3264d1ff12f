package io.lockstep.iscsi.session;

import io.lockstep.block.Check;
import org.jspecify.annotations.Nullable;

/// The tasks of a session by their InitiatorTaskTag. A few dozen at most, so two plain arrays beat
/// a map that allocates.
///
/// Invariant: the first `count` places hold distinct tags and their tasks, the others are empty.
final class TaskTable {
  private final int[] tags;
  private final @Nullable SessionTask[] tasks;
  private int count;

  TaskTable(int tasksMax) {
    tags = new int[tasksMax];
    tasks = new @Nullable SessionTask[tasksMax];
  }

  int count() {
    return count;
  }

  /// The task at a place below [#count].
  SessionTask at(int place) {
    SessionTask task = tasks[place];
    if (task == null) {
      throw new AssertionError("the first places are taken: " + place);
    }
    return task;
  }

  @Nullable SessionTask find(int tag) {
    for (int place = 0; place < count; place++) {
      if (tags[place] == tag) {
        return tasks[place];
      }
    }
    return null;
  }

  boolean isAnyIn(SessionTask.Phase phase) {
    for (int place = 0; place < count; place++) {
      if (at(place).phase == phase) {
        return true;
      }
    }
    return false;
  }

  void add(int tag, SessionTask task) {
    Check.that(count < tags.length, "the window bounds the tasks", count, tags.length);
    tags[count] = tag;
    tasks[count] = task;
    count++;
  }

  void remove(SessionTask task) {
    for (int place = 0; place < count; place++) {
      if (tasks[place] == task) {
        count--;
        tags[place] = tags[count];
        tasks[place] = tasks[count];
        tasks[count] = null;
        return;
      }
    }
    throw new AssertionError("a task leaves the table once");
  }
}
