package io.lockstep.node;

import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import io.lockstep.volume.SnapshotAsk;
import io.lockstep.volume.SnapshotOf;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeName;
import io.lockstep.volume.VolumeResult;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// What an administrator does with snapshots, on the Primary, each in its turn among the changes.
/// What a snapshot has in common with every volume is in [Administration]. Belongs to the mirror's
/// loop.
final class SnapshotVerbs {
  /// The room of a snapshot if none is said: a fifth of the volume.
  static final int ROOM_SHARE = 5;

  private static final String SHOW_SNAPSHOTS = "`lockstep snapshot list` shows them";

  private final ServedVolumes primary;
  private final PrimaryTurns turns;
  private final VolumeAnswers answers;
  private final Sizing sizing;
  private final Function<String, String> users;

  /// @param users who is logged in to a volume, as the beginning of a clause; or empty
  SnapshotVerbs(
      ServedVolumes primary, PrimaryTurns turns, Sizing sizing, Function<String, String> users) {
    this.primary = primary;
    this.sizing = sizing;
    this.turns = turns;
    this.answers = new VolumeAnswers(primary);
    this.users = users;
  }

  void take(String volume, Requests.TakeSnapshot request, Consumer<Answer> done) {
    @Nullable String name = request.snapshot();
    if (name == null) {
      done.accept(
          Answer.badRequest(
              "No snapshot was taken", "snapshot is needed", "see docs/control-api.yaml"));
      return;
    }
    String what = "Snapshot " + VolumeName.shown(name) + " was not taken";
    turns.run(
        what,
        done,
        end -> {
          Optional<Volume> origin = answers.volume(volume);
          if (origin.isEmpty()) {
            end.accept(
                Answer.notFound(
                    what, "there is no volume of that name", VolumeAnswers.SHOW_VOLUMES));
            return;
          }
          @Nullable Long wanted = request.roomBytes();
          long room = wanted == null ? Math.max(1, origin.get().sizeBytes() / ROOM_SHARE) : wanted;
          Optional<Answer> promised = sizing.promisedToOthers(what, room);
          if (promised.isPresent()) {
            end.accept(promised.get());
            return;
          }
          primary
              .engine()
              .takeSnapshot(
                  new SnapshotAsk(volume, name, room),
                  result -> end.accept(answers.of(result, name, 201)));
        });
  }

  /// Gives a snapshot more room, in a turn.
  void resize(String what, Volume snapshot, long roomBytes, Consumer<Answer> end) {
    Optional<Answer> promised = sizing.promisedToOthers(what, roomBytes - snapshot.sizeBytes());
    if (promised.isPresent()) {
      end.accept(promised.get());
      return;
    }
    String name = snapshot.name();
    primary
        .engine()
        .resize(name, roomBytes, false, result -> end.accept(answers.of(result, name, 200)));
  }

  void rollBack(String volume, Requests.RollBack request, Consumer<Answer> done) {
    @Nullable String name = request.snapshot();
    String what = "Volume " + VolumeName.shown(volume) + " was not put back";
    if (name == null) {
      done.accept(Answer.badRequest(what, "snapshot is needed", "see docs/control-api.yaml"));
      return;
    }
    turns.run(
        what,
        done,
        end -> {
          Optional<Volume> snapshot = snapshot(volume, name);
          if (snapshot.isEmpty()) {
            end.accept(
                Answer.notFound(
                    what, "it has no snapshot " + VolumeName.shown(name), SHOW_SNAPSHOTS));
            return;
          }
          Optional<Answer> fault = inUse(what, volume, name);
          if (fault.isPresent()) {
            end.accept(fault.get());
          } else {
            primary.engine().rollBack(name, result -> rolledBack(what, volume, name, result, end));
          }
        });
  }

  private Optional<Volume> snapshot(String volume, String name) {
    Optional<String> origin = answers.volume(volume).map(Volume::uuid);
    return answers
        .volume(name)
        .filter(
            it -> origin.isPresent() && it.snapshotOf().map(SnapshotOf::originUuid).equals(origin));
  }

  private Optional<Answer> inUse(String what, String volume, String snapshot) {
    String there = users.apply(volume);
    if (!there.isEmpty()) {
      return Optional.of(
          Answer.refused(what, there + " logged in to it", "log out there, and try again"));
    }
    if (answers.job(volume).isPresent()) {
      return Optional.of(Sizing.underWay(what, answers.job(volume).get()));
    }
    boolean exported = primary.records().exportOf(snapshot).isPresent();
    return exported
        ? Optional.of(
            Answer.refused(
                what,
                "its snapshot " + snapshot + " is exported",
                "run `lockstep export delete " + snapshot + "` first"))
        : Optional.empty();
  }

  /// The snapshot is no disk any more, and whatever gets its name later is another one.
  private void rolledBack(
      String what, String volume, String name, VolumeResult result, Consumer<Answer> end) {
    Optional<UnitRecord> unit =
        primary.isOpen() ? primary.records().ofVolume(name) : Optional.empty();
    if (result instanceof VolumeResult.Done && unit.isPresent()) {
      turns.store(
          what,
          stored -> primary.records().put(unit.get().tombstone(), stored),
          end,
          () -> answers.of(result, volume, 200));
    } else {
      end.accept(answers.of(result, volume, 200));
    }
  }
}
