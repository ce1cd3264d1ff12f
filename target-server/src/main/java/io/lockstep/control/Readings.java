package io.lockstep.control;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import java.util.Optional;
import java.util.function.Function;

/// Answers what only asks: all of it comes from the node's picture of the pair.
final class Readings {
  private Readings() {}

  static void answer(Handlers on, NodeControl node) {
    on.on(Requests.STATUS, (_, _, done) -> done.accept(drawn(node, PairPicture::status)))
        .on(Requests.EVENTS, (_, _, done) -> done.accept(noStream()))
        .on(
            Requests.VOLUMES,
            (_, _, done) -> done.accept(drawn(node, picture -> picture.status().volumes())))
        .on(
            Requests.EXPORTS,
            (_, _, done) -> done.accept(drawn(node, picture -> picture.status().exports())))
        .on(
            Requests.SESSIONS,
            (_, _, done) -> done.accept(drawn(node, picture -> picture.status().sessions())))
        .on(Requests.MIRRORS, (_, _, done) -> done.accept(drawn(node, PairPicture::mirrors)))
        .on(
            Requests.CONNECT_INFO,
            (name, _, done) -> done.accept(drawn(node, picture -> connectInfo(picture, name))));
  }

  /// Taken now, drawn when it is written.
  private static Answer drawn(NodeControl node, Function<PairPicture, ?> shown) {
    PairPicture picture = node.picture();
    return Answer.ok(new Answer.Drawn(() -> shown.apply(picture)));
  }

  private static Answer noStream() {
    return Answer.failed("No events", "a stream cannot be passed on", "ask the node's own socket");
  }

  private static Answer connectInfo(PairPicture picture, String volume) {
    Optional<ExportInfo> export =
        picture.status().exports().stream().filter(one -> one.volume().equals(volume)).findFirst();
    return export.isPresent()
        ? Answer.ok(Recipes.of(export.get()))
        : Answer.notFound(
            "No way to connect to " + volume,
            "no volume of that name is exported",
            "export it with `lockstep export create " + volume + "`");
  }
}
