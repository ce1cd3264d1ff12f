package io.lockstep.cli;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.Sizes;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// How far a job is, for whoever waits for it. While no node serves, the job stands still. Pure.
final class JobOutlook {
  private JobOutlook() {}

  /// @param volume what it is about
  /// @param seen the pair; empty while nobody answers
  /// @return ended, with the pair as it was seen then, once the job is gone; a picture taken after
  ///     that shows what it has left
  static LongWait.Seen<PairStatus> of(String id, VolumeInfo volume, Optional<PairStatus> seen) {
    if (seen.isEmpty()) {
      return waiting("no node answers; they are asked again");
    }
    PairStatus status = seen.get();
    if (!isServed(status, volume)) {
      return waiting("job %s waits for a node that serves %s".formatted(id, volume.name()));
    }
    return status.jobs().stream()
        .filter(one -> one.id().equals(id))
        .findFirst()
        .map(JobOutlook::underWay)
        .orElseGet(() -> new LongWait.Seen.Ended<>(status));
  }

  private static LongWait.Seen<PairStatus> waiting(String what) {
    return new LongWait.Seen.UnderWay<>(what, OptionalInt.empty(), "");
  }

  private static LongWait.Seen<PairStatus> underWay(JobInfo job) {
    String what =
        "job %s, %s%s"
            .formatted(
                job.id(),
                JobView.deed(job),
                job.problem() == null ? "" : ", does not go on: " + job.problem());
    return new LongWait.Seen.UnderWay<>(what, OptionalInt.of((int) job.percent()), numbers(job));
  }

  private static String numbers(JobInfo job) {
    return ": %s of %s%s"
        .formatted(Sizes.text(job.bytesDone()), Sizes.text(job.bytesTotal()), JobView.left(job));
  }

  /// Only a Primary knows the jobs: that of the volume's mirror, or, once the volume is gone, of
  /// any.
  private static boolean isServed(PairStatus status, VolumeInfo volume) {
    Optional<String> holder =
        status.volumes().stream()
            .filter(one -> one.uuid().equals(volume.uuid()))
            .flatMap(one -> Stream.ofNullable(one.mirror()))
            .findFirst();
    return status.mirrors().stream()
        .filter(mirror -> holder.isEmpty() || holder.get().equals(mirror.name()))
        .allMatch(mirror -> mirror.group() != null);
  }
}
