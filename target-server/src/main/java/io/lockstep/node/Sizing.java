package io.lockstep.node;

import io.lockstep.block.ByteSize;
import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.volume.Volume;
import io.lockstep.volume.VolumeGroup;
import io.lockstep.volume.VolumeName;
import io.lockstep.volume.VolumeResult;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// How volumes get their size: at once, or, where zeroing so much takes long, as a job.
///
/// **No byte of a volume is ever read that its hosts did not write, or zero.** A job therefore lets
/// its volume grow in steps, and each step is what a small volume's creation is too: extents that
/// are free are zeroed, then one commit gives them to the volume. Nothing that is not zeroed ever
/// belongs to a volume, and nothing need be written down of what is zeroed already: the volume's
/// size says it, and the commit flushes what it stands on. What is written down is the size that
/// the volume is to have ([JobRecord]):
///
/// ```
///   record → first step → answer → steps ... → the last step → no record
///            (of a new volume)
///   cancelled: a new volume is deleted → no record;  one that grew keeps what it has → no record
/// ```
///
/// A crash between two of these leaves a record whose volume is not there, or has its size already;
/// the next opening removes it ([ExportRecords#mend]). One job goes on at a time, each step in a
/// turn of its own among the changes, so that no other change comes in between. What jobs have yet
/// to get nobody else is given. Belongs to the mirror's loop.
final class Sizing {
  private static final int ID_VALUES = 1 << 24;

  private final ServedVolumes primary;
  private final VolumeAnswers answers;
  private final OfferedTargets targets;
  private final ChangeQueue turns;
  private final Ground ground;

  private long stepBytes;
  private String lastId = "";

  /// Whether a step is under way, or waits for its time or its turn.
  private boolean going;

  /// What it stands on.
  ///
  /// @param dice where the names of jobs come from
  /// @param hostsThere whether somebody is logged in
  /// @param peerErasesCheaply whether zeroing costs the other node next to nothing, too, or it
  ///     takes no part now
  record Ground(
      Loop loop,
      JobLimits limits,
      RandomGenerator dice,
      BooleanSupplier hostsThere,
      BooleanSupplier peerErasesCheaply) {}

  Sizing(ServedVolumes primary, OfferedTargets targets, ChangeQueue turns, Ground ground) {
    this.primary = primary;
    this.answers = new VolumeAnswers(primary);
    this.targets = targets;
    this.turns = turns;
    this.ground = ground;
    this.stepBytes = ground.limits.stepBytesMin();
  }

  // --- what is asked; each in its turn ---

  void create(String what, String name, long sizeBytes, Consumer<Answer> end) {
    long goal = wholeExtents(sizeBytes);
    Optional<Answer> refusal = promisedToOthers(what, goal);
    if (refusal.isPresent()) {
      end.accept(refusal.get());
    } else if (isQuick(goal) || wouldBeRefused(name, goal)) {
      primary.engine().create(name, sizeBytes, result -> end.accept(answers.of(result, name, 201)));
    } else {
      begin(what, JobRecord.of(newId(), primary.engine().unusedUuid(), 0, goal), name, end);
    }
  }

  /// The engine says why.
  private boolean wouldBeRefused(String name, long goal) {
    return goal > primary.engine().group().freeBytes()
        || answers.volume(name).isPresent()
        || VolumeName.fault(primary.engine().group().name(), name).isPresent();
  }

  /// The record first: a crash behind it leaves either nothing or a volume that goes on growing.
  private void begin(String what, JobRecord job, String name, Consumer<Answer> end) {
    store(
        what,
        job,
        end,
        () ->
            primary
                .engine()
                .create(
                    name,
                    job.volumeUuid(),
                    Math.min(job.toBytes(), ground.limits.stepBytesMin()),
                    result -> begun(job, name, result, end)));
  }

  private void begun(JobRecord job, String name, VolumeResult result, Consumer<Answer> end) {
    Answer answer = answers.of(result, name, 201);
    if (result instanceof VolumeResult.Refused && primary.isOpen()) {
      primary.records().drop(job, _ -> end.accept(answer));
    } else {
      end.accept(answer);
      proceed();
    }
  }

  void resize(String what, Volume volume, Wanted wanted, Consumer<Answer> end) {
    String name = volume.name();
    Optional<JobInfo> job = answers.job(name);
    if (job.isPresent()) {
      end.accept(underWay(what, job.get()));
      return;
    }
    long goal = wholeExtents(wanted.sizeBytes);
    long added = goal - volume.sizeBytes();
    Optional<Answer> refusal = promisedToOthers(what, added);
    if (refusal.isPresent()) {
      end.accept(refusal.get());
    } else if (isQuick(added) || added > primary.engine().group().freeBytes()) {
      primary
          .engine()
          .resize(
              name,
              wanted.sizeBytes,
              wanted.shrink,
              result -> {
                if (result instanceof VolumeResult.Done && added != 0) {
                  tellCapacity(name);
                }
                end.accept(answers.of(result, name, 200));
              });
    } else {
      store(
          what,
          JobRecord.of(newId(), volume.uuid(), volume.sizeBytes(), goal),
          end,
          () -> {
            end.accept(answers.of(new VolumeResult.Done(0), name, 200));
            proceed();
          });
    }
  }

  /// @param shrink whether it may become smaller
  record Wanted(long sizeBytes, boolean shrink) {}

  private void store(String what, JobRecord job, Consumer<Answer> end, Runnable stored) {
    if (primary.records().jobs().size() >= JobLimits.JOBS_MAX) {
      end.accept(
          Answer.refused(
              what,
              "it would be a job, and " + JobLimits.JOBS_MAX + " are under way",
              "try again when one has ended; `lockstep jobs list` shows them"));
      return;
    }
    primary
        .records()
        .put(
            job,
            result -> {
              if (result.isOk() && primary.isOpen()) {
                stored.run();
              } else {
                end.accept(VolumeAnswers.notStored(what, result));
              }
            });
  }

  void cancel(String what, String id, Consumer<Answer> end) {
    boolean rollback =
        SnapshotView.jobs(primary.engine()).stream().anyMatch(one -> one.id().equals(id));
    if (rollback) {
      end.accept(
          Answer.refused(
              what,
              "a rollback cannot be taken back: what the volume held before is overwritten",
              "let it end; the volume can be used meanwhile"));
      return;
    }
    Optional<JobRecord> job =
        primary.records().jobs().stream().filter(one -> one.id().equals(id)).findFirst();
    Optional<Volume> volume = job.flatMap(this::volumeOf);
    if (job.isEmpty() || volume.isEmpty()) {
      end.accept(
          Answer.notFound(
              what,
              "no job of that name is under way",
              "`lockstep jobs list` shows those that are"));
      return;
    }
    String name = volume.get().name();
    if (!job.get().creates()) {
      drop(what, job.get(), end, "Volume " + name + " keeps the size that it has now.");
      return;
    }
    primary
        .engine()
        .delete(
            name,
            result -> {
              if (result instanceof VolumeResult.Done && primary.isOpen()) {
                drop(what, job.get(), end, "Volume " + name + " is gone.");
              } else {
                end.accept(answers.of(result, name, 200));
              }
            });
  }

  private void drop(String what, JobRecord job, Consumer<Answer> end, String outcome) {
    primary
        .records()
        .drop(
            job,
            result -> {
              if (!result.isOk()) {
                end.accept(VolumeAnswers.notStored(what, result));
                return;
              }
              ended(job);
              end.accept(Answer.ok(new Done("Job " + job.id() + " was cancelled. " + outcome)));
            });
  }

  /// Why a volume cannot be changed now that a job is at it.
  static Answer underWay(String what, JobInfo job) {
    return Answer.refused(
        what,
        "job %s is still %s it (%d %% done)"
            .formatted(job.id(), job.creates() ? "making" : "growing", job.percent()),
        "wait for it or cancel it: `lockstep jobs cancel " + job.id() + "`");
  }

  /// Why so much cannot be given to somebody else: jobs have yet to get it.
  Optional<Answer> promisedToOthers(String what, long bytes) {
    long free = primary.engine().group().freeBytes();
    long promised =
        primary.jobs().stream()
            .filter(JobInfo::gives)
            .mapToLong(job -> job.bytesTotal() - job.bytesDone())
            .sum();
    return promised > 0 && bytes > free - promised && bytes <= free
        ? Optional.of(
            Answer.refused(
                what,
                "%s of the %s that are free are for jobs under way"
                    .formatted(ByteSize.text(promised), ByteSize.text(free)),
                "choose a smaller size, delete a volume or cancel a job"))
        : Optional.empty();
  }

  /// A volume is zeroed on both disks before the answer: the slower one decides.
  private boolean isQuick(long bytes) {
    boolean cheap = primary.erasesCheaply() && ground.peerErasesCheaply.getAsBoolean();
    return bytes <= (cheap ? ground.limits.cheapAtOnceBytes() : ground.limits.atOnceBytes());
  }

  private long wholeExtents(long bytes) {
    long stepped = Math.ceilDiv(bytes, VolumeGroup.SIZE_STEP_BYTES) * VolumeGroup.SIZE_STEP_BYTES;
    long extent = primary.engine().group().extentSizeBytes();
    return Math.ceilDiv(stepped, extent) * extent;
  }

  private String newId() {
    List<String> taken = primary.records().jobs().stream().map(JobRecord::id).toList();
    String id;
    do {
      id = "j%06x".formatted(ground.dice.nextInt(ID_VALUES));
    } while (taken.contains(id));
    return id;
  }

  private Optional<Volume> volumeOf(JobRecord job) {
    return primary.engine().volumes().stream()
        .filter(volume -> volume.uuid().equals(job.volumeUuid()))
        .findFirst();
  }

  private void tellCapacity(String volume) {
    if (primary.isOpen()) {
      primary.records().exportOf(volume).ifPresent(export -> targets.capacityChanged(export.naa()));
    }
  }

  // --- what goes on by itself ---

  /// Goes on with the jobs there are; called whenever there may be one.
  void proceed() {
    if (!going && hasJobs()) {
      going = true;
      ground.loop.schedule(this::takeTurn, ground.limits.restNanos());
    }
  }

  private boolean hasJobs() {
    return primary.isOpen() && !primary.records().jobs().isEmpty();
  }

  private void takeTurn() {
    boolean taken =
        turns.take(
            ended -> {
              if (hasJobs()) {
                step(next(), rest -> rested(rest, ended));
              } else {
                going = false;
                ended.run();
              }
            });
    if (!taken) {
      ground.loop.schedule(this::takeTurn, JobLimits.RETRY_NANOS);
    }
  }

  private void rested(long nanos, Runnable ended) {
    ended.run();
    ground.loop.schedule(
        () -> {
          going = false;
          proceed();
        },
        nanos);
  }

  /// The one behind that which had the last step.
  private JobRecord next() {
    List<JobRecord> jobs = primary.records().jobs();
    JobRecord next =
        jobs.stream()
            .filter(job -> job.id().compareTo(lastId) > 0)
            .findFirst()
            .orElse(jobs.getFirst());
    lastId = next.id();
    return next;
  }

  /// @param rest told how long to rest
  private void step(JobRecord job, Consumer<Long> rest) {
    Optional<Volume> volume = volumeOf(job);
    if (volume.isEmpty() || volume.get().sizeBytes() >= job.toBytes()) {
      finish(job, rest);
      return;
    }
    long before = volume.get().sizeBytes();
    long after = Math.min(job.toBytes(), before + stepBytes);
    long began = ground.loop.nowNanos();
    primary
        .engine()
        .resize(
            volume.get().name(),
            after,
            false,
            result -> {
              switch (result) {
                case VolumeResult.Done _ ->
                    stepped(job, after, new Took(after - before, nanosSince(began)), rest);
                case VolumeResult.Refused(Refusal why) -> failed(job, why.why(), rest);
                case VolumeResult.Unknown(Refusal why) -> failed(job, why.why(), rest);
              }
            });
  }

  /// A step.
  private record Took(long bytes, long nanos) {}

  private long nanosSince(long began) {
    return ground.loop.nowNanos() - began;
  }

  private void stepped(JobRecord job, long sizeBytes, Took took, Consumer<Long> rest) {
    stepBytes = ground.limits.stepAfter(stepBytes, took.nanos);
    long pause = ground.hostsThere.getAsBoolean() ? took.nanos : 0;
    primary.progress().stepped(job.id(), took.bytes, took.nanos + pause);
    if (sizeBytes == job.toBytes() && primary.isOpen()) {
      finish(job, rest);
    } else {
      rest.accept(pause);
    }
  }

  private void finish(JobRecord job, Consumer<Long> rest) {
    primary
        .records()
        .drop(
            job,
            result -> {
              if (result.isOk()) {
                ended(job);
                rest.accept(0L);
              } else {
                failed(job, result.detail(), rest);
              }
            });
  }

  private void ended(JobRecord job) {
    if (primary.isOpen()) {
      primary.progress().ended(job.id());
      volumeOf(job).ifPresent(volume -> tellCapacity(volume.name()));
    }
  }

  private void failed(JobRecord job, String why, Consumer<Long> rest) {
    if (primary.isOpen()) {
      primary.progress().failed(job.id(), why);
    }
    rest.accept(JobLimits.RETRY_NANOS);
  }
}
