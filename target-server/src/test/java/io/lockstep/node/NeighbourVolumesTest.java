package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockRange;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.Durability;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.filter.SliceDevice;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.api.Alert;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTarget;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.volume.ExtentLayout;
import io.lockstep.volume.GroupPicture;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One volume of the group becomes something else under the lvm2 tools while the node is stopped:
/// what its hosts are told then, what its neighbours' hosts are, and what a person is.
@Timeout(60)
@Tag("shell")
final class NeighbourVolumesTest {
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final Nexus NEXUS = new Nexus(HOST, 1, 1);
  private static final int MIB = 1 << 20;
  private static final String WRITE = "2A000000000800000100";
  private static final String READ = "28000000000800000100";

  private final RingLoop loop = RingLoop.start("mirror", LoopKind.EPOLL, Fatal.HALT);
  private final BufferPool pool = new BufferPool(8 << 20);
  private final MemoryDevice device = new MemoryDevice(loop, 64 << 20, 512, 4096);
  private OfferedTargets targets = new OfferedTargets(loop, pool, 0, "0.1");
  private PrimaryParts parts = over(targets);

  private Administration administration() {
    return parts.administration();
  }

  private PrimaryParts over(OfferedTargets board) {
    return PrimaryParts.over(PrimaryParts.space(device, loop, pool), board, List::of, () -> {});
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  private <T> T on(Consumer<CompletableFuture<T>> work) {
    var answer = new CompletableFuture<T>();
    loop.execute(() -> work.accept(answer));
    return answer.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private void open() {
    on(
        done -> {
          parts.volumes().open();
          awaitOpen(done);
        });
  }

  private void awaitOpen(CompletableFuture<Object> done) {
    if (parts.volumes().isOpen() || parts.volumes().failure().isPresent()) {
      done.complete(parts.volumes().failure());
    } else {
      loop.schedule(() -> awaitOpen(done), 1_000_000);
    }
  }

  private Answer call(Consumer<Consumer<Answer>> request) {
    return on(answer -> request.accept(answer::complete));
  }

  private Answer export(String volume) {
    return call(
        done -> administration().createExport(Requests.CreateExport.of(volume, List.of()), done));
  }

  /// Volumes vm1 and vm2, exported; then the node is stopped, the group's text is edited, and the
  /// node is started again.
  private void edited(UnaryOperator<String> edit) {
    open();
    for (String name : List.of("vm1", "vm2")) {
      call(done -> administration().createVolume(new Requests.CreateVolume(name, 4L * MIB), done));
      assertThat(export(name)).isInstanceOf(Answer.Good.class);
    }
    on(done -> parts.volumes().close(() -> done.complete(true)));
    byte[] pv = new byte[LvmText.PV_BYTES];
    transfer(pv, false);
    LvmText.put(pv, edit.apply(LvmText.of(pv)));
    transfer(pv, true);
    targets = new OfferedTargets(loop, pool, 0, "0.1");
    parts = over(targets);
    open();
    on(
        done -> {
          for (Export export : targets.exports()) {
            var found = (TargetPicture.Found.Serves) targets.find(HOST, export.iqn());
            found.target().nexusOpened(NEXUS);
          }
          done.complete(true);
        });
  }

  private void transfer(byte[] pv, boolean write) {
    for (int at = 0; at < pv.length; at += 64 << 10) {
      ByteBuffer piece = ByteBuffer.allocateDirect(64 << 10).put(0, pv, at, 64 << 10);
      long offset = DiskLayout.RECORDS_BYTES + at;
      on(
          done -> {
            if (write) {
              device.write(offset, piece, Durability.FUA, done::complete);
            } else {
              device.read(offset, piece, done::complete);
            }
          });
      piece.get(0, pv, at, 64 << 10);
    }
  }

  /// How a command of a host that has heard all unit attentions ends.
  private ScsiResult scsi(String volume, String cdb) {
    ScsiResult result = once(volume, cdb);
    while (result instanceof ScsiResult.CheckCondition sense && sense.key().code() == 6) {
      result = once(volume, cdb);
    }
    return result;
  }

  private ScsiResult once(String volume, String cdb) {
    String iqn = "iqn.2026-11.io.lockstep:k7x2ma." + volume;
    return on(
        done -> {
          var found = (TargetPicture.Found.Serves) targets.find(HOST, iqn);
          ScsiTarget target = found.target();
          var task =
              new ScsiTask() {
                @Override
                public void faulted(RuntimeException cause) {
                  throw cause;
                }

                @Override
                protected void completed() {
                  ByteBuffer in = takeDataIn();
                  if (in != null) {
                    pool.giveBack(in);
                  }
                  done.complete(Check.present(result(), "a result"));
                }
              };
          byte[] bytes = new byte[16];
          byte[] given = HexFormat.of().parseHex(cdb);
          System.arraycopy(given, 0, bytes, 0, given.length);
          task.begin(NEXUS, 0, ByteBuffer.wrap(bytes), TaskAttribute.SIMPLE);
          target.prepare(task);
          if (!task.isEnded()) {
            if (task.dataOutBytes() > 0) {
              task.dataOut(pool.borrow(task.dataOutBytes()));
            }
            target.execute(task);
          }
        });
  }

  private List<Alert> alerts() {
    return on(
        done ->
            done.complete(
                VolumeAlerts.of(
                    "a",
                    VolumeView.of(parts.volumes().engine().group()),
                    VolumeView.allOf(parts.volumes()))));
  }

  private static String thin(String text) {
    int at = text.indexOf("striped", text.indexOf("vm1 {"));
    return text.substring(0, at) + "thin" + text.substring(at + "striped".length());
  }

  private static String readOnly(String text) {
    int at = text.indexOf("WRITE_LOCKED", text.indexOf("vm1 {"));
    return text.substring(0, at - 1) + text.substring(at + "WRITE_LOCKED".length() + 1);
  }

  @Test
  void aVolumeOfAnotherKindIsNotReadyAndItsNeighbourServes() {
    edited(NeighbourVolumesTest::thin);

    assertThat(parts.volumes().failure()).isEmpty();
    assertThat(scsi("vm2", WRITE)).isEqualTo(ScsiResult.good());
    assertThat(scsi("vm2", READ)).isEqualTo(ScsiResult.good());
    assertThat(scsi("vm1", READ)).isEqualTo(ScsiResult.manualIntervention());
    assertThat(scsi("vm1", WRITE)).isEqualTo(ScsiResult.manualIntervention());
    assertThat(alerts())
        .extracting(Alert::severity, Alert::code)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(Alert.WARNING, "volume-not-served"),
            org.assertj.core.groups.Tuple.tuple(Alert.INFO, "group-read-only"));
    assertThat(alerts().getFirst().what())
        .isEqualTo("Volume vm1 is not served: it has a segment of type thin.");
    Answer refused =
        call(
            done ->
                administration().createVolume(new Requests.CreateVolume("vm3", 4L * MIB), done));
    assertThat(((Answer.Bad) refused).problem().why()).contains("vm1 has a segment of type thin");
  }

  @Test
  void aVolumeThatCannotBeServedIsNotExported() {
    edited(text -> thin(text).replace("vm1 {", "other {"));
    Answer gone = call(done -> administration().deleteExport("other", done));
    assertThat(gone).isInstanceOf(Answer.Good.class);

    Answer refused = export("other");

    assertThat(((Answer.Bad) refused).problem().why())
        .isEqualTo("it cannot be served here: it has a segment of type thin");
  }

  @Test
  void aReadOnlyVolumeSaysSoAndItsNeighbourIsWritten() {
    edited(NeighbourVolumesTest::readOnly);

    assertThat(scsi("vm2", WRITE)).isEqualTo(ScsiResult.good());
    assertThat(scsi("vm1", READ)).isEqualTo(ScsiResult.good());
    assertThat(scsi("vm1", WRITE)).isEqualTo(ScsiResult.writeProtected());
    assertThat(alerts()).extracting(Alert::code).containsExactly("volume-read-only");
    assertThat(alerts().getFirst().what()).contains("vm1").contains("lvchange --permission r");
    assertThat(
            call(
                done ->
                    administration()
                        .createVolume(new Requests.CreateVolume("vm3", 4L * MIB), done)))
        .as("the group can be changed")
        .isInstanceOf(Answer.Good.class);
  }

  /// `vgcreate --dataalignment 2m`: what is shown is where the bytes lie, not where they use to.
  @Test
  void aGroupThatWasAlignedOtherwiseIsShownWhereItLies() {
    edited(text -> text.replace("pe_start = 2048", "pe_start = 4096"));

    List<VolumeInfo> volumes = on(done -> done.complete(VolumeView.allOf(parts.volumes())));
    assertThat(volumes)
        .extracting(volume -> volume.segments().getFirst().dataOffset())
        .containsExactly(2L * MIB, 6L * MIB);
    CompletableFuture<GroupPicture> picture = new CompletableFuture<>();
    var range =
        new BlockRange(
            DiskLayout.RECORDS_BYTES, device.limits().sizeBytes() - DiskLayout.RECORDS_BYTES);
    loop.execute(
        () ->
            PrimaryParts.engines()
                .picture(
                    new SliceDevice(device, loop, range),
                    pool,
                    found -> picture.complete(found.orElse(GroupPicture.NONE))));
    assertThat(picture.orTimeout(30, TimeUnit.SECONDS).join().layout())
        .as("as the Secondary reads it")
        .isEqualTo(new ExtentLayout(2L * MIB, 4L * MIB));
  }

  @Test
  void aGroupOfSomebodyElseIsReadAndNotWritten() {
    edited(text -> text.replace("system_id = \"lockstep-t\"", "system_id = \"other\""));

    assertThat(scsi("vm1", READ)).isEqualTo(ScsiResult.good());
    assertThat(scsi("vm1", WRITE)).isEqualTo(ScsiResult.writeProtected());
    assertThat(alerts())
        .extracting(Alert::code)
        .containsExactly("volume-read-only", "volume-read-only", "group-read-only");
  }
}
