package io.lockstep.control;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Finds the mirror that a request means: the one that it names, the only one there is, or the one
/// that holds the volume it is about. A volume may be named MIRROR/VOLUME, and has to be where two
/// mirrors have one of that name, or may have it: the volume that is not meant must not be taken
/// for the one that nobody can see now. Belongs to the node's loop.
final class MirrorChoice {
  private final NodeControl node;
  private final String what;

  /// What was found.
  sealed interface Chosen {
    /// @param asked the request, with the volume's name as the mirror knows it
    record Found(MirrorControl mirror, Asked asked) implements Chosen {}

    record Refused(Answer.Bad answer) implements Chosen {}
  }

  /// What a request says.
  ///
  /// @param name the name in its path, or empty
  /// @param body its message
  record Asked(String name, Object body) {
    /// The volume that it is about and that is there already; empty if there is none.
    String volume() {
      @Nullable String inBody =
          body instanceof Requests.CreateExport export ? export.volume() : null;
      return inBody == null ? name : inBody;
    }

    private Asked about(String volume) {
      return body instanceof Requests.CreateExport export
          ? new Asked(name, export.about(volume))
          : new Asked(volume, body);
    }
  }

  /// @param what what is not done if the mirror is not found, as the beginning of a sentence
  MirrorChoice(NodeControl node, String what) {
    this.node = node;
    this.what = what;
  }

  /// @param done called once, now or in a later turn
  void choose(Asked asked, Consumer<Chosen> done) {
    @Nullable String wanted = asked.body instanceof Requests.OfMirror of ? of.mirror() : null;
    int slash = asked.volume().indexOf('/');
    if (wanted != null) {
      done.accept(named(wanted, asked));
    } else if (slash >= 0) {
      String mirror = asked.volume().substring(0, slash);
      done.accept(named(mirror, asked.about(asked.volume().substring(slash + 1))));
    } else if (node.mirrors().size() == 1) {
      done.accept(new Chosen.Found(node.mirrors().getFirst(), asked));
    } else if (asked.volume().isEmpty()) {
      done.accept(refused(Answer.badRequest(what, "no mirror was named", oneOf(names()))));
    } else {
      node.picture(picture -> done.accept(holding(picture.status(), asked)));
    }
  }

  private Chosen named(String wanted, Asked asked) {
    Optional<MirrorControl> mirror = find(wanted);
    return mirror.isPresent()
        ? new Chosen.Found(mirror.get(), asked)
        : refused(
            Answer.notFound(
                what,
                "this pair has no mirror \"" + wanted + "\"",
                "`lockstep status` shows the mirrors"));
  }

  private Chosen holding(PairStatus status, Asked asked) {
    return asked.body instanceof Requests.CancelJob
        ? withJob(status, asked)
        : withVolume(status, asked);
  }

  /// The names of jobs are drawn: no two mirrors have the same.
  private Chosen withJob(PairStatus status, Asked asked) {
    return status.jobs().stream()
        .filter(job -> job.id().equals(asked.name))
        .flatMap(job -> Stream.ofNullable(job.mirror()))
        .findFirst()
        .map(mirror -> named(mirror, asked))
        .orElseGet(
            () ->
                refused(
                    Answer.notFound(
                        what,
                        "no job of that name is known to be under way",
                        "`lockstep jobs list` shows those that are")));
  }

  private Chosen withVolume(PairStatus status, Asked asked) {
    List<String> holders =
        status.volumes().stream()
            .filter(volume -> volume.name().equals(asked.volume()))
            .map(VolumeInfo::mirror)
            .filter(Objects::nonNull)
            .distinct()
            .toList();
    if (holders.isEmpty()) {
      return refused(
          Answer.notFound(
              what,
              "no mirror is known to hold a volume of that name",
              "`lockstep volume list` shows them; MIRROR/VOLUME says on which mirror it is"));
    }
    String byFullName =
        "name it MIRROR/VOLUME, such as " + holders.getFirst() + "/" + asked.volume();
    if (holders.size() > 1) {
      String why = "mirrors " + String.join(" and ", holders) + " have a volume of that name each";
      return refused(Answer.badRequest(what, why, byFullName));
    }
    Optional<String> unknown = unknown(status, holders.getFirst());
    return unknown.isPresent()
        ? refused(
            Answer.unavailable(
                what,
                "mirror "
                    + unknown.get()
                    + " is not served now, and may have a volume of that"
                    + " name too",
                byFullName))
        : named(holders.getFirst(), asked);
  }

  /// Another mirror whose volumes nobody can tell for certain.
  private static Optional<String> unknown(PairStatus status, String holder) {
    return status.mirrors().stream()
        .filter(mirror -> mirror.group() == null && !mirror.name().equals(holder))
        .map(MirrorSides::name)
        .findFirst();
  }

  private static Chosen refused(Answer.Bad answer) {
    return new Chosen.Refused(answer);
  }

  private List<String> names() {
    return node.mirrors().stream().map(MirrorControl::name).toList();
  }

  private static String oneOf(List<String> names) {
    return "name one with --mirror: "
        + names.stream().limit(names.size() - 1L).collect(Collectors.joining(", "))
        + " or "
        + names.getLast();
  }

  private Optional<MirrorControl> find(String name) {
    return node.mirrors().stream().filter(mirror -> mirror.name().equals(name)).findFirst();
  }
}
