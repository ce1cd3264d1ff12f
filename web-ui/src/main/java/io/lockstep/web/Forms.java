package io.lockstep.web;

import io.javalin.http.Context;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Problem;
import io.lockstep.control.client.ControlException;
import io.lockstep.web.store.SignIns.SignIn;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What all forms have in common: each is carried out as the person who is signed in, and what was
/// said of it is kept for the page that comes next.
final class Forms {
  private final Guard guard;
  private final Daemons daemons;
  private final LastWords lastWords = new LastWords();

  Forms(Guard guard, Daemons daemons) {
    this.guard = guard;
    this.daemons = daemons;
  }

  /// Carries out a change as the person who is signed in. The daemon writes it into its audit
  /// trail; what none has answered is written here.
  <T> Optional<Problem> change(Context context, String action, Daemons.Call<T> call) {
    return done(context, action, asker -> daemons.change(asker, call));
  }

  /// The same, at a node and no other.
  <T> Optional<Problem> changeAt(
      Context context, String node, String action, Daemons.Call<T> call) {
    return done(context, action, asker -> daemons.changeAt(node, asker, call));
  }

  /// Something to be done in the name of somebody.
  private interface Deed<T> {
    T by(Daemons.Asker asker) throws ControlException;
  }

  private <T> Optional<Problem> done(Context context, String action, Deed<T> deed) {
    String user = user(context);
    try {
      deed.by(new Daemons.Asker(user, "console " + context.ip()));
      return Optional.empty();
    } catch (ControlException e) {
      if (e.isUnreachable()) {
        guard.audit(user, context.ip(), action, e.problem().sentence());
      }
      int status = e.problem().status();
      Problem problem =
          status >= 400
              ? e.problem()
              : new Problem(503, e.problem().what(), e.problem().why(), e.problem().action());
      return Optional.of(problem);
    }
  }

  /// What the daemon noted about a change is read on the page that comes next.
  ExportInfo noted(Context context, Notice notice, ExportInfo export) {
    @Nullable String note = export.note();
    if (note != null) {
      say(context, notice, notice.sentence() + " " + note);
    }
    return export;
  }

  /// The page that comes next says these words in place of the notice.
  void say(Context context, Notice notice, String words) {
    Guard.signIn(context).ifPresent(who -> lastWords.say(who.csrf(), notice, words));
  }

  /// A page for the person who is signed in, with what is to be said of the form before it.
  Page page(Context context, String title, String active) {
    Page page = Page.of(title, active, Guard.signIn(context));
    return Notice.of(context.queryParam(Notice.PARAMETER))
        .map(notice -> page.saying(lastWords.take(page.csrf(), notice).orElse(notice.sentence())))
        .orElse(page);
  }

  static String user(Context context) {
    return Guard.signIn(context).map(SignIn::user).orElse("");
  }

  /// What a form says; empty if it says nothing.
  static String field(Context context, String name) {
    String value = context.formParam(name);
    return value == null ? "" : value;
  }
}
