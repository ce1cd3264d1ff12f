package io.lockstep.scsi.lu;

import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// The tasks of a logical unit (SAM-5 clause 8): which are under way, which wait for an ORDERED
/// one, which were aborted. Pure; the logical unit starts what [#startable] hands out.
///
/// SIMPLE tasks run side by side; an ORDERED task waits for all before it and holds back all after
/// it; a HEAD OF QUEUE task starts at once.
final class TaskSet {
  private final ArrayList<ScsiTask> running = new ArrayList<>();
  private final ArrayDeque<ScsiTask> waiting = new ArrayDeque<>();
  private final ArrayList<ScsiTask> aborted = new ArrayList<>();

  int size() {
    return running.size() + waiting.size();
  }

  boolean isEmpty() {
    return running.isEmpty() && waiting.isEmpty();
  }

  /// Takes in a task.
  ///
  /// @return whether it starts now
  boolean add(ScsiTask task) {
    if (task.attribute() == TaskAttribute.HEAD_OF_QUEUE || mayStart(task)) {
      running.add(task);
      return true;
    }
    waiting.add(task);
    return false;
  }

  private boolean mayStart(ScsiTask task) {
    if (!waiting.isEmpty() || orderedIsRunning()) {
      return false;
    }
    return task.attribute() != TaskAttribute.ORDERED || running.isEmpty();
  }

  private boolean orderedIsRunning() {
    return running.stream().anyMatch(task -> task.attribute() == TaskAttribute.ORDERED);
  }

  /// A running task has ended.
  ///
  /// @return whether it had been aborted meanwhile
  boolean remove(ScsiTask task) {
    running.remove(task);
    return aborted.remove(task);
  }

  /// The tasks that may start now that another has ended; they count as running.
  List<ScsiTask> startable() {
    if (waiting.isEmpty()) {
      return List.of();
    }
    var ready = new ArrayList<ScsiTask>();
    while (!waiting.isEmpty() && mayStartNext(waiting.element())) {
      ScsiTask task = waiting.remove();
      running.add(task);
      ready.add(task);
    }
    return ready;
  }

  private boolean mayStartNext(ScsiTask task) {
    if (orderedIsRunning()) {
      return false;
    }
    return task.attribute() != TaskAttribute.ORDERED || running.isEmpty();
  }

  /// Aborts all tasks that `which` picks.
  ///
  /// @return those that had not started, and so are over now; the others end by themselves
  List<ScsiTask> abort(Predicate<ScsiTask> which) {
    var dropped = new ArrayList<ScsiTask>();
    waiting.removeIf(
        task -> {
          boolean picked = which.test(task);
          if (picked) {
            dropped.add(task);
          }
          return picked;
        });
    for (ScsiTask task : running) {
      if (which.test(task) && !aborted.contains(task)) {
        aborted.add(task);
      }
    }
    return dropped;
  }

  boolean contains(ScsiTask task) {
    return running.contains(task) || waiting.contains(task);
  }

  /// Whether any task of that nexus is left.
  boolean has(Predicate<ScsiTask> which) {
    return running.stream().anyMatch(which) || waiting.stream().anyMatch(which);
  }

  static Predicate<ScsiTask> of(Nexus nexus) {
    return task -> task.nexus().equals(nexus);
  }
}
