package io.lockstep.web;

import io.javalin.http.Context;
import io.javalin.http.NotFoundResponse;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlClient;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sizes;
import io.lockstep.web.store.SignIns.SignIn;
import io.lockstep.web.store.Users;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What happens behind each page and form. A form that was carried out redirects, so that reloading
/// repeats nothing; one that was refused is shown again with its input and the reason.
final class Pages {
  /// A whole number that fits; which ones are LUNs, the daemon says.
  private static final Pattern LUN = Pattern.compile("\\d{0,9}");

  private static final Pattern MILLIS = Pattern.compile("\\d{1,15}");

  private static final String SHUT_DOWN = "Shut the pair down";

  private final Views views;
  private final Guard guard;
  private final Daemons daemons;
  private final LastWords lastWords = new LastWords();

  Pages(Views views, Guard guard, Daemons daemons) {
    this.views = views;
    this.guard = guard;
    this.daemons = daemons;
  }

  // --- sign-in ---

  void signInForm(Context context) {
    String next = WayBack.checked(context.queryParam(WayBack.PARAMETER));
    context.html(views.signIn(page(context, "Sign in", ""), "", next));
  }

  void signIn(Context context) {
    String user = field(context, "user");
    String next = WayBack.checked(context.formParam(WayBack.PARAMETER));
    Guard.Attempt attempt = guard.check(user, field(context, "password"), context.ip());
    if (attempt == Guard.Attempt.GOOD) {
      guard.begin(context, user);
      context.redirect(next);
      return;
    }
    Problem problem = Guard.refusal(attempt, "Nobody was signed in", "try again");
    Page page = page(context, "Sign in", "");
    context.status(attempt == Guard.Attempt.WRONG ? 403 : problem.status());
    context.html(views.signIn(page.with(problem), user, next));
  }

  void signOut(Context context) {
    guard.audit(user(context), context.ip(), "sign out", "done");
    guard.end(context);
    context.redirect("/sign-in");
  }

  // --- looking ---

  void overview(Context context) {
    context.html(views.overview(page(context, "Overview", "overview")));
  }

  void liveOverview(Context context) {
    context.html(views.liveOverview());
  }

  void volumes(Context context) {
    context.html(
        views.volumes(
            page(context, "Volumes", "volumes"), TableQuery.of(context), NewVolume.NOTHING));
  }

  void liveVolumes(Context context) {
    context.html(views.liveVolumes(TableQuery.of(context)));
  }

  void volume(Context context) {
    showVolume(context, page(context, title(context), "volumes"));
  }

  private void showVolume(Context context, Page page) {
    Views.Shown shown = views.volume(page, VolumeAddress.of(context));
    if (shown.problem().isPresent() && WayBack.isOfOpenPage(context)) {
      // It was deleted or renamed under an open page, which is another one from now on.
      context.header("HX-Redirect", context.path());
      return;
    }
    shown.problem().ifPresent(problem -> context.status(problem.status()));
    context.html(shown.html());
  }

  private static String title(Context context) {
    return "Volume " + VolumeAddress.of(context).name();
  }

  void sessions(Context context) {
    context.html(views.sessions(page(context, "Sessions", "sessions"), TableQuery.of(context)));
  }

  void audit(Context context) {
    @Nullable String search = context.queryParam("q");
    @Nullable String before = context.queryParam("before");
    @Nullable Long until = null;
    if (before != null && MILLIS.matcher(before).matches()) {
      until = Long.valueOf(before);
    }
    context.html(
        views.audit(page(context, "Audit", "audit"), search == null ? "" : search.strip(), until));
  }

  // --- volumes ---

  void createVolume(Context context) {
    NewVolume wanted =
        new NewVolume(
            field(context, "name").strip(),
            field(context, "size").strip(),
            field(context, "mirror"));
    String where = wanted.mirror().isEmpty() ? "" : " on mirror " + wanted.mirror();
    OptionalLong bytes = Sizes.parse(wanted.size());
    var done = new AtomicReference<>(Notice.CREATED);
    Optional<Problem> problem =
        bytes.isEmpty()
            ? Optional.of(badSize(wanted.size()))
            : change(
                context,
                "create volume " + wanted.name() + " of " + wanted.size() + where,
                client -> {
                  var request =
                      new Requests.CreateVolume(
                          wanted.name(),
                          bytes.getAsLong(),
                          wanted.mirror().isEmpty() ? null : wanted.mirror());
                  VolumeInfo made = client.createVolume(request);
                  done.set(sized(made, bytes.getAsLong(), Notice.CREATED, Notice.CREATED_LARGER));
                  return made;
                });
    if (problem.isEmpty()) {
      context.redirect(done.get().at("/volumes"));
    } else {
      context.status(problem.get().status());
      Page page = page(context, "Volumes", "volumes").with(problem.get());
      context.html(views.volumes(page, TableQuery.FIRST, wanted));
    }
  }

  void resizeVolume(Context context) {
    String size = field(context, "size").strip();
    boolean shrink = context.formParam("shrink") != null;
    VolumeAddress volume = VolumeAddress.of(context);
    long now = sizeOf(volume);
    OptionalLong bytes = Sizes.parse(size, now);
    var done = new AtomicReference<>(Notice.RESIZED);
    Optional<Problem> problem =
        bytes.isEmpty()
            ? Optional.of(badSize(size))
            : change(
                context,
                "resize volume " + volume.called() + " to " + size,
                client -> {
                  long wanted = bytes.getAsLong();
                  VolumeInfo made = client.resizeVolume(volume.called(), wanted, shrink);
                  done.set(sized(made, wanted, Notice.RESIZED, Notice.RESIZED_LARGER));
                  return made;
                });
    after(context, problem, volume.path(), done.get());
  }

  /// What to say of a volume that was to have `wanted` bytes.
  private static Notice sized(VolumeInfo made, long wanted, Notice plain, Notice larger) {
    if (made.job() != null) {
      return Notice.JOB_BEGUN;
    }
    return made.sizeBytes() > wanted ? larger : plain;
  }

  /// Of what a relative size speaks; 0 where it is not known, and the daemon says why.
  private long sizeOf(VolumeAddress volume) {
    try {
      return daemons.status().volumes().stream()
          .filter(volume::means)
          .mapToLong(VolumeInfo::sizeBytes)
          .findFirst()
          .orElse(0);
    } catch (ControlException e) {
      return 0;
    }
  }

  void renameVolume(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    String newName = field(context, "newName").strip();
    Optional<Problem> problem =
        change(
            context,
            "rename volume " + volume.called() + " to " + newName,
            client -> client.renameVolume(volume.called(), newName));
    after(context, problem, volume.renamed(newName).path(), Notice.RENAMED);
  }

  void deleteVolume(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Optional<Problem> problem =
        field(context, "confirm").strip().equals(volume.name())
            ? change(
                context,
                "delete volume " + volume.called(),
                client -> client.deleteVolume(volume.called()))
            : Optional.of(
                new Problem(
                    409,
                    "Volume " + volume.called() + " was not deleted",
                    "its name was not typed to confirm",
                    "type " + volume.name() + " in the field beside the button"));
    after(context, problem, "/volumes", Notice.DELETED);
  }

  void cancelJob(Context context) {
    String job = field(context, "job").strip();
    VolumeAddress volume = VolumeAddress.of(context);
    Optional<Problem> problem =
        change(
            context,
            "cancel job " + job + " at volume " + volume.called(),
            client -> client.cancelJob(job));
    after(context, problem, "/volumes", Notice.JOB_CANCELLED);
  }

  void exportVolume(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Access access = Access.of(context);
    String target = field(context, "target").strip();
    String lun = field(context, "lun").strip();
    Optional<Problem> problem =
        LUN.matcher(lun).matches()
            ? change(
                context,
                "export volume " + volume.called(),
                client ->
                    noted(
                        context,
                        Notice.EXPORTED,
                        client.createExport(
                            new Requests.CreateExport(
                                volume.called(),
                                access.initiators(),
                                target.isEmpty() ? null : target,
                                lun.isEmpty() ? null : Integer.valueOf(lun),
                                null,
                                access.exclusive() ? true : null))))
            : Optional.of(
                new Problem(
                    400,
                    "Volume " + volume.called() + " was not exported",
                    "its LUN is no whole number",
                    "use one from 0 to 255, or leave it empty"));
    after(context, problem, volume.path(), Notice.EXPORTED);
  }

  void switchWriteCache(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    String wanted = field(context, "writeCache");
    Optional<Problem> problem =
        wanted.equals("on") || wanted.equals("off")
            ? change(
                context,
                "switch the write cache of volume " + volume.called() + " " + wanted,
                client ->
                    noted(
                        context,
                        Notice.WRITE_CACHE_SWITCHED,
                        client.changeExport(volume.called(), wanted.equals("on"))))
            : Optional.of(
                new Problem(
                    400,
                    "The write cache of volume " + volume.called() + " was not switched",
                    "what is wanted is neither on nor off",
                    "use the button of the volume's page"));
    after(context, problem, volume.path(), Notice.WRITE_CACHE_SWITCHED);
  }

  /// Who may log in from now on; whoever would be cut off is shown first.
  void changeAccess(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Access access = Access.of(context);
    Optional<String> question =
        access.isConfirmed()
            ? Optional.empty()
            : views.cutOff(page(context, title(context), "volumes"), volume, access);
    if (question.isPresent()) {
      context.html(question.get());
      return;
    }
    Optional<Problem> problem =
        change(
            context,
            "change who may log in to volume " + volume.called(),
            client ->
                noted(
                    context,
                    Notice.ACCESS_CHANGED,
                    client.changeExport(volume.called(), access.request())));
    after(context, problem, volume.path(), Notice.ACCESS_CHANGED);
  }

  void unexportVolume(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Optional<Problem> problem =
        change(
            context,
            "end the export of volume " + volume.called(),
            client -> {
              Done done = client.deleteExport(volume.called());
              say(context, Notice.EXPORT_ENDED, done.message());
              return done;
            });
    after(context, problem, volume.path(), Notice.EXPORT_ENDED);
  }

  /// What the daemon noted about a change is read on the page that comes next.
  private ExportInfo noted(Context context, Notice notice, ExportInfo export) {
    @Nullable String note = export.note();
    if (note != null) {
      say(context, notice, notice.sentence() + " " + note);
    }
    return export;
  }

  private void say(Context context, Notice notice, String words) {
    Guard.signIn(context).ifPresent(who -> lastWords.say(who.csrf(), notice, words));
  }

  private void after(Context context, Optional<Problem> problem, String next, Notice notice) {
    if (problem.isEmpty()) {
      context.redirect(notice.at(next));
    } else {
      context.status(problem.get().status());
      Page page = page(context, title(context), "volumes");
      showVolume(context, page.with(problem.get()));
    }
  }

  private static Problem badSize(String size) {
    return new Problem(400, "The size was not understood", "`" + size + "` is no size", Sizes.HINT);
  }

  // --- the mirror ---

  void confirm(Context context) {
    MirrorVerb verb = verb(context);
    String node = context.pathParam("node");
    Page page = page(context, verb.title(node), "overview");
    context.html(views.confirm(page, verb, context.pathParam("mirror"), node));
  }

  private static MirrorVerb verb(Context context) {
    return MirrorVerb.of(context.pathParam("verb")).orElseThrow(NotFoundResponse::new);
  }

  void mirror(Context context) {
    MirrorVerb verb = verb(context);
    String node = context.pathParam("node");
    Optional<Problem> problem =
        done(
            context,
            verb.word() + " node " + node,
            user ->
                daemons.changeAt(
                    node,
                    user,
                    client -> {
                      var options = verb.options(node).to(context.pathParam("mirror"));
                      Done done = client.mirrorCommand(verb.command(), options);
                      say(context, Notice.MIRROR_DONE, done.message());
                      return done;
                    }));
    if (problem.isEmpty()) {
      context.redirect(Notice.MIRROR_DONE.at("/"));
    } else {
      context.status(problem.get().status());
      Page page = page(context, verb.title(node), "overview").with(problem.get());
      context.html(views.confirm(page, verb, context.pathParam("mirror"), node));
    }
  }

  // --- the pair ---

  void confirmShutDown(Context context) {
    context.html(views.shutDown(page(context, SHUT_DOWN, "overview")));
  }

  void shutDown(Context context) {
    Optional<Problem> problem = change(context, "shut the pair down", ControlClient::shutDownPair);
    if (problem.isEmpty()) {
      context.redirect(Notice.SHUT_DOWN.at("/"));
    } else {
      context.status(problem.get().status());
      context.html(views.shutDown(page(context, SHUT_DOWN, "overview").with(problem.get())));
    }
  }

  // --- the account ---

  void account(Context context) {
    context.html(views.account(page(context, "Account", "account")));
  }

  void changePassword(Context context) {
    String user = user(context);
    String fresh = field(context, "fresh");
    Guard.Attempt attempt = guard.check(user, field(context, "present"), context.ip());
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
    } else if (!fresh.equals(field(context, "again"))) {
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
      context.html(views.account(page(context, "Account", "account").with(problem)));
    }
  }

  // --- all of them ---

  /// Carries out a change as the person who is signed in. The daemon writes it into its audit
  /// trail; what none has answered is written here.
  private <T> Optional<Problem> change(Context context, String action, Daemons.Call<T> call) {
    return done(context, action, asker -> daemons.change(asker, call));
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

  private Page page(Context context, String title, String active) {
    Page page = Page.of(title, active, Guard.signIn(context));
    return Notice.of(context.queryParam(Notice.PARAMETER))
        .map(notice -> page.saying(lastWords.take(page.csrf(), notice).orElse(notice.sentence())))
        .orElse(page);
  }

  private static String user(Context context) {
    return Guard.signIn(context).map(SignIn::user).orElse("");
  }

  private static String field(Context context, String name) {
    String value = context.formParam(name);
    return value == null ? "" : value;
  }
}
