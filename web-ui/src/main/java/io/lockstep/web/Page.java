package io.lockstep.web;

import io.lockstep.control.api.Problem;
import io.lockstep.control.client.Printable;
import io.lockstep.web.store.SignIns.SignIn;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What every page needs beside its content.
///
/// @param title in the window's title
/// @param active which entry of the menu is this page
/// @param user who is signed in; empty for nobody
/// @param csrf the token of that sign-in, for forms
/// @param problem what went wrong, to be shown above the content; null for nothing
/// @param notice what was done; empty for nothing
public record Page(
    String title,
    String active,
    String user,
    String csrf,
    @Nullable Problem problem,
    String notice) {
  static Page of(String title, String active, Optional<SignIn> signIn) {
    return new Page(
        Printable.text(title),
        active,
        signIn.map(SignIn::user).orElse(""),
        signIn.map(SignIn::csrf).orElse(""),
        null,
        "");
  }

  Page with(@Nullable Problem newProblem) {
    return new Page(title, active, user, csrf, newProblem, notice);
  }

  Page saying(String newNotice) {
    return new Page(title, active, user, csrf, problem, newNotice);
  }
}
