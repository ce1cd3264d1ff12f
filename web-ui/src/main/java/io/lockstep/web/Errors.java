package io.lockstep.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Problem;
import io.lockstep.control.client.Printable;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is answered where there is no page to show: a page that says so and leads on, a section of
/// the page that is open, or JSON for programs. A fault of this program is one line of the log, and
/// its page tells the number of that line; that a browser went away is no fault.
final class Errors {
  private static final Logger LOG = LoggerFactory.getLogger(Errors.class);
  private static final int SHOWN_LENGTH_MAX = 200;
  private static final int FRAMES_MAX = 5;
  private static final int NUMBER_BYTES = 4;
  private static final String NOT_DONE = "The request was not carried out";

  private final Views views;
  private final SecureRandom dice = new SecureRandom();

  Errors(Views views) {
    this.views = views;
  }

  void routes(RoutesConfig routes) {
    routes.exception(HttpResponseException.class, this::refused);
    routes.exception(Exception.class, this::fault);
  }

  /// A form without the token of its sign-in.
  void notOurForm(Context context) {
    answer(
        context,
        new Problem(
            403,
            NOT_DONE,
            "the form is not from this sign-in, or too old",
            "go back, load the page again, and send the form from there"));
  }

  private void refused(HttpResponseException refusal, Context context) {
    int status = refusal.getStatus();
    if (status < 400) {
      context.status(status).result(String.valueOf(refusal.getMessage()));
    } else if (status == 404) {
      answer(
          context,
          new Problem(
              404,
              "There is no such page",
              "nothing is at " + shown(context.path()),
              "look whether the address is whole; what it led to may have another name by now"));
    } else if (status == 413) {
      answer(
          context,
          new Problem(
              413,
              NOT_DONE,
              "it has more than %d bytes".formatted(Console.REQUEST_BYTES_MAX),
              "send less at once"));
    } else {
      answer(context, new Problem(status, NOT_DONE, shown(refusal.getMessage()), "try it again"));
    }
  }

  private void fault(Exception exception, Context context) {
    if (isClientGone(exception)) {
      LOG.debug("{} {}: the client went away", context.method(), shown(context.path()), exception);
      return;
    }
    byte[] bytes = new byte[NUMBER_BYTES];
    dice.nextBytes(bytes);
    String number = HexFormat.of().formatHex(bytes);
    LOG.error(
        "Fault {}: {} {} was not answered: {}",
        number,
        context.method(),
        shown(context.path()),
        inOneLine(exception));
    answer(
        context,
        new Problem(
            500,
            NOT_DONE,
            "it met a fault of this program",
            "try it once more; the console's log has the cause in its line with fault " + number));
  }

  /// Whether reading the request, or writing the answer, ended because nobody is there any more. No
  /// page does any other input or output itself: what a daemon says comes as a value or a problem.
  static boolean isClientGone(Exception exception) {
    @Nullable Throwable cause = exception;
    while (cause != null) {
      if (cause instanceof IOException || cause instanceof TimeoutException) {
        return true;
      }
      cause = cause.getCause();
    }
    return false;
  }

  /// The cause and where it was met.
  private static String inOneLine(Exception exception) {
    Throwable cause = exception;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    String where =
        Arrays.stream(cause.getStackTrace())
            .limit(FRAMES_MAX)
            .map(StackTraceElement::toString)
            .collect(Collectors.joining(" < "));
    return shown(cause.toString()) + " at " + where;
  }

  private void answer(Context context, Problem problem) {
    context.status(problem.status());
    if (context.path().startsWith("/api/")) {
      context.contentType(Problem.MEDIA_TYPE).result(Json.bytes(problem));
    } else if (WayBack.isOfOpenPage(context)) {
      context.html(views.problem(problem));
    } else {
      String title = problem.status() == 404 ? "Not found" : "Not done";
      context.html(views.error(Page.of(title, "", Guard.signIn(context)).with(problem)));
    }
  }

  /// A text from outside, as a line can hold it.
  private static String shown(@Nullable String text) {
    String line = Printable.text(String.valueOf(text));
    return line.length() <= SHOWN_LENGTH_MAX ? line : line.substring(0, SHOWN_LENGTH_MAX) + "...";
  }
}
