package io.lockstep.control;

import io.lockstep.control.api.AuditInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Verb;
import io.lockstep.control.api.VolumeInfo;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a change is about, and what is written down of it before and after. Immutable.
///
/// @param name the volume's, or the node's; may be empty
/// @param mirror the mirror's, if the request names one
record ChangeSubject(Verb.Subject kind, String name, @Nullable String mirror) {
  private static final List<String> OF_A_VOLUME = List.of("name", "sizeBytes");
  private static final List<String> OF_AN_EXPORT =
      List.of("volume", "iqn", "lun", "initiators", "exclusive", "writeCache");
  private static final List<String> OF_A_JOB = List.of("kind", "volume", "bytesDone", "bytesTotal");
  private static final List<String> OF_A_SIDE = List.of("role", "diskState", "connectionState");

  /// @param inPath the name in the request's path, or empty
  /// @param asked what it carries
  /// @param self the node that is asked
  static ChangeSubject of(
      Verb.Subject kind, String inPath, @Nullable Map<String, Object> asked, String self) {
    Map<String, Object> fields = asked == null ? Map.of() : asked;
    String name =
        switch (kind) {
          case VOLUME -> inPath.isEmpty() ? text(fields, "name", "") : inPath;
          case SNAPSHOT -> inPath + " @ " + text(fields, "snapshot", "");
          case EXPORT -> inPath.isEmpty() ? text(fields, "volume", "") : inPath;
          case JOB -> inPath;
          case SIDE -> text(fields, "node", self);
          case NODE -> "";
        };
    @Nullable String mirror = fields.get("mirror") instanceof String named ? named : null;
    return new ChangeSubject(kind, name, mirror);
  }

  private static String text(Map<String, Object> fields, String name, String otherwise) {
    return fields.get(name) instanceof String text ? text : otherwise;
  }

  /// For people.
  String text() {
    return switch (kind) {
      case VOLUME, SNAPSHOT, EXPORT, JOB -> name;
      case SIDE -> mirror == null ? "node " + name : "mirror " + mirror + " at node " + name;
      case NODE -> "";
    };
  }

  /// Whether it is in a picture of the pair.
  boolean hasPicture() {
    return kind != Verb.Subject.NODE;
  }

  /// Whether a good answer does not tell how it is now.
  boolean isLookedAtAfterwards() {
    return kind == Verb.Subject.SIDE;
  }

  /// What has become of it.
  ///
  /// @param answer what was answered
  AuditInfo.Outcome outcome(
      @Nullable PairPicture before, @Nullable PairPicture after, Object answer) {
    @Nullable Map<String, Object> was = before == null ? null : fields(before.status());
    @Nullable Map<String, Object> is =
        switch (answer) {
          case VolumeInfo volume -> fields(volume, OF_A_VOLUME);
          case ExportInfo export -> fields(export, OF_AN_EXPORT);
          default -> after == null ? null : fields(after.status());
        };
    return new AuditInfo.Outcome(AuditInfo.DONE, "", different(was, is), different(is, was));
  }

  private @Nullable Map<String, Object> fields(PairStatus status) {
    return switch (kind) {
      case VOLUME ->
          first(status.volumes().stream().filter(one -> one.isCalled(name)), OF_A_VOLUME);
      case SNAPSHOT ->
          first(
              status.volumes().stream()
                  .filter(one -> one.snapshot() != null && name.endsWith(" @ " + one.name())),
              OF_A_VOLUME);
      case EXPORT ->
          first(status.exports().stream().filter(one -> one.isCalled(name)), OF_AN_EXPORT);
      case JOB -> first(status.jobs().stream().filter(one -> one.id().equals(name)), OF_A_JOB);
      case SIDE ->
          first(
              status.mirrors().stream()
                  .filter(one -> mirror == null || one.name().equals(mirror))
                  .flatMap(one -> one.side(name).stream()),
              OF_A_SIDE);
      case NODE -> null;
    };
  }

  private static @Nullable Map<String, Object> first(Stream<?> found, List<String> names) {
    return found.findFirst().map(one -> fields(one, names)).orElse(null);
  }

  private static Map<String, Object> fields(Object message, List<String> names) {
    Map<String, Object> all = Json.fields(message);
    var fields = new LinkedHashMap<String, Object>();
    for (String name : names) {
      @Nullable Object value = all.get(name);
      if (value != null) {
        fields.put(name, value);
      }
    }
    return fields;
  }

  /// What `one` has and `other` has not, or has in another way; all of it if there is no other.
  private static @Nullable Map<String, Object> different(
      @Nullable Map<String, Object> one, @Nullable Map<String, Object> other) {
    if (one == null || other == null) {
      return one;
    }
    var fields = new LinkedHashMap<String, Object>(one);
    fields.entrySet().removeIf(field -> field.getValue().equals(other.get(field.getKey())));
    return fields;
  }
}
