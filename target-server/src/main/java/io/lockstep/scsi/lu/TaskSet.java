package io.lockstep.scsi.lu;

import io.lockstep.block.Check;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/// The tasks of a logical unit (SAM-5 clause 8): which gather their data, which are under way,
/// which wait for an ORDERED one, which were aborted. Pure; the logical unit starts what
/// [#startable] hands out.
///
/// A task is in exactly one of the three lists, from [#enter] until [#remove]. SIMPLE tasks run
/// side by side; an ORDERED task waits for all that were handed over before it and holds back all
/// after it; a HEAD OF QUEUE task starts at once. The order is that of [#add], when a task has its
/// data: a task that still gathers holds nobody back.
class TaskSet {
  private final ArrayList<ScsiTask> gathering = new ArrayList<>();
  private final ArrayList<ScsiTask> running = new ArrayList<>();
  private final ArrayDeque<ScsiTask> waiting = new ArrayDeque<>();
  private final ArrayList<ScsiTask> aborted = new ArrayList<>();
  private int orderedRunning;

  int size() {
    return gathering.size() + running.size() + waiting.size();
  }

  /// Takes in a task that may still need its data.
  void enter(ScsiTask task) {
    gathering.add(task);
  }

  /// Whether a task was taken in and has not been added yet.
  boolean isGathering(ScsiTask task) {
    return gathering.contains(task);
  }

  /// Whether a task that is here was aborted.
  boolean isAborted(ScsiTask task) {
    return aborted.contains(task);
  }

  /// What a task of `nexus` is told when there is no place: TASK SET FULL means that one of its own
  /// tasks must end first, so it is for a nexus that has some (SAM-5 5.3.1).
  ScsiResult full(Nexus nexus) {
    return nexuses().contains(nexus) ? new ScsiResult.TaskSetFull() : new ScsiResult.Busy();
  }

  /// A task has all that it needs.
  ///
  /// @param passesAll start it whatever else is here
  /// @return whether it starts now
  boolean add(ScsiTask task, boolean passesAll) {
    Check.that(gathering.remove(task), "the task was taken in");
    boolean passes = passesAll || task.attribute() == TaskAttribute.HEAD_OF_QUEUE;
    if (passes || (waiting.isEmpty() && mayStart(task))) {
      started(task);
      return true;
    }
    waiting.add(task);
    return false;
  }

  private boolean mayStart(ScsiTask task) {
    return orderedRunning == 0 && (task.attribute() != TaskAttribute.ORDERED || running.isEmpty());
  }

  private void started(ScsiTask task) {
    running.add(task);
    orderedRunning += task.attribute() == TaskAttribute.ORDERED ? 1 : 0;
  }

  /// A task that gathers or runs has ended.
  ///
  /// @return whether it had been aborted meanwhile
  boolean remove(ScsiTask task) {
    if (!gathering.remove(task) && running.remove(task)) {
      orderedRunning -= task.attribute() == TaskAttribute.ORDERED ? 1 : 0;
    }
    return aborted.remove(task);
  }

  /// The tasks that may start now that another has ended; they count as running.
  List<ScsiTask> startable() {
    if (waiting.isEmpty() || !mayStart(waiting.element())) {
      return List.of();
    }
    var ready = new ArrayList<ScsiTask>();
    while (!waiting.isEmpty() && mayStart(waiting.element())) {
      ScsiTask task = waiting.remove();
      started(task);
      ready.add(task);
    }
    return ready;
  }

  /// Aborts all tasks that `which` picks.
  ///
  /// @return those that had all they need and had not started, and so are over now; the others end
  ///     by themselves
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
    mark(gathering, which);
    mark(running, which);
    return dropped;
  }

  private void mark(List<ScsiTask> some, Predicate<ScsiTask> which) {
    for (ScsiTask task : some) {
      if (which.test(task) && !aborted.contains(task)) {
        aborted.add(task);
      }
    }
  }

  boolean contains(ScsiTask task) {
    return gathering.contains(task) || running.contains(task) || waiting.contains(task);
  }

  /// The running tasks that `which` picks: those that may touch the medium.
  List<ScsiTask> running(Predicate<ScsiTask> which) {
    return running.stream().filter(which).toList();
  }

  /// Whose tasks are here.
  Set<Nexus> nexuses() {
    var all = new LinkedHashSet<Nexus>();
    gathering.forEach(task -> all.add(task.nexus()));
    running.forEach(task -> all.add(task.nexus()));
    waiting.forEach(task -> all.add(task.nexus()));
    return all;
  }

  static Predicate<ScsiTask> of(Nexus nexus) {
    return task -> task.nexus().equals(nexus);
  }
}
