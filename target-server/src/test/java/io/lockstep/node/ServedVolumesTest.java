package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import io.lockstep.block.filter.StatisticsFilter;
import io.lockstep.control.api.Requests;
import io.lockstep.control.verb.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// When a Primary gives its role back.
@Tag("unit")
final class ServedVolumesTest {
  private static final long TURNS_MAX = 100_000;

  private final VirtualLoop loop = new VirtualLoop();
  private final BufferPool pool = new BufferPool(1 << 20);
  private final StatisticsFilter device =
      new StatisticsFilter(new MemoryDevice(loop, 64 << 20, 512, 4096));
  private final PrimaryParts parts =
      PrimaryParts.over(
          PrimaryParts.space(device, loop, pool),
          new OfferedTargets(loop, pool, 0, "0.1"),
          List::of,
          () -> {});
  private final ServedVolumes volumes = parts.volumes();
  private final Administration administration = parts.administration();

  private Answer call(Consumer<Consumer<Answer>> work) {
    var answers = new ArrayList<Answer>();
    work.accept(answers::add);
    loop.runUntil(() -> !answers.isEmpty(), TURNS_MAX);
    return answers.getFirst();
  }

  /// What is under way when the role is given back could reach the disk beside the work of the
  /// next one.
  @Test
  void theRoleIsGivenBackOnlyWhenTheRecordThatIsBeingStoredHasEnded() {
    volumes.open();
    loop.runUntil(volumes::isOpen, TURNS_MAX);
    call(done -> administration.createVolume(new Requests.CreateVolume("vm1", 4L << 20), done));
    call(done -> administration.createExport(Requests.CreateExport.of("vm1", List.of()), done));
    var answers = new ArrayList<Answer>();
    var underWay = new ArrayList<Long>();

    administration.changes().change("vm1", Requests.ChangeExport.writeCache(false), answers::add);
    loop.runUntil(() -> device.counts().inFlight() > 0, TURNS_MAX);
    volumes.close(() -> underWay.add((long) device.counts().inFlight()));
    loop.runUntil(() -> !underWay.isEmpty() && !answers.isEmpty(), TURNS_MAX);

    assertThat(underWay).containsExactly(0L);
    assertThat(answers.getFirst()).isInstanceOf(Answer.Bad.class);
  }
}
