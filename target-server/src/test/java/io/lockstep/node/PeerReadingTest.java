package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.VirtualLoop;
import io.lockstep.block.record.RecordPosition;
import io.lockstep.control.api.Done;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.verb.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// When the answer to a change of the exports is given.
@Tag("unit")
final class PeerReadingTest {
  private static final Answer CREATED =
      Answer.created(new ExportInfo("vm1", "iqn.t", 0, List.of(), List.of(), true, null));
  private static final Answer DELETED = Answer.ok(new Done("The export of vm1 was deleted."));

  private final VirtualLoop loop = new VirtualLoop();
  private final List<Answer> given = new ArrayList<>();
  private boolean followed = true;
  private Optional<RecordPosition> own = Optional.of(new RecordPosition(1, 5));
  private final PeerReading reading = new PeerReading(loop, () -> followed, () -> own);

  private static NodeReport report(int version, @Nullable RecordPosition read) {
    var node =
        new ToldNode(
            "b",
            1,
            "running",
            0L,
            7L,
            "0.1.0",
            1L,
            "Secondary",
            "UpToDate",
            "Connected",
            "",
            null,
            0,
            null,
            0,
            null,
            0,
            1,
            "0",
            "10.0.0.2:3260",
            null,
            0,
            0,
            null,
            List.of());
    return new NodeReport(version, node, List.of(), null, read, "main", List.of(), null);
  }

  private void answer(Answer answer) {
    reading.held(given::add).accept(answer);
    loop.runReady();
  }

  @Test
  void anAnswerWaitsUntilTheOtherNodeHasReadIt() {
    reading.reported(report(3, new RecordPosition(1, 4)));
    answer(CREATED);
    reading.reported(report(3, null));
    reading.reported(report(3, new RecordPosition(0, 5)));
    assertThat(given).isEmpty();
    reading.reported(report(3, new RecordPosition(1, 5)));
    assertThat(given).containsExactly(CREATED);
    loop.advance(2 * PeerReading.WAIT_NANOS_MAX);
    assertThat(given).hasSize(1);
    answer(DELETED);
    assertThat(given).as("has it already").containsExactly(CREATED, DELETED);
  }

  @Test
  void itIsGivenAfterAWhileAllTheSameAndSaysSo() {
    answer(CREATED);
    answer(DELETED);
    loop.advance(PeerReading.WAIT_NANOS_MAX - 1);
    assertThat(given).isEmpty();
    loop.advance(1);
    assertThat(given).hasSize(2);
    ExportInfo export = (ExportInfo) ((Answer.Good) given.getFirst()).body();
    assertThat(export.note()).contains("has not read this within 3 s");
    assertThat(export.iqn()).isEqualTo("iqn.t");
    Done done = (Done) ((Answer.Good) given.getLast()).body();
    assertThat(done.message()).contains("was deleted. The other node has not read this");
  }

  @Test
  void ofANodeThatIsNotInSyncNothingIsAwaited() {
    answer(CREATED);
    followed = false;
    reading.changed();
    assertThat(given).containsExactly(CREATED);
    answer(DELETED);
    assertThat(given).containsExactly(CREATED, DELETED);
  }

  @Test
  void aNodeThatServesNoMoreAwaitsNothing() {
    answer(CREATED);
    own = Optional.empty();
    reading.changed();
    assertThat(given).containsExactly(CREATED);
  }

  /// It never says what it has read.
  @Test
  void ofAnOlderNodeNothingIsAwaited() {
    reading.reported(report(2, null));
    answer(CREATED);
    assertThat(given).containsExactly(CREATED);
  }

  @Test
  void aRefusalDoesNotWait() {
    Answer refused = Answer.refused("x", "y", "z");
    answer(refused);
    assertThat(given).containsExactly(refused);
  }

  @Test
  void noMoreThanAFewWait() {
    for (int count = 0; count <= PeerReading.WAITING_MAX; count++) {
      answer(CREATED);
    }
    assertThat(given).hasSize(1).doesNotContain(CREATED);
  }
}
