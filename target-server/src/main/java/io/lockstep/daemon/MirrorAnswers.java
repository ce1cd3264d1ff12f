package io.lockstep.daemon;

import io.lockstep.control.Answer;
import io.lockstep.control.NodeControl.MirrorVerb;
import io.lockstep.control.api.Done;
import io.lockstep.mirror.CommandResult;

/// What came of a command to the mirror, in the words of the control API.
final class MirrorAnswers {
  private MirrorAnswers() {}

  static Answer of(String nodeName, MirrorVerb verb, CommandResult result) {
    return switch (result) {
      case CommandResult.Done(String note) ->
          Answer.ok(new Done(done(nodeName, verb) + asSentence(note)));
      case CommandResult.Refused(String what, String why, String action) ->
          Answer.refused(what, why, action);
    };
  }

  private static String done(String nodeName, MirrorVerb verb) {
    return switch (verb) {
      case PROMOTE -> "Node " + nodeName + " is Primary.";
      case DEMOTE -> "Node " + nodeName + " is Secondary.";
      case DISCONNECT -> "The nodes are disconnected.";
      case CONNECT -> "Node " + nodeName + " looks for the other node.";
      case ACCEPT_LOSS -> "The unreadable blocks were given up.";
    };
  }

  private static String asSentence(String note) {
    if (note.isEmpty()) {
      return "";
    }
    String end = note.endsWith(".") ? "" : ".";
    return " " + Character.toUpperCase(note.charAt(0)) + note.substring(1) + end;
  }
}
