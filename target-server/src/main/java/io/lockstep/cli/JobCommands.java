package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/// `lockstep jobs ...`.
@Command(
    name = "jobs",
    description = {
      "Work that goes on after its command has ended: volumes that get their size, or are put",
      "back to a snapshot.",
      "It goes on when a node starts again and when the other one takes over."
    },
    subcommands = {JobCommands.Show.class, JobCommands.One.class, JobCommands.Cancel.class})
final class JobCommands {
  @Command(name = "list", description = "The jobs that have not ended.")
  static final class Show extends ControlCommand {
    @Override
    void run() throws ControlException {
      List<JobInfo> jobs = where.nodes().ask(ControlClient::jobs);
      print(jobs, jobs.isEmpty() ? "No jobs.\n" : JobView.table(jobs));
    }
  }

  @Command(name = "show", description = "How far a job is.")
  static final class One extends ControlCommand {
    @Parameters(paramLabel = "JOB", description = "Its name: `lockstep jobs list` shows it.")
    private String id = "";

    @Override
    void run() throws ControlException {
      JobInfo job = where.nodes().ask(client -> client.job(id));
      print(job, JobView.line(job));
    }
  }

  @Command(
      name = "cancel",
      description = {
        "End a job. A volume that it makes is deleted; one that it lets grow keeps the size",
        "that it has by then."
      })
  static final class Cancel extends ControlCommand {
    @Parameters(paramLabel = "JOB", description = "Its name: `lockstep jobs list` shows it.")
    private String id = "";

    @Override
    void run() throws ControlException {
      Done done = where.nodes().ask(client -> client.cancelJob(id));
      print(done, done.message());
    }
  }
}
