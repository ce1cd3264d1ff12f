package io.lockstep.web;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.Handler;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SnapshotInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import io.lockstep.control.client.Sizes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The pages of volumes and their exports, and what happens behind their forms. As with [Pages], a
/// form that was carried out redirects, and one that was refused is shown again with the reason.
final class VolumePages {
  /// A whole number that fits; which ones are LUNs, the daemon says.
  private static final Pattern LUN = Pattern.compile("\\d{0,9}");

  private final Views views;
  private final Forms forms;
  private final Daemons daemons;
  private final SnapshotForms snapshots;

  /// What is behind the forms of a volume's page, by what they add to its address.
  private final Map<String, Handler> handlers =
      Map.of(
          "resize", this::resize,
          "rename", this::rename,
          "delete", this::delete,
          "cancel-job", this::cancelJob,
          "snapshot", this::takeSnapshot,
          "rollback", this::rollBack,
          "export", this::export,
          "unexport", this::unexport,
          "write-cache", this::switchWriteCache,
          "access", this::changeAccess);

  VolumePages(Views views, Forms forms, Daemons daemons) {
    this.views = views;
    this.forms = forms;
    this.daemons = daemons;
    this.snapshots = new SnapshotForms(forms);
  }

  void routes(RoutesConfig routes) {
    routes.get("/volumes", this::list);
    routes.get("/live/volumes", this::liveList);
    routes.post("/volumes", this::create);
    for (String volume : List.of("/volumes/{mirror}/{name}", "/volumes/{name}")) {
      routes.get(volume, this::one);
      handlers.forEach((form, handler) -> routes.post(volume + "/" + form, handler));
    }
    for (String form : handlers.keySet()) {
      routes.get("/volumes/{mirror}/{name}/" + form, VolumePages::ofForm);
    }
  }

  private void list(Context context) {
    context.html(
        views.volumes(
            forms.page(context, "Volumes", "volumes"), TableQuery.of(context), NewVolume.NOTHING));
  }

  private void liveList(Context context) {
    context.html(views.liveVolumes(TableQuery.of(context)));
  }

  private void one(Context context) {
    VolumeAddress address = VolumeAddress.of(context);
    Views.Shown shown = views.volume(forms.page(context, title(context), "volumes"), address);
    @Nullable String mirror = address.mirror();
    if (shown.problem().isPresent() && mirror != null && handlers.containsKey(address.name())) {
      // It is no volume, but a form of the one that the address has in the mirror's place.
      context.redirect(new VolumeAddress(null, mirror).path());
    } else if (shown.problem().isPresent() && WayBack.isOfOpenPage(context)) {
      // It was deleted or renamed under an open page, which is another one from now on.
      context.header("HX-Redirect", address.path());
    } else {
      show(context, shown);
    }
  }

  /// A form that was refused leaves its address in the browser. Whoever loads that again gets the
  /// page that has the form.
  private static void ofForm(Context context) {
    context.redirect(VolumeAddress.of(context).path());
  }

  private static void show(Context context, Views.Shown shown) {
    shown.problem().ifPresent(problem -> context.status(problem.status()));
    context.html(shown.html());
  }

  private static String title(Context context) {
    return "Volume " + VolumeAddress.of(context).name();
  }

  private void create(Context context) {
    NewVolume wanted =
        new NewVolume(
            Forms.field(context, "name").strip(),
            Forms.field(context, "size").strip(),
            Forms.field(context, "mirror"));
    String where = wanted.mirror().isEmpty() ? "" : " on mirror " + wanted.mirror();
    OptionalLong bytes = Sizes.parse(wanted.size());
    var done = new AtomicReference<>(Notice.CREATED);
    Optional<Problem> problem =
        bytes.isEmpty()
            ? Optional.of(badSize(wanted.size()))
            : forms.change(
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
      Page page = forms.page(context, "Volumes", "volumes").with(problem.get());
      context.html(views.volumes(page, TableQuery.FIRST, wanted));
    }
  }

  private void resize(Context context) {
    String size = Forms.field(context, "size").strip();
    boolean shrink = context.formParam("shrink") != null;
    VolumeAddress volume = VolumeAddress.of(context);
    long now = sizeOf(volume);
    OptionalLong bytes = Sizes.parse(size, now);
    var done = new AtomicReference<>(Notice.RESIZED);
    Optional<Problem> problem =
        bytes.isEmpty()
            ? Optional.of(badSize(size))
            : forms.change(
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
    return resizedBytes(made) > wanted ? larger : plain;
  }

  /// Of what a relative size speaks; 0 where it is not known, and the daemon says why.
  private long sizeOf(VolumeAddress volume) {
    try {
      return daemons.status().volumes().stream()
          .filter(volume::means)
          .mapToLong(VolumePages::resizedBytes)
          .findFirst()
          .orElse(0);
    } catch (ControlException e) {
      return 0;
    }
  }

  /// What a new size is about: of a snapshot, its room.
  private static long resizedBytes(VolumeInfo volume) {
    @Nullable SnapshotInfo snapshot = volume.snapshot();
    return snapshot == null ? volume.sizeBytes() : snapshot.roomBytes();
  }

  private void takeSnapshot(Context context) {
    String next = VolumeAddress.of(context).path();
    after(context, snapshots.take(context), next, Notice.SNAPSHOT_TAKEN);
  }

  private void rollBack(Context context) {
    String next = VolumeAddress.of(context).path();
    after(context, snapshots.rollBack(context), next, Notice.ROLLED_BACK);
  }

  private void rename(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    String newName = Forms.field(context, "newName").strip();
    Optional<Problem> problem =
        forms.change(
            context,
            "rename volume " + volume.called() + " to " + newName,
            client -> client.renameVolume(volume.called(), newName));
    after(context, problem, volume.renamed(newName).path(), Notice.RENAMED);
  }

  private void delete(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Optional<Problem> problem =
        Forms.field(context, "confirm").strip().equals(volume.name())
            ? forms.change(
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

  private void cancelJob(Context context) {
    String job = Forms.field(context, "job").strip();
    VolumeAddress volume = VolumeAddress.of(context);
    Optional<Problem> problem =
        forms.change(
            context,
            "cancel job " + job + " at volume " + volume.called(),
            client -> client.cancelJob(job));
    after(context, problem, "/volumes", Notice.JOB_CANCELLED);
  }

  private void export(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Access access = Access.of(context);
    String target = Forms.field(context, "target").strip();
    String lun = Forms.field(context, "lun").strip();
    Optional<Problem> problem =
        LUN.matcher(lun).matches()
            ? forms.change(
                context,
                "export volume " + volume.called(),
                client ->
                    forms.noted(
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

  private void switchWriteCache(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    String wanted = Forms.field(context, "writeCache");
    Optional<Problem> problem =
        wanted.equals("on") || wanted.equals("off")
            ? forms.change(
                context,
                "switch the write cache of volume " + volume.called() + " " + wanted,
                client ->
                    forms.noted(
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
  private void changeAccess(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Access access = Access.of(context);
    Optional<String> question =
        access.isConfirmed()
            ? Optional.empty()
            : views.cutOff(forms.page(context, title(context), "volumes"), volume, access);
    if (question.isPresent()) {
      context.html(question.get());
      return;
    }
    Optional<Problem> problem =
        forms.change(
            context,
            "change who may log in to volume " + volume.called(),
            client ->
                forms.noted(
                    context,
                    Notice.ACCESS_CHANGED,
                    client.changeExport(volume.called(), access.request())));
    after(context, problem, volume.path(), Notice.ACCESS_CHANGED);
  }

  private void unexport(Context context) {
    VolumeAddress volume = VolumeAddress.of(context);
    Optional<Problem> problem =
        forms.change(
            context,
            "end the export of volume " + volume.called(),
            client -> {
              Done done = client.deleteExport(volume.called());
              forms.say(context, Notice.EXPORT_ENDED, done.message());
              return done;
            });
    after(context, problem, volume.path(), Notice.EXPORT_ENDED);
  }

  private void after(Context context, Optional<Problem> problem, String next, Notice notice) {
    if (problem.isEmpty()) {
      context.redirect(notice.at(next));
    } else {
      context.status(problem.get().status());
      Page page = forms.page(context, title(context), "volumes");
      show(context, views.volume(page.with(problem.get()), VolumeAddress.of(context)));
    }
  }

  private static Problem badSize(String size) {
    return new Problem(400, "The size was not understood", "`" + size + "` is no size", Sizes.HINT);
  }
}
