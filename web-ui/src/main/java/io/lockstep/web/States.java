package io.lockstep.web;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.EventInfo;
import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.NodeStatus;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.ResyncInfo;
import io.lockstep.control.api.SideStatus;
import io.lockstep.control.api.UnreadableInfo;
import io.lockstep.control.client.Sizes;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/// How states look: a word from the daemon, and the colour class that goes with it. Colour never
/// says anything that the word does not.
public final class States {
  private static final String GOOD = "good";
  private static final String WARN = "warn";
  private static final String BAD = "bad";
  private static final String CALM = "";
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss").withZone(ZoneOffset.UTC);

  private States() {}

  public static String diskClass(String diskState) {
    return switch (diskState) {
      case "UpToDate" -> GOOD;
      case "Inconsistent", "Outdated", "Consistent", "Negotiating", "Attaching" -> WARN;
      case "Failed", "Diskless" -> BAD;
      default -> CALM;
    };
  }

  public static String connectionClass(String connectionState) {
    return switch (connectionState) {
      case "Connected" -> GOOD;
      case "StandAlone" -> BAD;
      default -> WARN;
    };
  }

  /// Whether a side does not see the other one: whoever promotes it may split the data.
  public static boolean isApart(SideStatus side) {
    return switch (side.connectionState()) {
      case "StandAlone", "Unconnected", "Connecting", "Unknown" -> true;
      default -> false;
    };
  }

  public static String roleClass(SideStatus side) {
    return side.serves() ? GOOD : CALM;
  }

  /// A side of a mirror and its node, as a whole.
  public static String sideClass(NodeStatus node, SideStatus side) {
    if (!node.state().equals(NodeStatus.RUNNING)) {
      return BAD;
    }
    String disk = diskClass(side.diskState());
    String connection = connectionClass(side.connectionState());
    if (disk.equals(BAD) || connection.equals(BAD)) {
      return BAD;
    }
    return disk.equals(GOOD) && connection.equals(GOOD) ? GOOD : WARN;
  }

  public static String alertClass(Alert alert) {
    return switch (alert.severity()) {
      case Alert.CRITICAL -> "critical";
      case Alert.WARNING -> "warning";
      default -> "info";
    };
  }

  /// Whether nothing at all needs a person, as far as is known; what is not known is not well.
  public static boolean isWell(PairStatus status) {
    return status.alerts().isEmpty()
        && status.nodes().stream().allMatch(node -> node.state().equals(NodeStatus.RUNNING))
        && status.mirrors().stream().allMatch(States::isWell);
  }

  private static boolean isWell(MirrorSides mirror) {
    return mirror.primary() != null
        && mirror.sides().stream()
            .allMatch(
                side ->
                    diskClass(side.diskState()).equals(GOOD)
                        && connectionClass(side.connectionState()).equals(GOOD));
  }

  /// "All is well: ..."
  public static String well(PairStatus status) {
    return status.mirrors().size() == 1
        ? "All is well: node %s serves, and both nodes have the same data."
            .formatted(status.mirrors().getFirst().primary())
        : "All is well: each mirror is served, and both nodes have the same data.";
  }

  /// "running", or how long ago the node was heard of.
  public static String state(NodeStatus node) {
    Long age = node.reportAgeMillis();
    if (node.state().equals(NodeStatus.RUNNING)) {
      return "running";
    }
    String heard =
        age == null
            ? "never heard of"
            : "last heard of " + Sizes.duration(age / 1000) + " ago by the other node";
    return switch (node.state()) {
      case NodeStatus.NOT_RUNNING -> "not running: nobody listens at its socket; " + heard;
      case NodeStatus.NO_ANSWER -> "does not answer at its socket; " + heard;
      default -> age == null ? heard : "not running, or cut off; " + heard;
    };
  }

  /// Whether it is not known who is logged in to a node.
  public static boolean isSessionsUnknown(NodeStatus node) {
    return !node.state().equals(NodeStatus.RUNNING) && !node.state().equals(NodeStatus.NOT_RUNNING);
  }

  /// "35 s ago, at 2026-11-30 23:10:12 UTC".
  static String age(Instant then, Instant now) {
    return "%s ago, at %s UTC"
        .formatted(Sizes.duration(Duration.between(then, now).toSeconds()), time(then));
  }

  /// "1.2 GiB of 4 GiB, 210 MiB/s, 14 s left", as far as it is known.
  public static String resync(ResyncInfo resync) {
    @Nullable Long total = resync.bytesTotal();
    return "%s %s, %s/s%s"
        .formatted(
            Sizes.text(resync.bytesDone()),
            total == null ? "done" : "of " + Sizes.text(total),
            Sizes.text(resync.bytesPerSecond()),
            resync.secondsLeft() < 0 ? "" : ", " + Sizes.duration(resync.secondsLeft()) + " left");
  }

  /// "3 blocks of 4 KiB; 2 more are given up".
  public static String unreadable(UnreadableInfo unreadable) {
    String given = unreadable.acceptedBlocks() + " given up";
    return unreadable.blocks() == 0
        ? given
        : unreadable.blocks()
            + (unreadable.blocks() == 1 ? " block" : " blocks")
            + " of 4 KiB"
            + (unreadable.acceptedBlocks() == 0 ? "" : "; " + given);
  }

  /// A text as a value in a query.
  public static String inQuery(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /// A time as an alert carries it; another text as it is.
  public static String since(String isoTime) {
    try {
      return time(Instant.parse(isoTime));
    } catch (DateTimeParseException e) {
      return isoTime;
    }
  }

  /// Why something has happened; of an alert that was lifted, what is so no longer.
  public static String why(EventInfo event) {
    boolean isLifted = event.what().equals(EventInfo.ALERT) && event.to().equals("lifted");
    return isLifted ? "No longer: " + event.why() : event.why();
  }

  /// How much a side has marked as different.
  public static String outOfSync(SideStatus side) {
    @Nullable Long bytes = side.outOfSyncBytes();
    return bytes == null ? "not known" : Sizes.text(bytes);
  }

  public static String time(long millis) {
    return time(Instant.ofEpochMilli(millis));
  }

  public static String time(Instant instant) {
    return TIME.format(instant);
  }
}
