package io.lockstep.control;

import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.JobInfo;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import io.lockstep.control.verb.Handlers;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/// Answers what only asks: nearly all of it comes from the node's picture of the pair.
final class Readings {
  private Readings() {}

  static void answer(Handlers on, NodeControl node) {
    on.on(Requests.STATUS, (_, _, done) -> drawn(node, PairPicture::status, done))
        .on(Requests.EVENTS, (_, _, done) -> done.accept(noStream()))
        .on(
            Requests.VOLUMES,
            (_, _, done) -> drawn(node, picture -> picture.status().volumes(), done))
        .on(
            Requests.EXPORTS,
            (_, _, done) -> drawn(node, picture -> picture.status().exports(), done))
        .on(
            Requests.SESSIONS,
            (_, _, done) -> drawn(node, picture -> picture.status().sessions(), done))
        .on(Requests.JOBS, (_, _, done) -> drawn(node, picture -> picture.status().jobs(), done))
        .on(Requests.JOB, (id, _, done) -> drawn(node, picture -> job(picture, id), done))
        .on(Requests.MIRRORS, (_, _, done) -> drawn(node, PairPicture::mirrors, done))
        .on(
            Requests.AUDIT,
            (_, query, done) ->
                node.audit().read(query, answer -> node.execute(() -> done.accept(answer))))
        .on(
            Requests.CONNECT_INFO,
            (name, _, done) -> drawn(node, picture -> connectInfo(picture, name), done));
  }

  /// Taken now, drawn when it is written.
  private static void drawn(
      NodeControl node, Function<PairPicture, ?> shown, Consumer<Answer> done) {
    node.picture(picture -> done.accept(Answer.ok(new Answer.Drawn(() -> shown.apply(picture)))));
  }

  private static Answer noStream() {
    return Answer.failed("No events", "a stream cannot be passed on", "ask the node's own socket");
  }

  private static Answer job(PairPicture picture, String id) {
    Optional<JobInfo> job =
        picture.status().jobs().stream().filter(one -> one.id().equals(id)).findFirst();
    return job.isPresent()
        ? Answer.ok(job.get())
        : Answer.notFound(
            "Nothing is known of job " + id,
            "it has ended, or there was none of that name",
            "`lockstep jobs list` shows those that are under way");
  }

  private static Answer connectInfo(PairPicture picture, String volume) {
    Optional<ExportInfo> export =
        picture.status().exports().stream().filter(one -> one.isCalled(volume)).findFirst();
    return export.isPresent()
        ? Answer.ok(Recipes.of(export.get()))
        : Answer.notFound(
            "No way to connect to " + volume,
            "no volume of that name is exported",
            "export it with `lockstep export create " + volume + "`");
  }
}
