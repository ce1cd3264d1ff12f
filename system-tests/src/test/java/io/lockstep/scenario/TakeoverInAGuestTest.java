package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.KernelLab;
import java.io.IOException;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Primary changes, on purpose and not, under a host with two paths that writes to a file
/// system all the time: it gets no error, and every write is there.
@Tag("lab")
class TakeoverInAGuestTest {
  private static final int SWITCH_COUNT = 10;

  @RegisterExtension
  private static final KernelLab LAB = new KernelLab(GuestStory.PORTAL_A, GuestStory.PORTAL_B);

  @RegisterExtension private static final Pairs PAIRS = Pairs.ofTheClass();

  @RegisterExtension private static final SharedStory STORY = new SharedStory(LAB, PAIRS);

  @Test
  void bothPathsHaveTheSizeOfTheVolumeAndTheKernelIsQuiet() throws IOException {
    GuestStory story = STORY.settled();

    assertThat(story.host().sizes(story.map())).hasSize(3);
    assertThat(story.host().sizes(story.map()).values()).containsOnly(story.volumeBytes());
    story.assertQuietKernel();
  }

  /// What administrators write into an fstab is the map, never one of its paths. (Names after the
  /// serial number and vendor identification are a path's, with every array.)
  @Test
  void theNamesAfterTheWorldWideNamePointToTheMap() throws IOException {
    GuestStory story = STORY.settled();

    Map<String, String> names = new TreeMap<>(story.host().namesById());
    names.keySet().removeIf(name -> !name.startsWith("scsi-3") && !name.startsWith("wwn-"));
    assertThat(names.keySet()).anyMatch(name -> name.startsWith("scsi-3"));
    assertThat(names.values()).as("%s", names).containsOnly(story.map().device());
  }

  @Test
  void aHostWritesThroughTenPlannedSwitches() throws IOException {
    GuestStory story = STORY.settled();
    story.startWriting();
    for (int i = 0; i < SWITCH_COUNT; i++) {
      String next = Pair.other(story.pair().primary());
      story.during("promote " + next, () -> story.pair().promote(next));
    }
    story.endWriting();
    story.host().awaitMap(2);
    story.assertQuietKernel();
  }

  @Test
  void thePrimaryIsEndedInOrderAndItsPeerServes() throws IOException {
    GuestStory story = STORY.settled();
    story.startWriting();
    String first = story.pair().primary();

    story.during("SIGTERM of the Primary", () -> story.pair().stop(first));
    assertThat(story.pair().primary()).isEqualTo(Pair.other(first));
    story.pair().startDaemon(first);
    story.pair().awaitInSync();
    story.during("the node is back", () -> story.host().awaitMap(2));
    story.endWriting();
    story.assertUnharmed();
  }

  @Test
  void aVolumeGrowsUnderAHostThatSwitchesAfterwards() throws IOException {
    GuestStory story = STORY.settled();
    story.startWriting();
    long smallerBytes = story.volumeBytes();
    long largerBytes = 2 * smallerBytes;

    story.during("resize", () -> story.pair().growVolume(GuestStory.VOLUME, largerBytes));
    story.host().rescan(story.map());
    assertThat(story.host().sizes(story.map()).values()).containsOnly(largerBytes);
    story.host().growFileSystem(story.map());
    assertThat(story.host().fileSystemBytes()).isGreaterThan(smallerBytes);
    String next = Pair.other(story.pair().primary());
    story.during("promote " + next + " after the resize", () -> story.pair().promote(next));
    story.endWriting();
    story.assertQuietKernel();
  }

  @Test
  void thePrimaryIsKilledAndAPersonPromotesItsPeer() throws IOException {
    GuestStory story = STORY.settled();
    story.startWriting();
    String first = story.pair().primary();

    story.during(
        "kill -9 of the Primary and promotion by hand",
        () -> {
          story.pair().kill(first);
          story.pair().promote(Pair.other(first));
        });
    story.pair().startDaemon(first);
    story.pair().awaitInSync();
    story.during("the node is back", () -> story.host().awaitMap(2));
    story.endWriting();
    story.assertUnharmed();
  }
}
