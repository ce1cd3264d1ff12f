package io.lockstep.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.portal.TargetDirectory;
import io.lockstep.iscsi.portal.TargetDirectory.Answer;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a portal says of the targets of two mirrors, of which each says something else.
@Tag("shell")
class AllTargetsTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String IQN = "iqn.2026-11.io.lockstep:k7x2ma.vm1";
  private static final Answer NONE = new Answer.NotFound();
  private static final Answer BUSY = new Answer.Busy();
  private static final Answer NOT_ALLOWED = new Answer.NotAllowed();

  private final RingLoop loop = RingLoop.start("test");
  private final Answer serves = serving();
  private final Answer servesToo = serving();

  @AfterEach
  void close() {
    loop.close();
  }

  private Answer serving() {
    return new Answer.Serves(new ScsiTargetDevice(loop, new BufferPool(1 << 20)), loop, 1, false);
  }

  /// What is found, in whichever order the mirrors are asked.
  private static Answer found(Answer one, Answer other) {
    Answer found = all(new Mirror(one), new Mirror(other)).find(HOST, IQN);
    assertThat(all(new Mirror(other), new Mirror(one)).find(HOST, IQN)).isEqualTo(found);
    return found;
  }

  private static AllTargets all(TargetDirectory... mirrors) {
    return new AllTargets(List.of(mirrors));
  }

  @Test
  void aTargetIsFoundAtTheMirrorThatHasIt() {
    assertThat(found(serves, NONE)).isSameAs(serves);
    assertThat(found(NOT_ALLOWED, NONE)).isEqualTo(NOT_ALLOWED);
  }

  /// The other one may know nothing yet, or may have missed what was made since.
  @Test
  void aTargetThatOneMirrorKnowsDoesNotWaitForTheOther() {
    assertThat(found(serves, BUSY)).isSameAs(serves);
    assertThat(found(NOT_ALLOWED, BUSY)).isEqualTo(NOT_ALLOWED);
  }

  @Test
  void thatThereIsNoneIsSaidOnlyIfEachMirrorSaysSo() {
    assertThat(found(NONE, NONE)).isEqualTo(NONE);
    assertThat(found(NONE, BUSY)).isEqualTo(BUSY);
    assertThat(found(BUSY, BUSY)).isEqualTo(BUSY);
  }

  /// Else a host would get the one volume by one path and the other by the next.
  @Test
  void aNameThatTwoMirrorsClaimIsNobodys() {
    assertThat(found(serves, servesToo)).isEqualTo(BUSY);
    assertThat(found(serves, NOT_ALLOWED)).isEqualTo(BUSY);
    assertThat(found(NOT_ALLOWED, NOT_ALLOWED)).isEqualTo(BUSY);
  }

  @Test
  void aListIsThatOfAllMirrorsOrNone() {
    var left = new Mirror(List.of("iqn.c", "iqn.a"), null);
    var right = new Mirror(List.of("iqn.b", "iqn.a"), null);
    var nothing = new Mirror(List.of(), null);

    assertThat(all(left, right).targets(HOST)).hasValue(List.of("iqn.a", "iqn.b", "iqn.c"));
    assertThat(all(nothing, right).targets(HOST)).hasValue(List.of("iqn.a", "iqn.b"));
    assertThat(all(nothing, nothing).targets(HOST)).hasValue(List.of());
    assertThat(all(left, new Mirror(NONE)).targets(HOST)).isEmpty();
    assertThat(all(new Mirror(NONE), left).targets(HOST)).isEmpty();
  }

  @Test
  void eachMirrorAnswersForItsOwnRole() {
    AllTargets both =
        all(new Mirror(List.of(), "0,Primary,7"), new Mirror(List.of(), "0,Secondary,8"));

    assertThat(both.role("of 0,Primary,7")).hasValue("0,Primary,7");
    assertThat(both.role("of 0,Secondary,8")).hasValue("0,Secondary,8");
    assertThat(both.role("of another")).isEmpty();
  }

  /// A mirror that always says the same.
  ///
  /// @param list its targets; null: not known
  private record Mirror(@Nullable List<String> list, @Nullable String told, Answer answer)
      implements TargetDirectory {
    Mirror(Answer answer) {
      this(null, null, answer);
    }

    Mirror(List<String> list, @Nullable String told) {
      this(list, told, NONE);
    }

    @Override
    public Optional<List<String>> targets(String initiatorName) {
      return Optional.ofNullable(list);
    }

    @Override
    public Answer find(String initiatorName, String iqn) {
      return answer;
    }

    @Override
    public Optional<String> role(String question) {
      return Optional.ofNullable(told).filter(one -> question.equals("of " + one));
    }
  }
}
