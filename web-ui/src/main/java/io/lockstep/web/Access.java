package io.lockstep.web;

import io.javalin.http.Context;
import io.lockstep.control.api.Requests;
import java.util.Arrays;
import java.util.List;

/// Who is to be let in to an export, as a form says it.
///
/// @param initiators by name; empty: everybody
/// @param exclusive whether one host at a time is meant
/// @param isConfirmed whether the sessions of others may end
public record Access(List<String> initiators, boolean exclusive, boolean isConfirmed) {
  static Access of(Context context) {
    String names = context.formParam("initiators");
    return new Access(
        Arrays.stream((names == null ? "" : names).split("[\\s,]+"))
            .filter(text -> !text.isEmpty())
            .toList(),
        context.formParam("exclusive") != null,
        context.formParam("confirmed") != null);
  }

  Requests.ChangeExport request() {
    return new Requests.ChangeExport(null, initiators, exclusive, isConfirmed ? true : null);
  }
}
