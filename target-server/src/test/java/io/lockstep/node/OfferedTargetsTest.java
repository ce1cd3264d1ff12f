package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a portal in standby answers whoever wants to log in.
@Timeout(60)
@Tag("shell")
final class OfferedTargetsTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String OTHER = "iqn.1993-08.org.debian:01:other";
  private static final String IQN = "iqn.2026-11.io.lockstep:k7x2ma.vm1";
  private static final String NAA = "6024c530000000000000000000000001";
  private static final String NAA_2 = "6024c530000000000000000000000002";
  private static final long MIB = 1 << 20;

  private final RingLoop loop = RingLoop.start("mirror", LoopKind.EPOLL, Fatal.HALT);
  private final OfferedTargets board = new OfferedTargets(loop, new BufferPool(1 << 20), 1, "0.1");

  @AfterEach
  void stop() {
    loop.close();
  }

  private <T> T on(Supplier<T> question) {
    var answer = new CompletableFuture<T>();
    loop.execute(() -> answer.complete(question.get()));
    return answer.join();
  }

  private Class<?> find() {
    return on(() -> board.find(HOST, IQN)).getClass();
  }

  /// READ CAPACITY(10), in bytes.
  private long size() {
    var data = new CompletableFuture<ByteBuffer>();
    var task =
        new ScsiTask() {
          @Override
          public void faulted(RuntimeException cause) {
            throw cause;
          }

          @Override
          protected void completed() {
            data.complete(Check.present(takeDataIn(), "an answer"));
          }
        };
    var cdb = ByteBuffer.allocate(16).put(0, (byte) 0x25);
    task.begin(new Nexus(HOST, 1, 2), 0, cdb, TaskAttribute.SIMPLE);
    run(
        () -> {
          ScsiTarget target = ((TargetPicture.Found.Serves) board.find(HOST, IQN)).target();
          target.prepare(task);
          target.execute(task);
        });
    ByteBuffer capacity = data.join();
    return (capacity.getInt() + 1L) * capacity.getInt();
  }

  private void run(Runnable work) {
    on(
        () -> {
          work.run();
          return true;
        });
  }

  private static Export export(String... initiators) {
    return export(0, NAA, "vm1", initiators);
  }

  private static Export export(int lun, String naa, String volume, String... initiators) {
    var unit =
        new UnitRecord(
            UnitRecord.VERSION,
            volume,
            "uuid-" + volume,
            volume,
            naa,
            "SN" + volume,
            512,
            true,
            "vm1",
            lun,
            true,
            false);
    return new Export(
        unit, TargetRecord.of("vm1", IQN), AccessRecord.of("vm1", List.of(initiators)));
  }

  private List<Integer> luns() {
    return on(
        () ->
            ((ScsiTargetDevice) ((TargetPicture.Found.Serves) board.find(HOST, IQN)).target())
                .luns());
  }

  /// A host would remember the one whose size is not known as empty.
  @Test
  void aTargetOfTwoTakesNoLoginUntilBothSizesAreKnown() {
    run(() -> board.show(List.of(export(), export(5, NAA_2, "vm2"))));
    run(() -> board.mediaTold(Map.of(NAA, new MediumFacts(8 * MIB, false))));
    assertThat(find()).isEqualTo(TargetPicture.Found.Busy.class);
    run(() -> board.mediaTold(Map.of(NAA_2, new MediumFacts(4 * MIB, false))));
    assertThat(find()).isEqualTo(TargetPicture.Found.Serves.class);
    assertThat(luns()).containsExactly(0, 5);
    assertThat(on(() -> board.volumes(IQN))).isEqualTo("vm1, vm2");
    assertThat(on(() -> board.visibleTo(HOST))).isEmpty();
  }

  @Test
  void oneOfTwoGoesAndMovesWhileTheOtherStays() {
    run(() -> board.show(List.of(export(), export(5, NAA_2, "vm2"))));
    run(
        () ->
            board.mediaTold(
                Map.of(
                    NAA, new MediumFacts(8 * MIB, false), NAA_2, new MediumFacts(4 * MIB, false))));
    run(() -> board.show(List.of(export(5, NAA, "vm1"), export(0, NAA_2, "vm2"))));
    assertThat(size()).as("they have changed places").isEqualTo(4 * MIB);
    run(() -> board.show(List.of(export(0, NAA_2, "vm2", HOST))));
    assertThat(luns()).containsExactly(0);
    run(() -> board.show(List.of()));
    run(() -> board.knowledge(() -> TargetPicture.Knowledge.ALL));
    assertThat(find()).isEqualTo(TargetPicture.Found.Nothing.class);
  }

  /// A host that logs in now would attach a disk of 0 blocks.
  @Test
  void aVolumeWhoseSizeIsNotKnownTakesNoLogin() {
    run(() -> board.show(List.of(export())));
    assertThat(find()).isEqualTo(TargetPicture.Found.Busy.class);
    run(() -> board.mediaTold(Map.of(NAA, new MediumFacts(513L, false))));
    assertThat(find()).as("no size at all").isEqualTo(TargetPicture.Found.Busy.class);
    run(() -> board.mediaTold(Map.of(NAA, new MediumFacts(8 * MIB, false))));
    assertThat(find()).isEqualTo(TargetPicture.Found.Serves.class);
  }

  /// 02/03 ends open-iscsi's login for good.
  @Test
  void aNameThatIsNotKnownYetIsNotDenied() {
    assertThat(find()).as("before anything is read").isEqualTo(TargetPicture.Found.Busy.class);
    assertThat(on(() -> board.visibleTo(HOST))).isEmpty();
    run(() -> board.knowledge(() -> TargetPicture.Knowledge.SOME));
    assertThat(find()).as("there may be others by now").isEqualTo(TargetPicture.Found.Busy.class);
    assertThat(on(() -> board.visibleTo(HOST))).hasValue(List.of());
    run(() -> board.knowledge(() -> TargetPicture.Knowledge.ALL));
    assertThat(find()).isEqualTo(TargetPicture.Found.Nothing.class);
  }

  /// What a Secondary does when it has read the change of an access.
  @Test
  void whoMayNotLogInAnyMoreDoesNotStay() {
    List<String> ended = new ArrayList<>();
    run(
        () ->
            board.attach(
                (iqn, ending, _, gone) -> {
                  Stream.of(HOST, OTHER).filter(ending).forEach(ended::add);
                  gone.run();
                }));
    run(() -> board.show(List.of(export())));
    run(() -> board.show(List.of(export())));
    assertThat(ended).isEmpty();
    run(() -> board.show(List.of(export(OTHER))));
    assertThat(ended).containsExactly(HOST);
    run(() -> board.show(List.of(export(OTHER, HOST))));
    assertThat(ended).containsExactly(HOST);
  }

  @Test
  void whoMayNotUseItIsToldSoFirst() {
    run(() -> board.show(List.of(export("iqn.2026-11.org.example:other"))));
    assertThat(find()).isEqualTo(TargetPicture.Found.NotAllowed.class);
  }

  @Test
  void whatThePrimarySaidCountsBeforeTheCopyAndBeforeTheRecordIsRead() {
    run(() -> board.mediaTold(Map.of(NAA, new MediumFacts(8 * MIB, false))));
    run(() -> board.show(List.of(export())));
    run(() -> board.mediaRead(Map.of(NAA, new MediumFacts(4 * MIB, false))));
    assertThat(size()).isEqualTo(8 * MIB);
    run(() -> board.mediaTold(Map.of()));
    assertThat(size()).as("said last").isEqualTo(8 * MIB);
  }

  @Test
  void theCopyIsBelievedUntilThePrimaryHasSpoken() {
    run(() -> board.mediaRead(Map.of(NAA, new MediumFacts(4 * MIB, false))));
    run(() -> board.show(List.of(export())));
    assertThat(find()).isEqualTo(TargetPicture.Found.Serves.class);
    assertThat(size()).isEqualTo(4 * MIB);
    run(() -> board.mediaTold(Map.of(NAA, new MediumFacts(8 * MIB, false))));
    assertThat(size()).isEqualTo(8 * MIB);
  }
}
