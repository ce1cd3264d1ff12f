package io.lockstep.cli;

import static java.util.stream.Collectors.joining;

import io.lockstep.control.api.MirrorSides;
import io.lockstep.control.api.SideStatus;
import java.util.List;
import java.util.regex.Pattern;

/// What a command to a node's side of a mirror may have meant that did not say enough: each side
/// with its state, and the command that means it, as it has to be typed. Pure.
final class NodeChoice {
  private static final Pattern PLAIN = Pattern.compile("[\\w./:=@%+,-]+");

  private NodeChoice() {}

  /// @param typed the words of the command
  /// @param why what it did not say
  /// @param mirrors those that may be meant
  /// @param mirrorIsNamed whether `typed` says which
  static RefusedException refusal(
      List<String> typed, String why, List<MirrorSides> mirrors, boolean mirrorIsNamed) {
    String command = "lockstep " + typed.stream().map(NodeChoice::quoted).collect(joining(" "));
    boolean namesMirror = mirrors.size() > 1 && !mirrorIsNamed;
    String choice =
        mirrors.stream()
            .flatMap(
                mirror -> {
                  String prefix = namesMirror ? command + " --mirror " + mirror.name() : command;
                  return mirror.sides().stream().map(side -> one(prefix, mirror, side));
                })
            .collect(joining("; or "));
    return new RefusedException("Nothing was done", why, choice);
  }

  private static String one(String prefix, MirrorSides mirror, SideStatus side) {
    return "`%s --node %s` (mirror %s is %s, %s and %s there)"
        .formatted(
            prefix,
            side.node(),
            mirror.name(),
            side.role(),
            side.diskState(),
            side.connectionState());
  }

  /// The word as a shell takes it.
  private static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
