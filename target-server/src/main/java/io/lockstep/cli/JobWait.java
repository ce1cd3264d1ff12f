package io.lockstep.cli;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Waits until a job has ended, and tells now and then how far it is. While no node serves, the job
/// stands still, and so does this.
final class JobWait {
  private static final long LOOK_MILLIS = 1_000;

  /// So many looks between two lines, unless the percentage has changed by ten.
  private static final int LOOKS_OF_LINE = 30;

  private final Nodes nodes;
  private final String id;
  private final VolumeInfo volume;
  private final Consumer<String> lines;

  /// @param volume what it is about
  /// @param lines told how far it is
  JobWait(Nodes nodes, String id, VolumeInfo volume, Consumer<String> lines) {
    this.nodes = nodes;
    this.id = id;
    this.volume = volume;
    this.lines = lines;
  }

  void untilEnded() throws ControlException {
    long shown = -1;
    int looks = 0;
    while (true) {
      Optional<PairStatus> status = status();
      if (status.isPresent() && isServed(status.get())) {
        Optional<JobInfo> job =
            status.get().jobs().stream().filter(one -> one.id().equals(id)).findFirst();
        if (job.isEmpty()) {
          return;
        }
        if (job.get().percent() / 10 != shown || looks++ >= LOOKS_OF_LINE) {
          shown = job.get().percent() / 10;
          looks = 0;
          lines.accept(JobView.line(job.get()));
        }
      }
      pause();
    }
  }

  /// Empty while nobody answers.
  private Optional<PairStatus> status() throws ControlException {
    try {
      return Optional.of(nodes.status());
    } catch (ControlException e) {
      if (e.isUnreachable()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /// Only a Primary knows the jobs: that of the volume's mirror, or, once the volume is gone, of
  /// any.
  private boolean isServed(PairStatus status) {
    Optional<String> holder =
        status.volumes().stream()
            .filter(one -> one.uuid().equals(volume.uuid()))
            .flatMap(one -> Stream.ofNullable(one.mirror()))
            .findFirst();
    return status.mirrors().stream()
        .filter(mirror -> holder.isEmpty() || holder.get().equals(mirror.name()))
        .allMatch(mirror -> mirror.group() != null);
  }

  private static void pause() {
    try {
      Thread.sleep(LOOK_MILLIS);
    } catch (InterruptedException e) {
      throw new IllegalStateException("interrupted while a job was waited for", e);
    }
  }
}
