package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sizes;
import java.util.OptionalLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `lockstep volume ...`.
@Command(
    name = "volume",
    description = {
      "Create, list, resize, rename and delete volumes.",
      "Where two mirrors have a volume of one name, or one of them is not served, it is named",
      "MIRROR/VOLUME."
    },
    subcommands = {
      VolumeCommands.Create.class,
      VolumeCommands.Show.class,
      VolumeCommands.Resize.class,
      VolumeCommands.Rename.class,
      VolumeCommands.Delete.class
    })
final class VolumeCommands {
  /// What may become a job.
  abstract static class Sized extends ControlCommand {
    @Option(
        names = "--wait",
        description = {
          "If it becomes a job, wait until that has ended. Ctrl-C ends the waiting, and the job",
          "goes on."
        })
    private boolean waits;

    /// Tells that it is done, or which job goes on with it.
    ///
    /// @param done the sentence, of the volume that has its size
    final void tell(VolumeInfo volume, long wantedBytes, Function<VolumeInfo, String> done)
        throws ControlException {
      @Nullable String job = volume.job();
      if (job == null) {
        print(volume, done.apply(volume));
        return;
      }
      String begun =
          "Volume %s gets %s by job %s. ".formatted(volume.name(), Sizes.text(wantedBytes), job);
      if (!waits) {
        print(volume, begun + JobView.hint(job));
        return;
      }
      if (!where.json()) {
        out().println(begun + "Ctrl-C leaves it running. " + JobView.hint(job));
        out().flush();
      }
      String uuid = volume.uuid();
      var wait =
          new LongWait(
              where.nodes(),
              where.json() ? LongWait.nobody() : out(),
              "Job " + job + " goes on: " + JobView.hint(job));
      wait.until(seen -> JobOutlook.of(job, volume, seen));
      VolumeInfo now =
          where.nodes().status().volumes().stream()
              .filter(one -> one.uuid().equals(uuid) && one.sizeBytes() >= wantedBytes)
              .findFirst()
              .orElseThrow(
                  () ->
                      new RefusedException(
                          "Volume " + volume.name() + " does not have that size",
                          "job " + job + " was cancelled",
                          "`lockstep volume list` shows what there is"));
      print(now, done.apply(now));
    }
  }

  @Command(name = "create", description = "Create a volume of zeroes.")
  static final class Create extends Sized {
    @Parameters(paramLabel = "NAME", description = "Its name: a-z, 0-9, '.' and '-'.")
    private String name = "";

    @Option(
        names = "--size",
        required = true,
        paramLabel = "SIZE",
        description = "20G, 1.5T, 512M ...")
    private String size = "";

    @Option(
        names = "--mirror",
        paramLabel = "NAME",
        description = "The mirror that is to hold it; not needed while there is one.")
    private @Nullable String mirror;

    @Override
    void run() throws ControlException {
      long wanted = bytes(size);
      var request = new Requests.CreateVolume(name, wanted, mirror);
      VolumeInfo volume = where.nodes().ask(client -> client.createVolume(request));
      tell(
          volume,
          wanted,
          now -> "Volume %s created, %s.".formatted(now.name(), shown(wanted, now.sizeBytes())));
    }

    private long bytes(String text) {
      return Sizes.parse(text).orElseThrow(() -> badSize(this, text));
    }
  }

  @Command(name = "list", description = "List all volumes.")
  static final class Show extends ControlCommand {
    @Override
    void run() throws ControlException {
      PairStatus status = where.nodes().status();
      print(status.volumes(), StatusView.volumes(status.volumes(), status.mirrors()));
    }
  }

  @Command(name = "resize", description = "Give a volume another size while it may be in use.")
  static final class Resize extends Sized {
    @Parameters(paramLabel = "NAME", description = "The volume.")
    private String name = "";

    @Option(
        names = "--size",
        required = true,
        paramLabel = "SIZE",
        description = "The new size, 40G, or how much more, +20G.")
    private String size = "";

    @Option(
        names = "--shrink",
        description = "Allow a smaller size: what lies behind the new end is lost.")
    private boolean shrink;

    @Override
    void run() throws ControlException {
      boolean relative = size.startsWith("+");
      OptionalLong bytes = Sizes.parse(relative ? size.substring(1) : size);
      if (bytes.isEmpty()) {
        throw badSize(this, size);
      }
      long base = relative ? where.nodes().ask(this::sizeNow) : 0;
      long wanted = base + bytes.getAsLong();
      VolumeInfo volume = where.nodes().ask(client -> client.resizeVolume(name, wanted, shrink));
      tell(
          volume,
          wanted,
          now -> "Volume %s now has %s.".formatted(now.name(), shown(wanted, now.sizeBytes())));
    }

    private long sizeNow(ControlClient client) throws ControlException {
      return client.volumes().stream()
          .filter(volume -> volume.isCalled(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new RefusedException(
                      "Volume " + name + " was not resized",
                      "there is no volume of that name",
                      "`lockstep volume list` shows them"))
          .sizeBytes();
    }
  }

  @Command(name = "rename", description = "Give a volume another name; its IQN stays.")
  static final class Rename extends ControlCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "The volume.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "NEW-NAME", description = "Its new name.")
    private String newName = "";

    @Override
    void run() throws ControlException {
      VolumeInfo volume = where.nodes().ask(client -> client.renameVolume(name, newName));
      print(volume, "Volume %s is now called %s.".formatted(name, volume.name()));
    }
  }

  @Command(
      name = "delete",
      description = {
        "Delete a volume and its data.",
        "On a terminal it asks for the volume's name; without one it wants --yes."
      })
  static final class Delete extends ControlCommand {
    @Parameters(paramLabel = "NAME", description = "The volume.")
    private String name = "";

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    void run() throws ControlException {
      if (!yes) {
        Asking.terminal()
            .confirm(
                "Volume " + name + " was not deleted",
                "Volume " + name + " and its data will be gone for good.",
                name);
      }
      Done done = deleted(where, name);
      print(done, done.message());
    }
  }

  /// Gives a volume another size, or a snapshot another room.
  static VolumeInfo resized(Where where, String name, long bytes) throws ControlException {
    return where.nodes().ask(client -> client.resizeVolume(name, bytes, false));
  }

  static Done deleted(Where where, String name) throws ControlException {
    return where.nodes().ask(client -> client.deleteVolume(name));
  }

  /// The size that there is, with the one that was asked for if that was rounded up.
  private static String shown(long wanted, long bytes) {
    return Sizes.text(bytes) + Sizes.rounded(wanted, bytes);
  }

  private static ParameterException badSize(ControlCommand command, String size) {
    return new ParameterException(
        command.spec().commandLine(), "--size " + size + " is not a size; " + Sizes.HINT + ".");
  }
}
