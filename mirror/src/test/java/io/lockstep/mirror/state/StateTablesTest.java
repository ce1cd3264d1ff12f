package io.lockstep.mirror.state;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the tables of states promise; the simulation holds every change against them.
@Tag("unit")
class StateTablesTest {
  /// States of later releases, and of the other node only.
  private static final Set<ConnectionState> NOT_YET =
      EnumSet.of(
          ConnectionState.PAUSED_SYNC_S,
          ConnectionState.PAUSED_SYNC_T,
          ConnectionState.VERIFY_S,
          ConnectionState.VERIFY_T,
          ConnectionState.AHEAD,
          ConnectionState.BEHIND);

  private static Set<DiskState> after(DiskState state) {
    Set<DiskState> next = EnumSet.allOf(DiskState.class);
    next.removeIf(one -> one == state || !state.mayBecome(one));
    return next;
  }

  private static Set<ConnectionState> after(ConnectionState state) {
    Set<ConnectionState> next = EnumSet.allOf(ConnectionState.class);
    next.removeIf(one -> one == state || !state.mayBecome(one));
    return next;
  }

  @Test
  void aFailedDiskStaysFailed() {
    assertThat(after(DiskState.FAILED)).isEmpty();
  }

  @Test
  void aMixtureIsWholeOnlyWhenItWasFilledToTheEnd() {
    assertThat(after(DiskState.INCONSISTENT))
        .containsExactlyInAnyOrder(DiskState.UP_TO_DATE, DiskState.FAILED);
  }

  @Test
  void anAttachedDiskMayFail() {
    for (DiskState state :
        EnumSet.of(
            DiskState.CONSISTENT,
            DiskState.UP_TO_DATE,
            DiskState.OUTDATED,
            DiskState.INCONSISTENT)) {
      assertThat(state.mayBecome(DiskState.FAILED)).as(state.label()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(DiskState.class)
  void onlyGoodDataIsServed(DiskState disk) {
    assertThat(Role.SECONDARY.mayBecome(Role.PRIMARY, disk))
        .isEqualTo(disk == DiskState.UP_TO_DATE);
  }

  /// A Primary whose disk has failed is one until it is told to stop, or has met another.
  @ParameterizedTest
  @EnumSource(DiskState.class)
  void aPrimaryMayStayAndMayStopWhateverItsDiskIs(DiskState disk) {
    assertThat(Role.PRIMARY.mayBecome(Role.PRIMARY, disk)).isTrue();
    assertThat(Role.PRIMARY.mayBecome(Role.SECONDARY, disk)).isTrue();
  }

  /// Who stands alone is connected by a person first, and says so.
  @Test
  void whoStandsAloneLooksForThePeerFirst() {
    assertThat(after(ConnectionState.STAND_ALONE)).containsExactly(ConnectionState.CONNECTING);
  }

  @ParameterizedTest
  @EnumSource(ConnectionState.class)
  void everyLinkMayEnd(ConnectionState state) {
    if (!NOT_YET.contains(state) && !state.isWithoutLink()) {
      assertThat(after(state))
          .contains(
              ConnectionState.STAND_ALONE, ConnectionState.UNCONNECTED, ConnectionState.CONNECTING);
    }
  }

  @ParameterizedTest
  @EnumSource(ConnectionState.class)
  void nothingLeadsToStatesOfLaterReleases(ConnectionState state) {
    assertThat(after(state)).doesNotContainAnyElementsOf(NOT_YET);
  }

  @Test
  void aResyncBeginsWithTheBitmaps() {
    assertThat(after(ConnectionState.CONNECTED))
        .doesNotContain(ConnectionState.SYNC_SOURCE, ConnectionState.SYNC_TARGET);
    assertThat(after(ConnectionState.CONNECTING))
        .doesNotContain(ConnectionState.SYNC_SOURCE, ConnectionState.SYNC_TARGET);
  }
}
