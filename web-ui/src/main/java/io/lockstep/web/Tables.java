package io.lockstep.web;

import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The long tables of the console, and what each can be ordered by. Used by templates.
public final class Tables {
  private static final Table.Shape<VolumeInfo> VOLUMES =
      new Table.Shape<>(
          Map.of(
              "name", Comparator.comparing(VolumeInfo::name),
              "size", Comparator.comparingLong(VolumeInfo::sizeBytes),
              "mirror", Comparator.comparing(volume -> text(volume.mirror())),
              "target", Comparator.comparing(volume -> text(volume.iqn())),
              "sessions", Comparator.comparingInt(VolumeInfo::sessionCount)),
          Tables::text);

  private static final Table.Shape<SessionInfo> SESSIONS =
      new Table.Shape<>(
          Map.of(
              "initiator", Comparator.comparing(SessionInfo::initiator),
              "from", Comparator.comparing(SessionInfo::remoteAddress),
              "volume", Comparator.comparing(SessionInfo::volume),
              "node", Comparator.comparing(SessionInfo::node)),
          Tables::text);

  private static final Table.Shape<ExportInfo> EXPORTS =
      new Table.Shape<>(
          Map.of(
              "volume", Comparator.comparing(ExportInfo::volume),
              "mirror", Comparator.comparing(export -> text(export.mirror())),
              "target", Comparator.comparing(ExportInfo::iqn),
              "lun", Comparator.comparingInt(ExportInfo::lun)),
          Tables::text);

  private static final Table.Shape<EventInfo> EVENTS =
      new Table.Shape<>(
          Map.of(
              "when", Comparator.comparingLong(EventInfo::atMillis),
              "mirror", Comparator.comparing(EventInfo::mirror),
              "node", Comparator.comparing(EventInfo::node),
              "what", Comparator.comparing(EventInfo::change)),
          Tables::text);

  private Tables() {}

  static Table<VolumeInfo> volumes(PairStatus status, TableQuery query) {
    return Table.of(status.volumes(), query, VOLUMES);
  }

  static Table<SessionInfo> sessions(PairStatus status, TableQuery query) {
    return Table.of(status.sessions(), query, SESSIONS);
  }

  static Table<ExportInfo> exports(PairStatus status, TableQuery query) {
    return Table.of(status.exports(), query, EXPORTS);
  }

  /// @param all the newest first, which is the table's own order
  static Table<EventInfo> events(List<EventInfo> all, TableQuery query) {
    return Table.of(all, query, EVENTS);
  }

  /// Who may log in to it, in words.
  public static String who(ExportInfo export) {
    return (export.initiators().isEmpty() ? "all" : String.join(", ", export.initiators()))
        + (export.meansOneHost() ? ", one host at a time" : "");
  }

  /// What the table says of it, its export too.
  private static String text(VolumeInfo volume) {
    return String.join(
        " ",
        volume.name(),
        text(volume.mirror()),
        volume.iqn() == null ? "not exported" : volume.iqn(),
        volume.notServedReason() == null ? "" : "not served",
        volume.readOnlyReason() == null ? "" : "read-only");
  }

  private static String text(SessionInfo session) {
    return String.join(
        " ",
        session.initiator(),
        session.remoteAddress(),
        session.volume(),
        session.iqn(),
        session.node());
  }

  private static String text(ExportInfo export) {
    return String.join(" ", export.volume(), text(export.mirror()), export.iqn(), who(export));
  }

  private static String text(EventInfo event) {
    return String.join(
        " ",
        States.time(event.atMillis()),
        event.mirror(),
        event.node(),
        event.change(),
        States.why(event));
  }

  private static String text(@Nullable String value) {
    return Objects.requireNonNullElse(value, "");
  }
}
