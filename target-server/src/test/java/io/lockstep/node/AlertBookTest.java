package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.AlertBook.Source;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// When alerts are raised and lifted, and since when they stand. Each step is a second later.
@Tag("unit")
final class AlertBookTest {
  private static final MirrorAlerts.Facts NOTHING_KNOWN =
      new MirrorAlerts.Facts(DiskState.DUNKNOWN, false, false, Optional.empty());

  private final List<String> told = new ArrayList<>();
  private long millis;
  private AlertBook book = book("m1");

  private AlertBook book(String mirror) {
    return new AlertBook(
        mirror,
        () -> Instant.ofEpochMilli(millis).toString(),
        one -> told.add((one.isRaised() ? "+" : "-") + one.alert().code() + since(one.alert())));
  }

  private static String since(Alert alert) {
    return " " + alert.since();
  }

  private static Alert alert(String code, String what) {
    return Alert.of(Alert.WARNING, code, "a", what, "");
  }

  private void stands(Source source, Alert... alerts) {
    millis += 1000;
    book.stands(source, List.of(alerts));
  }

  @Test
  void anAlertStandsSinceItWasRaisedInTheWordsOfNow() {
    stands(Source.MIRROR, alert("outdated", "Old."));
    stands(Source.MIRROR, alert("outdated", "Older."));

    assertThat(told).containsExactly("+outdated 1970-01-01T00:00:01Z");
    assertThat(book.alerts()).extracting(Alert::what).containsExactly("Older.");
    assertThat(book.alerts()).extracting(Alert::since).containsExactly("1970-01-01T00:00:01Z");
    assertThat(book.alerts()).extracting(Alert::mirror).containsExactly("m1");
  }

  @Test
  void oneThatComesAgainStandsSinceThen() {
    stands(Source.MIRROR, alert("peer-away", "Away."));
    stands(Source.MIRROR);
    assertThat(book.alerts()).isEmpty();
    stands(Source.MIRROR, alert("peer-away", "Away."));

    assertThat(told)
        .containsExactly(
            "+peer-away 1970-01-01T00:00:01Z",
            "-peer-away 1970-01-01T00:00:01Z",
            "+peer-away 1970-01-01T00:00:03Z");
  }

  @Test
  void whatASourceDoesNotKnowIsNotLiftedByIt() {
    stands(Source.MIRROR, alert("outdated", "Old."));
    stands(Source.VOLUMES, alert("volumes-closed", "Closed."));
    stands(Source.MIRROR);

    assertThat(book.alerts()).extracting(Alert::code).containsExactly("volumes-closed");
  }

  @Test
  void partsAreToldApart() {
    Alert first = alert("address-lost", "x").about("10.0.0.1");
    Alert second = alert("address-lost", "y").about("10.0.1.1");
    stands(Source.NODE, first);
    stands(Source.NODE, first, second);
    stands(Source.NODE, second);

    assertThat(told)
        .containsExactly(
            "+address-lost 1970-01-01T00:00:01Z",
            "+address-lost 1970-01-01T00:00:02Z",
            "-address-lost 1970-01-01T00:00:01Z");
    assertThat(book.alerts()).extracting(Alert::mirror).as("of the node").containsOnlyNulls();
  }

  @Test
  void eachMirrorHasItsOwn() {
    AlertBook other = book("m2");
    stands(Source.MIRROR, alert("outdated", "Old."));
    millis += 1000;
    other.stands(Source.MIRROR, List.of(alert("outdated", "Old.")));
    stands(Source.MIRROR);

    assertThat(book.alerts()).isEmpty();
    assertThat(other.alerts()).extracting(Alert::mirror).containsExactly("m2");
    assertThat(other.alerts()).extracting(Alert::since).containsExactly("1970-01-01T00:00:02Z");
  }

  /// The other node comes and goes.
  @Test
  void aHistoryOfEventsIsOneOfAlerts() {
    var alerts = new MirrorAlerts("a", DiskState.CONSISTENT);
    for (MirrorEvent event :
        List.of(
            new MirrorEvent.DiskChanged(DiskState.CONSISTENT, DiskState.UP_TO_DATE, "x"),
            new MirrorEvent.RoleChanged(Role.SECONDARY, Role.PRIMARY, "x"),
            connection(ConnectionState.CONNECTED),
            connection(ConnectionState.CONNECTING),
            connection(ConnectionState.CONNECTED),
            connection(ConnectionState.CONNECTING),
            connection(ConnectionState.STAND_ALONE))) {
      alerts.happened(event);
      stands(Source.MIRROR, alerts.standing(NOTHING_KNOWN).toArray(Alert[]::new));
    }
    assertThat(told)
        .containsExactly(
            "+peer-away 1970-01-01T00:00:04Z",
            "-peer-away 1970-01-01T00:00:04Z",
            "+peer-away 1970-01-01T00:00:06Z",
            "-peer-away 1970-01-01T00:00:06Z",
            "+stand-alone 1970-01-01T00:00:07Z");
  }

  private static MirrorEvent connection(ConnectionState to) {
    return new MirrorEvent.ConnectionChanged(ConnectionState.CONNECTING, to, "a test");
  }

  /// What stood is not remembered; what still is so is raised anew.
  @Test
  void aNodeThatStartsAgainRaisesWhatItFinds() {
    stands(
        Source.MIRROR,
        new MirrorAlerts("a", DiskState.OUTDATED).standing(NOTHING_KNOWN).getFirst());
    book = book("m1");
    stands(
        Source.MIRROR,
        new MirrorAlerts("a", DiskState.OUTDATED).standing(NOTHING_KNOWN).getFirst());

    assertThat(told)
        .containsExactly("+outdated 1970-01-01T00:00:01Z", "+outdated 1970-01-01T00:00:02Z");
  }
}
