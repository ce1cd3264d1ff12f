package io.lockstep.cli;

import io.lockstep.control.api.Done;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sizes;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;

/// `lockstep snapshot ...`.
@Command(
    name = "snapshot",
    description = {
      "Keep what a volume holds at one moment, look at it, and go back to it.",
      "A snapshot is a volume, too: it is exported, renamed and listed as one."
    },
    subcommands = {
      SnapshotCommands.Create.class,
      SnapshotCommands.Show.class,
      SnapshotCommands.Rollback.class,
      SnapshotCommands.Resize.class,
      SnapshotCommands.Delete.class
    })
final class SnapshotCommands {
  private SnapshotCommands() {}

  /// The names of a volume and of one of its snapshots.
  abstract static class OfOne extends ControlCommand {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "The volume.")
    protected String volume = "";

    @Parameters(index = "1", paramLabel = "NAME", description = "The snapshot.")
    protected String name = "";

    /// The snapshot, which is one of that volume.
    ///
    /// @param what the beginning of a refusal
    final VolumeInfo snapshot(String what) throws ControlException {
      List<VolumeInfo> volumes = where.nodes().status().volumes();
      Optional<VolumeInfo> origin = volumes.stream().filter(it -> it.isCalled(volume)).findFirst();
      return volumes.stream()
          .filter(it -> it.name().equals(name) && origin.filter(it::isSnapshotOf).isPresent())
          .findFirst()
          .orElseThrow(
              () ->
                  new RefusedException(
                      what,
                      "volume " + volume + " has no snapshot of that name",
                      "`lockstep snapshot list` shows them"));
    }

    /// What the snapshot is called as a volume.
    static String called(VolumeInfo snapshot) {
      return snapshot.mirror() == null
          ? snapshot.name()
          : snapshot.mirror() + "/" + snapshot.name();
    }
  }

  @Command(name = "create", description = "Take a snapshot of a volume that may be in use.")
  static final class Create extends ControlCommand {
    @Parameters(index = "0", paramLabel = "VOLUME", description = "The volume.")
    private String volume = "";

    @Parameters(
        index = "1",
        paramLabel = "NAME",
        description = "The snapshot's name: a-z, 0-9, '.' and '-'.")
    private String name = "";

    @Option(
        names = "--size",
        paramLabel = "SIZE",
        description = {
          "How much of the volume may change before the snapshot is lost: 20G, 512M ...",
          "Without it, a fifth of the volume."
        })
    private @Nullable String size;

    @Override
    void run() throws ControlException {
      @Nullable Long room = size == null ? null : bytes(this, size);
      var request = new Requests.TakeSnapshot(name, room);
      VolumeInfo taken = where.nodes().ask(client -> client.takeSnapshot(volume, request));
      print(
          taken,
          "Snapshot %s of volume %s taken; it has room for changes of %s."
              .formatted(taken.name(), volume, Sizes.text(room(taken))));
    }
  }

  private static long room(VolumeInfo snapshot) {
    @Nullable SnapshotInfo info = snapshot.snapshot();
    return info == null ? 0 : info.roomBytes();
  }

  @Command(name = "list", description = "List the snapshots of a volume, or all.")
  static final class Show extends ControlCommand {
    @Parameters(paramLabel = "VOLUME", arity = "0..1", description = "The volume; all without it.")
    private @Nullable String volume;

    @Override
    void run() throws ControlException {
      PairStatus status = where.nodes().status();
      List<VolumeInfo> snapshots = SnapshotTable.snapshots(status.volumes(), volume);
      print(snapshots, SnapshotTable.text(snapshots, status.mirrors().size() > 1));
    }
  }

  @Command(
      name = "rollback",
      description = {
        "Put a volume back to a snapshot. What was written since is lost for good, and the",
        "snapshot goes. The volume can be used at once; its data are moved in the background.",
        "On a terminal it asks for the volume's name; without one it wants --yes."
      })
  static final class Rollback extends OfOne {
    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Option(
        names = "--wait",
        description = "Wait until all is moved. Ctrl-C ends the waiting, and the moving goes on.")
    private boolean waits;

    @Override
    void run() throws ControlException {
      if (!yes) {
        Asking.terminal()
            .confirm(
                "Volume " + volume + " was not put back",
                "What was written to volume %s since snapshot %s will be gone for good."
                    .formatted(volume, name),
                volume);
      }
      VolumeInfo origin = where.nodes().ask(client -> client.rollBack(volume, name));
      String job = "rollback-" + name;
      if (!waits) {
        print(
            origin,
            ("Volume %s is put back to snapshot %s and can be used. `lockstep jobs show %s` shows"
                    + " how far the moving is.")
                .formatted(volume, name, job));
        return;
      }
      var wait =
          new LongWait(
              where.nodes(),
              where.json() ? LongWait.nobody() : out(),
              "Job " + job + " goes on: `lockstep jobs show " + job + "` shows how far it is.");
      wait.until(seen -> JobOutlook.of(job, origin, seen));
      print(origin, "Volume %s is put back to snapshot %s.".formatted(volume, name));
    }
  }

  @Command(name = "resize", description = "Give a snapshot more room.")
  static final class Resize extends OfOne {
    @Option(
        names = "--size",
        required = true,
        paramLabel = "SIZE",
        description = "Its room from now on, 40G, or how much more, +20G.")
    private String size = "";

    @Override
    void run() throws ControlException {
      VolumeInfo snapshot = snapshot("Snapshot " + name + " was not resized");
      OptionalLong wanted = Sizes.parse(size, room(snapshot));
      if (wanted.isEmpty()) {
        throw badSize(this, size);
      }
      VolumeInfo now = VolumeCommands.resized(where, called(snapshot), wanted.getAsLong());
      print(now, "Snapshot %s now has room of %s.".formatted(name, Sizes.text(room(now))));
    }
  }

  @Command(
      name = "delete",
      description = {
        "Delete a snapshot; the volume keeps what it has.",
        "On a terminal it asks for the snapshot's name; without one it wants --yes."
      })
  static final class Delete extends OfOne {
    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    void run() throws ControlException {
      String what = "Snapshot " + name + " was not deleted";
      VolumeInfo snapshot = snapshot(what);
      if (!yes) {
        String meaning = "What volume " + volume + " held then will be gone for good.";
        Asking.terminal().confirm(what, meaning, name);
      }
      Done done = VolumeCommands.deleted(where, called(snapshot));
      print(done, "Snapshot " + name + " was deleted.");
    }
  }

  private static long bytes(ControlCommand command, String size) {
    return Sizes.parse(size).orElseThrow(() -> badSize(command, size));
  }

  private static ParameterException badSize(ControlCommand command, String size) {
    return new ParameterException(
        command.spec().commandLine(), "--size " + size + " is not a size; " + Sizes.HINT + ".");
  }
}
