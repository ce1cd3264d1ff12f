package io.lockstep.mirror.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A disk's history: what the first write alone, the end of a resync and its target do to it.
@Tag("unit")
class GenerationsTest {
  @Test
  void whatADiskRemembersIsKnown() {
    var generations = new Generations(5, 4, List.of(3L, 2L));
    assertThat(generations.knows(5)).isTrue();
    assertThat(generations.knows(4)).isTrue();
    assertThat(generations.knows(2)).isTrue();
    assertThat(generations.knows(1)).isFalse();
  }

  @Test
  void theFirstWriteAloneKeepsTheGenerationThePeerHas() {
    var together = new Generations(10, 0, List.of());
    assertThat(together.rotated(11)).isEqualTo(new Generations(11, 10, List.of()));
    assertThat(together.rotated(11).rotated(12))
        .as("the bitmap still counts from the older one")
        .isEqualTo(new Generations(12, 10, List.of(11L)));
  }

  @Test
  void theEndOfAResyncRetiresTheBitmapGeneration() {
    assertThat(new Generations(11, 10, List.of(9L)).retired())
        .isEqualTo(new Generations(11, 0, List.of(10L, 9L)));
    var none = new Generations(11, 0, List.of(9L));
    assertThat(none.retired()).isSameAs(none);
  }

  @Test
  void theHistoryForgetsTheOldestAndHoldsEachOnce() {
    List<Long> all = LongStream.rangeClosed(1, Generations.HISTORY_MAX).boxed().toList();
    assertThat(new Generations(100, 99, all).retired().history())
        .hasSize(16)
        .startsWith(99L, 1L, 2L)
        .endsWith(14L, 15L);
    assertThat(new Generations(100, 3, List.of(5L, 3L)).retired().history())
        .containsExactly(3L, 5L);
  }

  @Test
  void theTargetTakesOverTheSourcesIdentity() {
    var source = new Generations(20, 10, List.of(9L));
    assertThat(new Generations(10, 5, List.of(1L)).adopted(source))
        .isEqualTo(new Generations(20, 0, List.of(9L)));
  }

  @Test
  void impossibleOnesAreBugs() {
    assertThatThrownBy(() -> Generations.NONE.rotated(0)).isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> new Generations(1, 0, List.of(0L))).isInstanceOf(AssertionError.class);
    List<Long> tooMany = LongStream.rangeClosed(1, 17).boxed().toList();
    assertThatThrownBy(() -> new Generations(1, 0, tooMany)).isInstanceOf(AssertionError.class);
  }

  @Test
  void codesAreStable() {
    assertThat(codes()).isEqualTo("1:Secondary 2:Primary");
    var disks = new StringBuilder();
    for (DiskState state : DiskState.values()) {
      disks.append(state.code()).append(':').append(state.label()).append(' ');
      assertThat(DiskState.fromCode(state.code())).contains(state);
    }
    assertThat(disks.toString().strip())
        .isEqualTo(
            "1:Diskless 2:Attaching 3:Failed 4:Negotiating 5:Inconsistent 6:Outdated 7:DUnknown"
                + " 8:Consistent 9:UpToDate");
    var links = new StringBuilder();
    for (ConnectionState state : ConnectionState.values()) {
      links.append(state.code()).append(':').append(state.label()).append(' ');
      assertThat(ConnectionState.fromCode(state.code())).contains(state);
    }
    assertThat(links.toString().strip())
        .isEqualTo(
            "1:StandAlone 2:Unconnected 3:Connecting 4:Connected 5:WFBitMapS 6:WFBitMapT"
                + " 7:SyncSource 8:SyncTarget 9:PausedSyncS 10:PausedSyncT 11:VerifyS 12:VerifyT"
                + " 13:Ahead 14:Behind");
    assertThat(DiskState.fromCode(0)).isEmpty();
    assertThat(Role.fromCode(3)).isEmpty();
    assertThat(ConnectionState.fromCode(255)).isEmpty();
  }

  private static String codes() {
    var roles = new StringBuilder();
    for (Role role : Role.values()) {
      roles.append(role.code()).append(':').append(role.label()).append(' ');
      assertThat(Role.fromCode(role.code())).contains(role);
    }
    return roles.toString().strip();
  }
}
