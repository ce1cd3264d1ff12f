package io.lockstep.web;

import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.Problem;
import io.lockstep.control.client.ControlClient;
import io.lockstep.web.store.Users;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What happens behind each page and form, but those of volumes ([VolumePages]). A form that was
/// carried out redirects, so that reloading repeats nothing; one that was refused is shown again
/// with its input and the reason.
final class Pages {
  private static final Pattern MILLIS = Pattern.compile("\\d{1,15}");

  /// What nodes and mirrors can be called: no link puts other words on a page that asks for a yes.
  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9.-]{0,62}");

  private static final String SHUT_DOWN = "Shut the pair down";

  private final Views views;
  private final Guard guard;
  private final Forms forms;

  Pages(Views views, Guard guard, Forms forms) {
    this.views = views;
    this.guard = guard;
    this.forms = forms;
  }

  // --- sign-in ---

  void signInForm(Context context) {
    String next = WayBack.checked(context.queryParam(WayBack.PARAMETER));
    context.html(views.signIn(forms.page(context, "Sign in", ""), "", next));
  }

  void signIn(Context context) {
    String user = Forms.field(context, "user");
    String next = WayBack.checked(context.formParam(WayBack.PARAMETER));
    Guard.Attempt attempt = guard.check(user, Forms.field(context, "password"), context.ip());
    if (attempt == Guard.Attempt.GOOD) {
      guard.begin(context, user);
      context.redirect(next);
      return;
    }
    Problem problem = Guard.refusal(attempt, "Nobody was signed in", "try again");
    Page page = forms.page(context, "Sign in", "");
    context.status(attempt == Guard.Attempt.WRONG ? 403 : problem.status());
    context.html(views.signIn(page.with(problem), user, next));
  }

  void signOut(Context context) {
    guard.audit(Forms.user(context), context.ip(), "sign out", "done");
    guard.end(context);
    context.redirect("/sign-in");
  }

  // --- looking ---

  void overview(Context context) {
    context.html(views.overview(forms.page(context, "Overview", "overview")));
  }

  void liveOverview(Context context) {
    context.html(views.liveOverview());
  }

  void sessions(Context context) {
    context.html(
        views.sessions(forms.page(context, "Sessions", "sessions"), TableQuery.of(context)));
  }

  void exports(Context context) {
    Page page = forms.page(context, "Exports", "volumes");
    context.html(views.exports(page, TableQuery.of(context)));
  }

  void events(Context context) {
    Page page = forms.page(context, "Events", "overview");
    context.html(views.events(page, TableQuery.of(context)));
  }

  void audit(Context context) {
    @Nullable String before = context.queryParam("before");
    @Nullable Long until = null;
    if (before != null && MILLIS.matcher(before).matches()) {
      until = Long.valueOf(before);
    }
    context.html(views.audit(forms.page(context, "Audit", "audit"), TableQuery.of(context), until));
  }

  // --- the mirror ---

  void confirm(Context context) {
    MirrorVerb verb = verb(context);
    String node = name(context, "node");
    Page page = forms.page(context, verb.title(node), "overview");
    context.html(views.confirm(page, verb, name(context, "mirror"), node));
  }

  private static MirrorVerb verb(Context context) {
    return MirrorVerb.of(context.pathParam("verb")).orElseThrow(NotFoundResponse::new);
  }

  private static String name(Context context, String part) {
    String name = context.pathParam(part);
    if (!NAME.matcher(name).matches()) {
      throw new NotFoundResponse();
    }
    return name;
  }

  void mirror(Context context) {
    MirrorVerb verb = verb(context);
    String node = name(context, "node");
    String mirror = name(context, "mirror");
    Optional<Problem> problem =
        forms.changeAt(
            context,
            node,
            verb.word() + " node " + node,
            client -> {
              var options = verb.options(node).to(mirror);
              Done done = client.mirrorCommand(verb.command(), options);
              forms.say(context, Notice.MIRROR_DONE, done.message());
              return done;
            });
    if (problem.isEmpty()) {
      context.redirect(Notice.MIRROR_DONE.at("/"));
    } else {
      context.status(problem.get().status());
      Page page = forms.page(context, verb.title(node), "overview").with(problem.get());
      context.html(views.confirm(page, verb, mirror, node));
    }
  }

  // --- the pair ---

  void confirmShutDown(Context context) {
    context.html(views.shutDown(forms.page(context, SHUT_DOWN, "overview")));
  }

  void shutDown(Context context) {
    Optional<Problem> problem =
        forms.change(context, "shut the pair down", ControlClient::shutDownPair);
    if (problem.isEmpty()) {
      context.redirect(Notice.SHUT_DOWN.at("/"));
    } else {
      context.status(problem.get().status());
      context.html(views.shutDown(forms.page(context, SHUT_DOWN, "overview").with(problem.get())));
    }
  }

  // --- the account ---

  void account(Context context) {
    context.html(views.account(forms.page(context, "Account", "account")));
  }

  void changePassword(Context context) {
    String user = Forms.user(context);
    String fresh = Forms.field(context, "fresh");
    Guard.Attempt attempt = guard.check(user, Forms.field(context, "present"), context.ip());
    String why = "";
    if (attempt != Guard.Attempt.GOOD) {
      why =
          attempt == Guard.Attempt.WRONG
              ? "the present password is wrong"
              : Guard.refusal(attempt, "", "").why();
    } else if (fresh.length() < Users.PASSWORD_LENGTH_MIN
        || fresh.length() > Users.PASSWORD_LENGTH_MAX) {
      why =
          "a password has %d to %d characters"
              .formatted(Users.PASSWORD_LENGTH_MIN, Users.PASSWORD_LENGTH_MAX);
    } else if (!fresh.equals(Forms.field(context, "again"))) {
      why = "the two new passwords differ";
    }
    if (why.isEmpty() && !guard.changePassword(user, fresh, context.ip())) {
      why = Guard.refusal(Guard.Attempt.BUSY, "", "").why();
    }
    if (why.isEmpty()) {
      guard.audit(user, context.ip(), "change password", "done");
      guard.begin(context, user);
      context.redirect(Notice.PASSWORD_CHANGED.at("/account"));
    } else {
      guard.audit(user, context.ip(), "change password", why);
      Problem problem = new Problem(400, "The password was not changed", why, "try again");
      context.status(400);
      context.html(views.account(forms.page(context, "Account", "account").with(problem)));
    }
  }
}
