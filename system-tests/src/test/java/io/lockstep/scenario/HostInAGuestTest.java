package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.KernelLab;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The Linux kernel's own initiator with multipath-tools, at a real pair.
@Tag("lab")
class HostInAGuestTest {
  @RegisterExtension
  private static final KernelLab LAB = new KernelLab(GuestStory.PORTAL_A, GuestStory.PORTAL_B);

  @RegisterExtension private static final Pairs PAIRS = Pairs.ofTheClass();

  @RegisterExtension private static final SharedStory STORY = new SharedStory(LAB, PAIRS);

  @Test
  void aHostSeesOneDiskInTwoGroupsBehindBothPortals() throws IOException {
    GuestStory story = STORY.settled();

    assertThat(story.host().digests()).as("header and data digest of both").hasSize(4);
    assertThat(story.host().digests()).containsOnly("1");
    assertThat(story.map().groupCount()).isEqualTo(2);
    assertThat(story.host().sizes(story.map()))
        .containsEntry(story.map().device(), GuestStory.VOLUME_BYTES);
  }

  /// Nodes and host lose their power at once, while the host writes, and get it back.
  @Test
  void afterAPowerCutOfEverythingTheVolumeIsMountedWithoutAHand() throws IOException {
    GuestStory story = STORY.settled();
    story.startWriting();
    story.endWriting();
    story.host().cutPower();
    story.pair().kill("a", "b");

    story.pair().startDaemons();
    story.host().switchOn();

    assertThat(story.host().isMounted()).as("mounted at the start of the host").isTrue();
    System.out.println("after the power cut: " + story.host().verify());
    story.host().awaitMap(2);
  }
}
