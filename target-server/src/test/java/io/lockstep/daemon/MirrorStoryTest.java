package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lockstep.control.api.Alert;
import io.lockstep.control.api.EventInfo;
import io.lockstep.mirror.state.ConnectionState;
import io.lockstep.mirror.state.DiskState;
import io.lockstep.mirror.state.MirrorEvent;
import io.lockstep.mirror.state.Role;
import io.lockstep.node.AlertBook;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Who follows is told everything; the log too, but what only repeats itself is counted there.
@Tag("unit")
class MirrorStoryTest {
  private final List<String> log = new ArrayList<>();
  private final List<EventInfo> followed = new ArrayList<>();
  private final MirrorStory story = new MirrorStory("a", "m1", () -> 7, log::add, followed::add);

  private void connection(ConnectionState from, ConnectionState to, String why) {
    story.happened(new MirrorEvent.ConnectionChanged(from, to, why));
  }

  /// What nodes do every five seconds that do not fit together.
  private void part(String why) {
    connection(ConnectionState.CONNECTING, ConnectionState.UNCONNECTED, why);
    story.reason(why);
    connection(ConnectionState.UNCONNECTED, ConnectionState.CONNECTING, "it tries again");
    story.reason(why);
  }

  private List<String> logged() {
    List<String> lines = List.copyOf(log);
    log.clear();
    return lines;
  }

  @Test
  void eachEventIsALineAndIsTold() {
    story.happened(new MirrorEvent.RoleChanged(Role.SECONDARY, Role.PRIMARY, "in term 4"));
    story.happened(new MirrorEvent.DiskChanged(DiskState.UP_TO_DATE, DiskState.FAILED, "EIO"));
    assertThat(logged())
        .containsExactly(
            "node a: role Secondary -> Primary (in term 4)",
            "node a: disk UpToDate -> Failed (EIO)");
    assertThat(followed)
        .containsExactly(
            new EventInfo(7, "a", "m1", "role", "Secondary", "Primary", "in term 4", null),
            new EventInfo(7, "a", "m1", "disk", "UpToDate", "Failed", "EIO", null));
    assertThat(followed.getFirst().change()).isEqualTo("role Secondary -> Primary");
  }

  /// It wrote four lines every five seconds.
  @Test
  void nodesThatPartAgainAndAgainAreCounted() {
    part("both disks are new");
    assertThat(logged())
        .containsExactly(
            "node a: connection Connecting -> Unconnected (both disks are new)",
            "node a: connection Unconnected -> Connecting (it tries again)");
    for (int times = 2; times < 12; times++) {
      part("both disks are new");
    }
    assertThat(logged())
        .containsExactly(
            "node a: connection Connecting -> Unconnected (both disks are new), 10 times so far",
            "node a: connection Unconnected -> Connecting (it tries again), 10 times so far");
    connection(ConnectionState.CONNECTING, ConnectionState.CONNECTED, "met");
    assertThat(logged())
        .containsExactly(
            "node a: connection Connecting -> Unconnected (both disks are new), 11 times in all",
            "node a: connection Unconnected -> Connecting (it tries again), 11 times in all",
            "node a: connection Connecting -> Connected (met)");
    assertThat(followed).as("none is left out").hasSize(23);
  }

  @Test
  void anotherCauseIsSaidAtOnce() {
    part("both disks are new");
    logged();
    part("they are of two pairs");
    assertThat(logged())
        .containsExactly("node a: connection Connecting -> Unconnected (they are of two pairs)");
  }

  /// A stranger that calls changes no state.
  @Test
  void aReasonWithoutAnEventIsSaidOnce() {
    story.reason("a stranger calls");
    story.reason("");
    story.reason("a stranger calls");
    assertThat(logged()).containsExactly("node a: a stranger calls");
  }

  @Test
  void whatIsRememberedHasALimit() {
    for (int cause = 0; cause < MirrorStory.KINDS_MAX; cause++) {
      connection(ConnectionState.CONNECTING, ConnectionState.UNCONNECTED, "cause " + cause);
    }
    assertThat(logged()).hasSize(MirrorStory.KINDS_MAX);
    connection(ConnectionState.CONNECTING, ConnectionState.UNCONNECTED, "cause 0");
    assertThat(logged()).as("it is counted").isEmpty();
    connection(ConnectionState.CONNECTING, ConnectionState.UNCONNECTED, "one more");
    assertThat(logged())
        .containsExactly(
            "node a: connection Connecting -> Unconnected (cause 0), 2 times in all",
            "node a: connection Connecting -> Unconnected (one more)");
    connection(ConnectionState.CONNECTING, ConnectionState.UNCONNECTED, "cause 0");
    assertThat(logged()).as("forgotten, and a line again").hasSize(1);
  }

  @Test
  void anAlertIsALineAndAnEvent() {
    Alert alert =
        Alert.of(Alert.WARNING, "peer-away", "a", "It serves alone.", "")
            .raised("m1", "1970-01-01T00:00:07Z");
    story.alert(new AlertBook.Told(true, alert));
    story.alert(new AlertBook.Told(false, alert));

    assertThat(log)
        .containsExactly(
            "node a: alert peer-away raised (It serves alone.)",
            "node a: alert peer-away lifted (It serves alone.)");
    assertThat(followed)
        .extracting(EventInfo::what, EventInfo::to, EventInfo::alert)
        .containsExactly(tuple("alert", "raised", alert), tuple("alert", "lifted", alert));
  }

  /// A disk that wears out has thousands.
  @Test
  void ofManyBlocksSomeAreTold() {
    for (int blocks = 1; blocks <= 250; blocks++) {
      story.happened(new MirrorEvent.ReadFromPeer(blocks, 4096L * blocks));
    }
    assertThat(followed).extracting(EventInfo::to).containsExactly("1", "10", "100");
    assertThat(log).hasSize(3);
    assertThat(log.getFirst())
        .isEqualTo("node a: read-from-peer 1 (the last at byte 4096 of the mirror)");
  }
}
