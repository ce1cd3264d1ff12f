package io.lockstep.web;

import io.javalin.http.Context;
import io.lockstep.control.api.Requests;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who is to be let in to an export, as a form says it.
///
/// @param initiators by name; empty: everybody
/// @param exclusive whether one host at a time is meant
/// @param shown whose sessions may end, since whoever asks has seen that they would; empty:
///     nobody's
/// @param isConfirmed whether somebody was shown
public record Access(
    List<String> initiators, boolean exclusive, List<String> shown, boolean isConfirmed) {
  static Access of(Context context) {
    return new Access(
        names(context.formParam("initiators")),
        context.formParam("exclusive") != null,
        names(context.formParam("shown")),
        context.formParam("confirmed") != null);
  }

  private static List<String> names(@Nullable String text) {
    return Arrays.stream((text == null ? "" : text).split("[\\s,]+"))
        .filter(name -> !name.isEmpty())
        .toList();
  }

  Requests.ChangeExport request() {
    var asked = new Requests.ChangeExport(null, initiators, exclusive, null, null);
    return isConfirmed ? asked.ending(shown) : asked;
  }
}
