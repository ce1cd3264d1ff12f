package io.lockstep.node;

import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.volume.Serving;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeName;
import io.lockstep.volume.VolumeResult;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// What an administrator does with volumes and exports, on the Primary: one change after another,
/// the volume group first, then the record. Belongs to the mirror's loop.
public final class Administration {
  private final ServedVolumes primary;
  private final OfferedTargets targets;
  private final Supplier<LuNames.Giver> names;
  private final Supplier<List<SessionInfo>> sessions;
  private final Function<Export, ExportInfo> exports;
  private final RandomGenerator dice;
  private final PrimaryTurns turns;
  private final ExportChange changes;
  private final VolumeAnswers answers;
  private final Sizing sizing;
  private final SnapshotVerbs snapshots;

  /// What the daemon knows and this needs.
  ///
  /// @param loop the mirror's
  /// @param names who gives a volume its names
  /// @param sessions those on both nodes
  /// @param exports how an export is shown
  /// @param peerErasesCheaply whether zeroing costs the other node next to nothing, too, or it
  ///     takes no part now
  /// @param jobs when the size of a volume becomes a job
  public record Sources(
      Loop loop,
      JobLimits jobs,
      Supplier<LuNames.Giver> names,
      Supplier<List<SessionInfo>> sessions,
      Function<Export, ExportInfo> exports,
      BooleanSupplier peerErasesCheaply,
      RandomGenerator dice) {}

  public Administration(ServedVolumes primary, OfferedTargets targets, Sources sources) {
    this.primary = primary;
    this.targets = targets;
    var queue = new ChangeQueue(sources.loop);
    this.turns = new PrimaryTurns(primary, queue);
    this.changes = new ExportChange(primary, targets, turns, sources.sessions, sources.exports);
    this.names = sources.names;
    this.sessions = sources.sessions;
    this.exports = sources.exports;
    this.dice = sources.dice;
    this.answers = new VolumeAnswers(primary);
    this.sizing =
        new Sizing(
            primary,
            targets,
            queue,
            new Sizing.Ground(
                sources.loop,
                sources.jobs,
                sources.dice,
                () -> !sources.sessions.get().isEmpty(),
                sources.peerErasesCheaply));
    this.snapshots = new SnapshotVerbs(primary, turns, sizing, this::users);
  }

  /// The volumes may have been opened: their jobs go on.
  void proceed() {
    sizing.proceed();
  }

  /// Takes over the verbs of volumes and exports.
  ///
  /// @param told lets the other node hear of a change before whoever asked for it
  /// @param read lets it have read the change, too
  public void answer(
      Handlers on, UnaryOperator<Consumer<Answer>> told, UnaryOperator<Consumer<Answer>> read) {
    on.on(Requests.CREATE_VOLUME, (_, body, done) -> createVolume(body, told.apply(done)))
        .on(
            Requests.RESIZE_VOLUME,
            (name, body, done) -> resizeVolume(name, body, told.apply(done)))
        .on(
            Requests.RENAME_VOLUME,
            (name, body, done) -> renameVolume(name, body, told.apply(done)))
        .on(Requests.DELETE_VOLUME, (name, _, done) -> deleteVolume(name, told.apply(done)))
        .on(
            Requests.TAKE_SNAPSHOT,
            (name, body, done) -> snapshots.take(name, body, told.apply(done)))
        .on(
            Requests.ROLL_BACK,
            (name, body, done) -> snapshots.rollBack(name, body, told.apply(read.apply(done))))
        .on(Requests.CANCEL_JOB, (id, _, done) -> cancelJob(id, told.apply(done)))
        .on(
            Requests.CREATE_EXPORT,
            (_, body, done) -> createExport(body, told.apply(read.apply(done))))
        .on(
            Requests.CHANGE_EXPORT,
            (name, body, done) -> changes.change(name, body, told.apply(read.apply(done))))
        .on(
            Requests.DELETE_EXPORT,
            (name, _, done) -> deleteExport(name, told.apply(read.apply(done))));
  }

  SnapshotVerbs snapshots() {
    return snapshots;
  }

  void createVolume(Requests.CreateVolume request, Consumer<Answer> done) {
    String name = request.name();
    Long size = request.sizeBytes();
    if (name == null || size == null) {
      done.accept(missing("No volume was created", "name and sizeBytes are needed"));
      return;
    }
    String what = "Volume " + VolumeName.shown(name) + " was not created";
    turns.run(what, done, end -> sizing.create(what, name, size, end));
  }

  void resizeVolume(String name, Requests.ResizeVolume request, Consumer<Answer> done) {
    Long size = request.sizeBytes();
    String what = "Volume " + VolumeName.shown(name) + " was not resized";
    if (size == null) {
      done.accept(missing(what, "sizeBytes is needed"));
      return;
    }
    boolean shrink = Boolean.TRUE.equals(request.shrink());
    turns.run(
        what,
        done,
        end -> {
          Optional<Volume> volume = answers.volume(name);
          boolean smaller = volume.isPresent() && size < volume.get().sizeBytes();
          if (volume.isEmpty()) {
            end.accept(
                Answer.refused(
                    what, "there is no volume of that name", VolumeAnswers.SHOW_VOLUMES));
          } else if (smaller && shrink && !users(name).isEmpty()) {
            end.accept(
                Answer.refused(
                    what,
                    "it would lose its end while " + users(name) + " logged in",
                    "log out there before shrinking"));
          } else if (volume.get().snapshotOf().isPresent()) {
            snapshots.resize(what, volume.get(), size, end);
          } else {
            sizing.resize(what, volume.get(), new Sizing.Wanted(size, shrink), end);
          }
        });
  }

  void renameVolume(String name, Requests.RenameVolume request, Consumer<Answer> done) {
    String newName = request.newName();
    String what = "Volume " + VolumeName.shown(name) + " was not renamed";
    if (newName == null) {
      done.accept(missing(what, "newName is needed"));
      return;
    }
    turns.run(
        what,
        done,
        end -> {
          Optional<UnitRecord> unit = primary.records().ofVolume(name);
          primary
              .engine()
              .rename(
                  name,
                  newName,
                  result -> {
                    if (result instanceof VolumeResult.Done && unit.isPresent()) {
                      put(what, unit.get().renamed(newName), end, () -> renamed(newName, result));
                    } else {
                      end.accept(answers.of(result, newName, 200));
                    }
                  });
        });
  }

  /// The record has the new name too.
  private Answer renamed(String newName, VolumeResult result) {
    primary.records().exportOf(newName).ifPresent(targets::offer);
    return answers.of(result, newName, 200);
  }

  void deleteVolume(String name, Consumer<Answer> done) {
    String what = "Volume " + VolumeName.shown(name) + " was not deleted";
    turns.run(
        what,
        done,
        end -> {
          Optional<UnitRecord> unit = primary.records().ofVolume(name);
          if (unit.isPresent() && unit.get().exported()) {
            String users = users(name);
            end.accept(
                Answer.refused(
                    what,
                    users.isEmpty() ? "it is exported" : users + " logged in to it",
                    (users.isEmpty() ? "" : "log out there, then ")
                        + "run `lockstep export delete "
                        + name
                        + "`"));
            return;
          }
          Optional<JobInfo> job = answers.job(name);
          if (job.isPresent()) {
            end.accept(Sizing.underWay(what, job.get()));
            return;
          }
          primary.engine().delete(name, result -> deleted(what, unit, result, end));
        });
  }

  private void deleted(
      String what, Optional<UnitRecord> unit, VolumeResult result, Consumer<Answer> end) {
    Answer good = Answer.ok(new Done(what.replace(" was not ", " was ") + "."));
    switch (result) {
      case VolumeResult.Refused(Refusal refusal) -> end.accept(Answer.refused(refusal));
      case VolumeResult.Unknown(Refusal said) -> end.accept(Answer.failed(said));
      case VolumeResult.Done _ -> {
        if (unit.isPresent() && primary.isOpen()) {
          put(what, unit.get().tombstone(), end, () -> good);
        } else {
          end.accept(good);
        }
      }
    }
  }

  void cancelJob(String id, Consumer<Answer> done) {
    String what = "Job " + VolumeName.shown(id) + " was not cancelled";
    turns.run(what, done, end -> sizing.cancel(what, id, end));
  }

  void createExport(Requests.CreateExport request, Consumer<Answer> done) {
    String name = request.volume();
    if (name == null) {
      done.accept(missing("Nothing was exported", "volume is needed"));
      return;
    }
    String what = "Volume " + VolumeName.shown(name) + " was not exported";
    Optional<Answer> fault = ExportChange.fault(what, request.initiators());
    if (fault.isPresent()) {
      done.accept(fault.get());
      return;
    }
    turns.run(what, done, end -> export(what, name, request, end));
  }

  private void export(
      String what, String name, Requests.CreateExport request, Consumer<Answer> end) {
    Optional<Volume> volume = answers.volume(name);
    if (volume.isEmpty()) {
      end.accept(
          Answer.notFound(what, "there is no volume of that name", VolumeAnswers.SHOW_VOLUMES));
      return;
    }
    Optional<Answer> refusal = exportRefusal(what, volume.get());
    if (refusal.isPresent()) {
      end.accept(refusal.get());
      return;
    }
    ExportRecords records = primary.records();
    UnitRecord unit =
        records
            .ofVolume(name)
            .orElseGet(
                () -> LuNames.draw(names.get(), name, volume.get().uuid(), records.taken(), dice));
    boolean writeCache = Optional.ofNullable(request.writeCache()).orElse(unit.writeCache());
    switch (ExportPlace.choose(records, names.get(), unit.withWriteCache(writeCache), request)) {
      case ExportPlace.Choice.Refused(Refusal refused) -> end.accept(Answer.refused(refused));
      case ExportPlace.Choice.Found(Export export) ->
          turns.store(
              what,
              done -> records.put(export, done),
              end,
              () -> {
                targets.offer(export);
                primary.serve(export);
                return Answer.created(exports.apply(export));
              });
    }
  }

  /// Why a volume cannot be exported now, wherever.
  private Optional<Answer> exportRefusal(String what, Volume volume) {
    String name = volume.name();
    if (primary.engine().serving(volume) instanceof Serving.Not(String why)) {
      return Optional.of(
          Answer.refused(
              what, "it cannot be served here: " + why, "copy its data to a volume made here"));
    }
    Optional<JobInfo> job = answers.job(name).filter(JobInfo::creates);
    if (job.isPresent()) {
      return Optional.of(Sizing.underWay(what, job.get()));
    }
    Optional<Export> export = primary.records().exportOf(name);
    if (export.isPresent()) {
      return Optional.of(
          Answer.refused(
              what,
              "it is exported already as " + export.get().iqn(),
              "change who may log in with `lockstep export set " + name + "`"));
    }
    Optional<String> fault =
        primary.records().ofVolume(name).isPresent()
            ? Optional.empty()
            : VolumeName.fault(primary.engine().group().name(), name);
    return fault.map(
        why ->
            Answer.refused(
                what,
                "its target's name would hold the volume's, and " + why,
                "give it another name first: `lockstep volume rename " + name + " NEW`"));
  }

  /// What is changed of an export while hosts use it.
  public ExportChange changes() {
    return changes;
  }

  void deleteExport(String name, Consumer<Answer> done) {
    String what = "The export of " + VolumeName.shown(name) + " was not deleted";
    turns.run(
        what,
        done,
        end -> {
          Optional<Export> export = primary.records().exportOf(name);
          if (export.isEmpty()) {
            end.accept(ExportChange.notExported(what));
            return;
          }
          String users = users(name);
          if (!users.isEmpty()) {
            end.accept(Answer.refused(what, users + " logged in to it", "log out there first"));
            return;
          }
          turns.store(
              what,
              stored -> primary.records().withdraw(export.get(), stored),
              end,
              () -> {
                targets.remove(export.get().naa());
                return Answer.ok(new Done("The export of " + name + " was deleted."));
              });
        });
  }

  // --- what they share ---

  private void put(
      String what, UnitRecord unit, Consumer<Answer> end, Supplier<Answer> whenStable) {
    turns.store(what, done -> primary.records().put(unit, done), end, whenStable);
  }

  /// Who is logged in to the target of a volume, as the beginning of a clause: "iqn.x at node a
  /// is"; or empty.
  private String users(String volume) {
    Optional<String> iqn = primary.records().exportOf(volume).map(Export::iqn);
    List<SessionInfo> users =
        sessions.get().stream().filter(session -> iqn.equals(Optional.of(session.iqn()))).toList();
    String names = SessionInfo.names(users);
    return names.isEmpty() ? "" : names + (users.size() == 1 ? " is" : " are");
  }

  private static Answer missing(String what, String why) {
    return Answer.badRequest(what, why, "see docs/control-api.yaml");
  }
}
