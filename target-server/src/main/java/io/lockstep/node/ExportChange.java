package io.lockstep.node;

import io.lockstep.block.Completion;
import io.lockstep.block.IoResult;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.scsi.Nexus;
import io.lockstep.volume.VolumeName;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is changed of an export while hosts use it: its write cache, and who may log in.
///
/// **Who may not log in any more is not logged in any more**, when the answer comes: the record is
/// stable first, then new logins are refused, then the sessions end that were there. The other node
/// does the same as soon as it has read the record ([OfferedTargets#show]), for which the answer
/// waits too. Nothing of that is done unless whoever asks has said that those sessions may end.
///
/// Belongs to the mirror's loop.
public final class ExportChange {
  private final ServedVolumes primary;
  private final OfferedTargets targets;
  private final PrimaryTurns turns;
  private final Supplier<List<SessionInfo>> sessions;
  private final Function<Export, ExportInfo> shown;

  /// @param sessions those on both nodes
  /// @param shown how an export is shown
  ExportChange(
      ServedVolumes primary,
      OfferedTargets targets,
      PrimaryTurns turns,
      Supplier<List<SessionInfo>> sessions,
      Function<Export, ExportInfo> shown) {
    this.primary = primary;
    this.targets = targets;
    this.turns = turns;
    this.sessions = sessions;
    this.shown = shown;
  }

  void change(String name, Requests.ChangeExport request, Consumer<Answer> done) {
    String what = "The export of " + VolumeName.shown(name) + " was not changed";
    Optional<Answer> fault =
        request.changesNothing()
            ? Optional.of(
                Answer.badRequest(
                    what,
                    "writeCache, initiators or exclusive is needed",
                    "see docs/control-api.yaml"))
            : fault(what, request.initiators());
    if (fault.isPresent()) {
      done.accept(fault.get());
      return;
    }
    turns.run(
        what,
        done,
        end -> {
          Optional<Export> export = primary.records().exportOf(name);
          if (export.isEmpty()) {
            end.accept(notExported(what));
            return;
          }
          Export changed = changed(export.get(), request);
          String users = cutOff(changed, request);
          if (users.isEmpty()) {
            put(what, export.get(), new Wanted(changed, null), end);
          } else {
            end.accept(
                Answer.refused(
                    what,
                    users + " logged in, and could not be any more",
                    "log out there first, or let these sessions end: --yes on the command line,"
                        + " endSessions in the API"));
          }
        });
  }

  private static Export changed(Export export, Requests.ChangeExport request) {
    @Nullable List<String> initiators = request.initiators();
    AccessRecord access =
        initiators == null
            ? export.access()
            : export.access().of(initiators.stream().distinct().toList());
    boolean exclusive = Optional.ofNullable(request.exclusive()).orElse(access.exclusive());
    boolean cache = Optional.ofNullable(request.writeCache()).orElse(export.writeCache());
    return export.with(export.unit().withWriteCache(cache)).with(access.exclusive(exclusive));
  }

  /// Who would be cut off and has not been named, as the beginning of a clause; empty if nobody.
  private String cutOff(Export changed, Requests.ChangeExport request) {
    List<SessionInfo> cut =
        SessionInfo.cutOff(sessions.get(), changed.iqn(), changed.initiators()).stream()
            .filter(session -> !request.endsSessionsOf(session.initiator()))
            .toList();
    return cut.isEmpty() ? "" : SessionInfo.names(cut) + (cut.size() == 1 ? " is" : " are");
  }

  /// What a host has selected; see [OfferedTargets.Keeper].
  public void keepWriteCache(String naa, boolean on, Nexus by, Completion done) {
    String what = "The write cache of " + naa + " was not changed";
    Consumer<Answer> answered =
        answer ->
            done.completed(
                answer instanceof Answer.Bad(int _, Refusal refusal)
                    ? IoResult.notReady(refusal.sentence())
                    : IoResult.OK);
    turns.run(
        what,
        answered,
        end -> {
          Optional<Export> export =
              primary.records().exports().stream().filter(one -> one.naa().equals(naa)).findFirst();
          if (export.isEmpty()) {
            end.accept(notExported(what));
            return;
          }
          Export changed = export.get().with(export.get().unit().withWriteCache(on));
          put(what, export.get(), new Wanted(changed, by), end);
        });
  }

  /// @param by the host that wants it, null for a person
  private record Wanted(Export export, @Nullable Nexus by) {}

  /// First the record, then the hosts, then a flush: from GOOD on, nothing that was acknowledged
  /// before is only in a cache either.
  private void put(String what, Export before, Wanted wanted, Consumer<Answer> end) {
    Export changed = wanted.export;
    turns.store(
        what,
        stored -> primary.records().put(changed, stored),
        answer -> {
          if (answer instanceof Answer.Bad) {
            end.accept(answer);
          } else if (before.access().equals(changed.access())) {
            flush(what, changed, answer, end);
          } else {
            targets.endRefused(changed.iqn(), () -> flush(what, changed, answer, end));
          }
        },
        () -> {
          targets.offer(changed, wanted.by);
          return Answer.ok(shown.apply(changed));
        });
  }

  private void flush(String what, Export changed, Answer answer, Consumer<Answer> end) {
    targets.flush(
        changed.naa(),
        result -> end.accept(result.isOk() ? answer : VolumeAnswers.notStored(what, result)));
  }

  static Answer notExported(String what) {
    return Answer.notFound(what, "it is not exported", "`lockstep export list` shows what is");
  }

  /// What is wrong with the names of initiators; empty if nothing is.
  static Optional<Answer> fault(String what, @Nullable List<String> initiators) {
    for (String initiator : Optional.ofNullable(initiators).orElse(List.of())) {
      Optional<String> fault = LuNames.initiatorFault(initiator);
      if (fault.isPresent()) {
        return Optional.of(
            Answer.badRequest(
                what,
                "\"" + initiator + "\" is not the name of an initiator",
                fault.get() + "; on Linux it is in /etc/iscsi/initiatorname.iscsi"));
      }
    }
    return Optional.empty();
  }
}
