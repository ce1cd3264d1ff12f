package io.lockstep.web;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.client.Sizes;

/// A job as the pages say it. Used by templates.
public final class JobLine {
  private JobLine() {}

  /// "j00af31: making vm1, 40 % of 3 TiB, 2 h 5 min left".
  public static String of(JobInfo job) {
    return "%s: %s %s, %d %% of %s%s%s"
        .formatted(
            job.id(),
            deed(job),
            job.volume(),
            job.percent(),
            Sizes.text(job.bytesTotal()),
            job.secondsLeft() < 0 ? "" : ", " + Sizes.duration(job.secondsLeft()) + " left",
            job.problem() == null ? "" : "; it does not go on: " + job.problem());
  }

  private static String deed(JobInfo job) {
    return switch (job.kind()) {
      case JobInfo.CREATE_VOLUME -> "making";
      case JobInfo.ROLL_BACK -> "putting back";
      default -> "growing";
    };
  }
}
