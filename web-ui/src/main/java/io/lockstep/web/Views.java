package io.lockstep.web;

import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import io.lockstep.control.api.ConnectInfo;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.PairStatus;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.client.ControlException;
import io.lockstep.web.store.Store;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Templates with what they show. Asks the daemons at each page; keeps nothing.
final class Views {
  private final TemplateEngine templates;
  private final Daemons daemons;
  private final Store store;
  private final LastEvents lastEvents;
  private final Clock clock;

  Views(
      TemplateEngine templates, Daemons daemons, Store store, LastEvents lastEvents, Clock clock) {
    this.templates = templates;
    this.daemons = daemons;
    this.store = store;
    this.lastEvents = lastEvents;
    this.clock = clock;
  }

  String render(String template, Map<String, @Nullable Object> values) {
    var output = new StringOutput();
    templates.render(template, new HashMap<String, Object>(values), output);
    return output.toString();
  }

  /// @param next the page that comes after it
  String signIn(Page page, String user, String next) {
    return render("signIn.jte", Map.of("page", page, "name", user, "next", next));
  }

  /// A page that has nothing to show but a problem.
  String error(Page page) {
    return render("error.jte", Map.of("page", page));
  }

  /// A problem as a part of the page that is open.
  String problem(Problem problem) {
    return render("problem.jte", Map.of("problem", problem));
  }

  String overview(Page page) {
    PairStatus status = status();
    return status == null
        ? unreachable(page)
        : render(
            "overview.jte", Map.of("page", page, "status", status, "events", lastEvents.newest()));
  }

  String liveOverview() {
    PairStatus status = status();
    return status == null
        ? unreachableLive()
        : render("overviewLive.jte", Map.of("status", status, "events", lastEvents.newest()));
  }

  /// The volumes, and a form for a new one with what was typed into it.
  String volumes(Page page, TableQuery query, NewVolume typed) {
    PairStatus status = status();
    return status == null ? unreachable(page) : volumes(page, status, query, typed);
  }

  private String volumes(Page page, PairStatus status, TableQuery query, NewVolume typed) {
    Table<VolumeInfo> table = Tables.volumes(status, query);
    return render(
        "volumes.jte", Map.of("page", page, "status", status, "table", table, "typed", typed));
  }

  String liveVolumes(TableQuery query) {
    PairStatus status = status();
    return status == null
        ? unreachableLive()
        : render(
            "volumesLive.jte", Map.of("status", status, "table", Tables.volumes(status, query)));
  }

  String sessions(Page page, TableQuery query) {
    PairStatus status = status();
    return status == null
        ? unreachable(page)
        : render(
            "sessions.jte",
            Map.of("page", page, "status", status, "table", Tables.sessions(status, query)));
  }

  String exports(Page page, TableQuery query) {
    PairStatus status = status();
    return status == null
        ? unreachable(page)
        : render(
            "exports.jte",
            Map.of("page", page, "status", status, "table", Tables.exports(status, query)));
  }

  /// What has happened is shown from memory, also while no node answers.
  String events(Page page, TableQuery query) {
    return render(
        "events.jte", Map.of("page", page, "table", Tables.events(lastEvents.all(), query)));
  }

  /// A page in place of the one that was asked for, if there is a problem.
  record Shown(Optional<Problem> problem, String html) {}

  /// One volume; or all of them, where the address leads to none or to more than one.
  Shown volume(Page page, VolumeAddress address) {
    PairStatus status = status();
    if (status == null) {
      return new Shown(Optional.empty(), unreachable(page));
    }
    List<VolumeInfo> found = status.volumes().stream().filter(address::means).toList();
    if (found.size() == 1) {
      return new Shown(Optional.empty(), volume(page, status, found.getFirst()));
    }
    Problem problem =
        found.isEmpty()
            ? new Problem(
                404, "There is no volume " + address.called(), "", "choose one of the list")
            : new Problem(
                409,
                "There is more than one volume " + address.name(),
                "mirrors " + mirrors(found) + " have one each",
                "choose one of the list");
    return new Shown(
        Optional.of(problem),
        volumes(page.with(problem), status, TableQuery.FIRST, NewVolume.NOTHING));
  }

  private static String mirrors(List<VolumeInfo> volumes) {
    return volumes.stream()
        .map(VolumeInfo::mirror)
        .filter(Objects::nonNull)
        .collect(Collectors.joining(" and "));
  }

  private String volume(Page page, PairStatus status, VolumeInfo volume) {
    Optional<ExportInfo> export =
        status.exports().stream()
            .filter(one -> one.volume().equals(volume.name()))
            .filter(one -> Objects.equals(one.mirror(), volume.mirror()))
            .findFirst();
    VolumeAddress address = VolumeAddress.of(volume);
    var values = new HashMap<String, @Nullable Object>();
    values.put("page", page);
    values.put("status", status);
    values.put("volume", volume);
    values.put("address", address.path());
    values.put("export", export.orElse(null));
    values.put("recipes", export.isPresent() ? recipes(address.called()) : List.of());
    return render("volume.jte", values);
  }

  /// The question whether the sessions may end of whoever may not log in any more; empty if there
  /// are none.
  Optional<String> cutOff(Page page, VolumeAddress address, Access access) {
    PairStatus status = status();
    if (status == null) {
      return Optional.empty();
    }
    List<SessionInfo> cut =
        status.exports().stream()
            .filter(export -> export.isCalled(address.called()))
            .flatMap(
                export ->
                    SessionInfo.cutOff(status.sessions(), export.iqn(), access.initiators())
                        .stream())
            .toList();
    var values = new HashMap<String, @Nullable Object>();
    values.put("page", page);
    values.put("name", address.name());
    values.put("address", address.path());
    values.put("access", access);
    values.put("sessions", cut);
    return cut.isEmpty() ? Optional.empty() : Optional.of(render("cutOff.jte", values));
  }

  private List<ConnectInfo.Recipe> recipes(String volume) {
    try {
      return daemons.read(client -> client.connect(volume)).recipes();
    } catch (ControlException e) {
      return List.of();
    }
  }

  /// What a command means, and the button that gives it, below what there is to know before.
  String confirm(Page page, MirrorVerb verb, String mirror, String node) {
    var values = new HashMap<String, @Nullable Object>();
    values.put("page", page);
    @Nullable PairStatus status = status();
    values.put("status", status);
    values.put("apart", status != null && verb.promotes() && isApart(status, mirror, node));
    values.put("verb", verb);
    values.put("mirror", mirror);
    values.put("node", node);
    return render("confirm.jte", values);
  }

  private static boolean isApart(PairStatus status, String mirror, String node) {
    return status.mirrors().stream()
        .filter(one -> one.name().equals(mirror))
        .flatMap(one -> one.sides().stream())
        .filter(side -> side.node().equals(node))
        .anyMatch(States::isApart);
  }

  /// What ending the pair means, and the button that does it.
  String shutDown(Page page) {
    PairStatus status = status();
    int sessions = status == null ? 0 : status.sessions().size();
    return render("shutDown.jte", Map.of("page", page, "sessions", sessions));
  }

  /// @param before lines before that time, in milliseconds; null: the newest
  String audit(Page page, TableQuery query, @Nullable Long before) {
    AuditPage audit = AuditPage.of(store, daemons, query.search(), before);
    return render("audit.jte", Map.of("page", page, "query", query, "audit", audit));
  }

  String account(Page page) {
    return render("account.jte", Map.of("page", page));
  }

  private String unreachableLive() {
    return render("unreachableLive.jte", lastPicture());
  }

  private String unreachable(Page page) {
    Map<String, @Nullable Object> values = lastPicture();
    values.put("page", page);
    return render("unreachable.jte", values);
  }

  /// What was seen last, and how long ago: nobody answers now.
  private Map<String, @Nullable Object> lastPicture() {
    var values = new HashMap<String, @Nullable Object>();
    Optional<Daemons.Last> last = daemons.last();
    values.put("last", last.map(Daemons.Last::status).orElse(null));
    values.put("age", last.map(one -> States.age(one.at(), clock.instant())).orElse(""));
    return values;
  }

  private @Nullable PairStatus status() {
    try {
      return daemons.status();
    } catch (ControlException e) {
      return null;
    }
  }
}
