package io.lockstep.daemon;

import static io.lockstep.node.TargetPicture.Knowledge.ALL;
import static io.lockstep.node.TargetPicture.Knowledge.NONE;
import static io.lockstep.node.TargetPicture.Knowledge.SOME;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.portal.TargetDirectory.Answer;
import io.lockstep.node.TargetPicture;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a portal is told of one mirror's targets, whose loop may have said nothing for a while.
@Tag("shell")
class PublishedTargetsTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String STRANGER = "iqn.2000-01.org.example:stranger";
  private static final String IQN = "iqn.2026-11.io.lockstep:k7x2ma.vm1";
  private static final String ABSENT = "iqn.2026-11.io.lockstep:k7x2ma.vm9";
  private static final long MILLIS = TimeUnit.MILLISECONDS.toNanos(1);

  private final RingLoop loop = RingLoop.start("test");
  private final ScsiTarget target = new ScsiTargetDevice(loop, new BufferPool(1 << 20));
  private long nowNanos = 1_000 * MILLIS;
  private final PublishedTargets published = new PublishedTargets(loop, () -> nowNanos);

  @AfterEach
  void close() {
    loop.close();
  }

  private void offer(boolean takesLogins, String... initiators) {
    var shown = new TargetPicture.Shown(target, List.of(initiators), takesLogins);
    published.targets(new TargetPicture(1, Map.of(IQN, shown)));
  }

  private Class<?> find(String iqn) {
    return published.find(HOST, iqn).getClass();
  }

  @Test
  void atFirstNothingIsKnownAndNothingDenied() {
    assertThat(published.targets(HOST)).isEmpty();
    assertThat(find(IQN)).isEqualTo(Answer.Busy.class);
    assertThat(published.role("who serves?")).isEmpty();
  }

  @Test
  void aTargetTakesWhoMayUseItToItsOwnLoop() {
    offer(true, HOST);
    published.known(ALL);

    assertThat(published.find(HOST, IQN)).isEqualTo(new Answer.Serves(target, loop, 2, true));
    assertThat(published.find(STRANGER, IQN)).isEqualTo(new Answer.NotAllowed());
    assertThat(published.targets(HOST)).hasValue(List.of(IQN));
    assertThat(published.targets(STRANGER)).hasValue(List.of());
    offer(false);
    assertThat(find(IQN)).as("nobody knows its size").isEqualTo(Answer.Busy.class);
  }

  /// What a standby knows is offered, though there may be more.
  @Test
  void aTargetThatOnlyAStandbyKnowsIsOfferedAndNoOtherDenied() {
    offer(true);
    published.known(SOME);

    assertThat(find(IQN)).isEqualTo(Answer.Serves.class);
    assertThat(published.targets(HOST)).hasValue(List.of(IQN));
    assertThat(find(ABSENT)).isEqualTo(Answer.Busy.class);
  }

  /// An initiator that is told so gives up for good.
  @Test
  void thatThereAreNoOthersIsBelievedForAWhileOnly() {
    offer(true);
    published.known(ALL);
    assertThat(find(ABSENT)).isEqualTo(Answer.NotFound.class);

    nowNanos += PublishedTargets.SURE_NANOS_MAX;
    assertThat(find(ABSENT)).isEqualTo(Answer.NotFound.class);
    nowNanos++;
    assertThat(find(ABSENT)).isEqualTo(Answer.Busy.class);
    assertThat(find(IQN)).as("what there was is still offered").isEqualTo(Answer.Serves.class);
    assertThat(published.targets(HOST)).hasValue(List.of(IQN));

    published.known(ALL);
    assertThat(find(ABSENT)).isEqualTo(Answer.NotFound.class);
  }

  /// It is said with every write, and written down now and then: never too late.
  @Test
  void whoSaysItAllTheTimeIsAlwaysBelieved() {
    published.known(ALL);
    for (int times = 0; times < 1_000; times++) {
      nowNanos += 100 * MILLIS;
      published.known(ALL);
      assertThat(find(ABSENT)).isEqualTo(Answer.NotFound.class);
    }
    nowNanos += PublishedTargets.SURE_NANOS_MAX + 1;
    assertThat(find(ABSENT)).isEqualTo(Answer.Busy.class);
  }

  @Test
  void whatIsKnownNoMoreIsNotKnownAtOnce() {
    published.known(ALL);
    published.known(SOME);
    assertThat(find(ABSENT)).isEqualTo(Answer.Busy.class);
    published.known(ALL);
    assertThat(find(ABSENT)).isEqualTo(Answer.NotFound.class);
    published.known(NONE);
    assertThat(find(ABSENT)).isEqualTo(Answer.Busy.class);
    assertThat(published.targets(HOST)).isEmpty();
  }

  @Test
  void theRoleIsToldToWhoeverNamesTheMirror() {
    published.role("pair,mirror", "1,Primary,4");

    assertThat(published.role("pair,mirror")).hasValue("1,Primary,4");
    assertThat(published.role("pair,other")).isEmpty();
    published.role("pair,mirror", "1,Secondary,5");
    assertThat(published.role("pair,mirror")).hasValue("1,Secondary,5");
  }
}
