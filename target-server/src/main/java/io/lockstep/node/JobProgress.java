package io.lockstep.node;

import io.lockstep.control.api.JobInfo;
import io.lockstep.volume.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How the jobs of an open group go on, as far as no record tells. Belongs to the mirror's loop.
final class JobProgress {
  private static final long NANOS = 1_000_000_000L;

  private final Map<String, String> problems = new HashMap<>();
  private long bytesPerSecond;

  /// A step has ended well.
  ///
  /// @param nanos with the rest after it
  void stepped(String id, long bytes, long nanos) {
    problems.remove(id);
    long measured = (long) (bytes * (double) NANOS / Math.max(1, nanos));
    bytesPerSecond = bytesPerSecond == 0 ? measured : (bytesPerSecond * 7 + measured) / 8;
  }

  /// A step was refused; it will be tried again.
  void failed(String id, String why) {
    problems.put(id, why);
  }

  void ended(String id) {
    problems.remove(id);
  }

  /// The group is closed.
  void clear() {
    problems.clear();
    bytesPerSecond = 0;
  }

  /// The jobs as people see them.
  List<JobInfo> shown(List<JobRecord> jobs, List<Volume> volumes) {
    List<JobInfo> shown = new ArrayList<>();
    for (JobRecord job : jobs) {
      Optional<Volume> volume =
          volumes.stream().filter(one -> one.uuid().equals(job.volumeUuid())).findFirst();
      if (volume.isPresent()) {
        long left = Math.max(0, job.toBytes() - volume.get().sizeBytes());
        long total = job.toBytes() - job.fromBytes();
        shown.add(
            new JobInfo(
                job.id(),
                job.creates() ? JobInfo.CREATE_VOLUME : JobInfo.GROW_VOLUME,
                volume.get().name(),
                total - left,
                total,
                bytesPerSecond == 0 ? -1 : left / bytesPerSecond * jobs.size(),
                problems.get(job.id()),
                null));
      }
    }
    return shown;
  }
}
