package io.lockstep.world;

import io.lockstep.block.Refusal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What must not be taken from under a host.
///
/// - N10: the export or the end of a volume is not taken away while the host that was logged in,
///   when this was asked for, still is.
/// - N11: who asked is told who is logged in where, and what to do; and nobody is named who is not.
final class InUse {
  private static final String WHO = Pattern.quote(NodeLife.HOST) + " at node (node[01])";
  private static final Pattern USERS =
      Pattern.compile(
          "(?:it would lose its end while )?"
              + WHO
              + "(?: and "
              + WHO
              + ")? (is|are) "
              + "logged in(?: to it)?");

  private final NodeWorld world;

  InUse(NodeWorld world) {
    this.world = world;
  }

  /// The host's session at the Primary with the volume from which something would be taken; null if
  /// there is none, or nothing would be.
  ///
  /// @param promised what is known for certain now
  static NodeLife.@Nullable Session of(Act act, NodeLife at, Promised promised) {
    return isTaking(act, promised) ? at.sessionWith(volume(act)) : null;
  }

  private static boolean isTaking(Act act, Promised promised) {
    Promised.@Nullable Volume volume = promised.volumes().get(volume(act));
    return act instanceof Act.DeleteExport
        || (act instanceof Act.ResizeVolume(String _, long bytes)
            && volume != null
            && bytes < volume.bytes());
  }

  /// The volume from which something may be taken.
  private static String volume(Act act) {
    return switch (act) {
      case Act.DeleteExport(String volume) -> volume;
      case Act.ResizeVolume(String volume, long _) -> volume;
      case Act.DeleteVolume(String volume) -> volume;
      case Act.CreateVolume _,
          Act.RenameVolume _,
          Act.CreateExport _,
          Act.ChangeExport _,
          Act.CancelJob _,
          Act.SelectWriteCache _ ->
          "";
    };
  }

  /// It was done.
  ///
  /// @param session what [#of] said when it was asked for
  static void done(Act act, NodeLife.@Nullable Session session) {
    if (session != null && !session.isLeft()) {
      throw new AssertionError("N10: done under a host that is logged in: " + act);
    }
  }

  /// It was refused (409).
  ///
  /// @param session what [#of] said, if all was known then
  void refused(Act act, NodeLife at, NodeLife.@Nullable Session session, Refusal refusal) {
    String action =
        switch (act) {
          case Act.DeleteExport _ -> "log out there first";
          case Act.ResizeVolume _ -> "log out there before shrinking";
          case Act.DeleteVolume(String volume) ->
              "log out there, then run `lockstep export delete " + volume + "`";
          case Act.CreateVolume _,
              Act.RenameVolume _,
              Act.CreateExport _,
              Act.ChangeExport _,
              Act.CancelJob _,
              Act.SelectWriteCache _ ->
              "";
        };
    boolean inUse = refusal.why().contains("logged in") || act instanceof Act.DeleteExport;
    if (!inUse || action.isEmpty()) {
      return;
    }
    Matcher users = USERS.matcher(refusal.why());
    if (!users.matches() || !refusal.action().equals(action)) {
      throw new AssertionError("N11: %s is refused with %s".formatted(act, refusal));
    }
    @Nullable String second = users.group(2);
    boolean two = second != null;
    boolean namesThis = users.group(1).equals(at.name()) || at.name().equals(second);
    boolean isThere = session != null && !session.isLeft();
    if (users.group(3).equals("are") != two || (isThere && !namesThis)) {
      throw new AssertionError(
          "N11: %s is refused with %s, a session here: %b".formatted(act, refusal, isThere));
    }
    world.met().one("in use", act.name() + " at " + (two ? "both" : namesThis ? "one" : "other"));
  }
}
