package io.lockstep.node;

import io.lockstep.block.Loop;
import io.lockstep.block.Refusal;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.link.CommandResult;
import java.util.function.Consumer;

/// What an administrator does with this node's side of the mirror, in the words of the control API.
/// Belongs to the mirror's loop.
public final class MirrorCommands {
  private final Loop loop;
  private final String nodeName;
  private final Mirror mirror;

  public MirrorCommands(Loop loop, String nodeName, Mirror mirror) {
    this.loop = loop;
    this.nodeName = nodeName;
    this.mirror = mirror;
  }

  /// What may stand against a promotion besides the mirror.
  public interface Promotion {
    /// Promotes a node, unless something stands against it.
    ///
    /// @param promote runs in a later turn
    void ifItStays(String nodeName, Runnable promote, Consumer<Answer> refused);
  }

  /// Takes over the verbs of the mirror.
  ///
  /// @param end may stand against a promotion
  public void answer(Handlers on, Promotion end) {
    String node = "Node " + nodeName;
    on.on(
            Requests.PROMOTE,
            (_, command, done) ->
                end.ifItStays(
                    nodeName,
                    () -> mirror.promote(command.forces(), said(node + " is Primary.", done)),
                    done))
        .on(
            Requests.DEMOTE,
            (_, _, done) -> later(() -> mirror.demote(said(node + " is Secondary.", done))))
        .on(
            Requests.DISCONNECT,
            (_, command, done) ->
                later(
                    () ->
                        mirror.disconnect(
                            command.forces(), said("The nodes are disconnected.", done))))
        .on(
            Requests.CONNECT,
            (_, command, done) ->
                later(
                    () ->
                        mirror.connect(
                            command.discards(), said(node + " looks for the other node.", done))))
        .on(
            Requests.ACCEPT_LOSS,
            (_, _, done) ->
                later(() -> mirror.acceptLoss(said("The unreadable blocks were given up.", done))));
  }

  private void later(Runnable work) {
    loop.execute(work);
  }

  private static Consumer<CommandResult> said(String sentence, Consumer<Answer> done) {
    return result ->
        done.accept(
            switch (result) {
              case CommandResult.Done(String note) ->
                  Answer.ok(new Done(sentence + asSentence(note)));
              case CommandResult.Refused(Refusal refusal) -> Answer.refused(refusal);
            });
  }

  private static String asSentence(String note) {
    if (note.isEmpty()) {
      return "";
    }
    String end = note.endsWith(".") ? "" : ".";
    return " " + Character.toUpperCase(note.charAt(0)) + note.substring(1) + end;
  }
}
