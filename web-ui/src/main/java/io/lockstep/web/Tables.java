package io.lockstep.web;

import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The long tables of the console, and what each can be ordered by.
final class Tables {
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

  private Tables() {}

  static Table<VolumeInfo> volumes(PairStatus status, TableQuery query) {
    return Table.of(status.volumes(), query, VOLUMES);
  }

  static Table<SessionInfo> sessions(PairStatus status, TableQuery query) {
    return Table.of(status.sessions(), query, SESSIONS);
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

  private static String text(@Nullable String value) {
    return Objects.requireNonNullElse(value, "");
  }
}
