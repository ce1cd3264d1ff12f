package io.lockstep.cli;

import io.lockstep.control.api.JobInfo;
import io.lockstep.control.client.Sizes;
import java.util.List;

/// Jobs for people. Pure.
final class JobView {
  private JobView() {}

  static String table(List<JobInfo> jobs) {
    Table table = new Table("JOB", "WHAT", "VOLUME", "DONE", "OF", "LEFT");
    StringBuilder problems = new StringBuilder();
    for (JobInfo job : jobs) {
      table.row(
          job.id(),
          job.kind(),
          job.volume(),
          job.percent() + "%",
          Sizes.text(job.bytesTotal()),
          Sizes.duration(job.secondsLeft()));
      if (job.problem() != null) {
        problems.append("%s does not go on: %s%n".formatted(job.id(), job.problem()));
      }
    }
    return table.text() + problems;
  }

  /// One job, as a sentence.
  static String line(JobInfo job) {
    return "Job %s, %s: %d%%, %s of %s%s%s"
        .formatted(
            job.id(),
            deed(job),
            job.percent(),
            Sizes.text(job.bytesDone()),
            Sizes.text(job.bytesTotal()),
            left(job),
            job.problem() == null ? "" : "; it does not go on: " + job.problem());
  }

  /// What it does: "making vm1".
  static String deed(JobInfo job) {
    String deed =
        switch (job.kind()) {
          case JobInfo.CREATE_VOLUME -> "making ";
          case JobInfo.ROLL_BACK -> "putting back ";
          default -> "growing ";
        };
    return deed + job.volume();
  }

  /// How long it will take yet, to be put behind other numbers; empty if that is not known.
  static String left(JobInfo job) {
    return job.secondsLeft() < 0 ? "" : ", " + Sizes.duration(job.secondsLeft()) + " left";
  }

  /// What whoever began it can do with it.
  static String hint(String id) {
    return "`lockstep jobs show %s` shows how far it is, `lockstep jobs cancel %s` ends it."
        .formatted(id, id);
  }
}
