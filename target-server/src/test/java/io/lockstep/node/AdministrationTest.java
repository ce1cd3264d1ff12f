package io.lockstep.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BufferPool;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.filter.FaultFilter;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.api.ExportInfo;
import io.lockstep.control.api.Problem;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.SessionInfo;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.mirror.meta.DiskLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Volumes and exports on a Primary: real records, volume group and targets, over memory.
@Timeout(60)
@Tag("shell")
final class AdministrationTest {
  private static final long MIB = 1 << 20;
  private static final String HOST = "iqn.1993-08.org.debian:01:host";
  private static final String OTHER = "iqn.1993-08.org.debian:01:other";

  private final RingLoop loop = RingLoop.start("mirror", LoopKind.EPOLL, Fatal.HALT);
  private final BufferPool pool = new BufferPool(8 << 20);
  private final MemoryDevice device = new MemoryDevice(loop, 64 << 20, 512, 4096);
  private final FaultFilter faults = new FaultFilter(device, loop);
  private final List<SessionInfo> sessions = new ArrayList<>();
  private final OfferedTargets targets = new OfferedTargets(loop, pool, 0, "0.1");
  private PrimaryParts parts = over(targets);

  private Administration administration() {
    return parts.administration();
  }

  private PrimaryParts over(OfferedTargets board) {
    return PrimaryParts.over(
        PrimaryParts.space(faults, loop, pool), board, () -> sessions, () -> {});
  }

  @BeforeEach
  void open() {
    targets.knowledge(() -> TargetPicture.Knowledge.ALL);
    call(
        done -> {
          parts.volumes().open();
          awaitOpen(done);
        });
  }

  private void awaitOpen(Consumer<Answer> done) {
    if (parts.volumes().isOpen()) {
      done.accept(Answer.ok("open"));
    } else {
      loop.schedule(() -> awaitOpen(done), 1_000_000);
    }
  }

  @AfterEach
  void stop() {
    loop.close();
  }

  private Answer call(Consumer<Consumer<Answer>> work) {
    var answer = new CompletableFuture<Answer>();
    loop.execute(() -> work.accept(answer::complete));
    return answer.join();
  }

  private Answer create(String name, long size) {
    return call(done -> administration().createVolume(new Requests.CreateVolume(name, size), done));
  }

  private Answer export(String volume, String... initiators) {
    return call(
        done ->
            administration()
                .createExport(Requests.CreateExport.of(volume, List.of(initiators)), done));
  }

  private static Problem problem(Answer answer) {
    assertThat(answer).isInstanceOf(Answer.Bad.class);
    return ((Answer.Bad) answer).problem();
  }

  private static <T> T body(Answer answer, Class<T> type) {
    assertThat(answer).isInstanceOf(Answer.Good.class);
    return type.cast(((Answer.Good) answer).body());
  }

  @Test
  void theAnswerToARenameTellsWhatHostsKnowTheVolumeBy() {
    create("vm1", 8 * MIB);
    String iqn = body(export("vm1"), ExportInfo.class).iqn();

    Answer renamed =
        call(done -> administration().renameVolume("vm1", new Requests.RenameVolume("vm2"), done));

    VolumeInfo told = body(renamed, VolumeInfo.class);
    assertThat(told.name()).isEqualTo("vm2");
    assertThat(told.iqn()).isEqualTo(iqn);
    assertThat(told.names().naa()).isNotNull();
  }

  /// The one write that names the new metadata: whether it counts nobody can tell.
  @Test
  void aChangeOfWhichNobodyCanTellIsNoRefusal() {
    create("vm1", 8 * MIB);
    long header = DiskLayout.RECORDS_BYTES + 4096;
    faults.failing(
        one ->
            one.kind() == FaultFilter.Kind.WRITE && one.range().offset() == header
                ? IoResult.mediumError("planted")
                : IoResult.OK);

    Problem problem = problem(call(done -> administration().deleteVolume("vm1", done)));

    assertThat(problem.status()).isEqualTo(500);
    assertThat(problem.what()).isEqualTo("Volume vm1 may not have been deleted");
    assertThat(problem(create("vm2", 8 * MIB)).status()).isEqualTo(409);
  }

  @Test
  void volumeLargerThanTheFreeSpaceIsRefused() {
    Problem problem = problem(create("vm1", 1 << 30));

    assertThat(problem.status()).isEqualTo(409);
    assertThat(problem.what()).contains("vm1");
    assertThat(problem.why()).isNotEmpty();
    assertThat(problem.action()).isNotEmpty();
  }

  @Test
  void forbiddenNameIsRefused() {
    assertThat(problem(create("VM 1", 8 * MIB)).why()).contains("'V'");
  }

  @Test
  void requestWithoutItsFieldsIsRefused() {
    Answer answer =
        call(done -> administration().createVolume(new Requests.CreateVolume("vm1", null), done));

    assertThat(problem(answer).status()).isEqualTo(400);
  }

  @Test
  void shrinkNeedsItsFlag() {
    create("vm1", 16 * MIB);

    Answer refused =
        call(
            done ->
                administration()
                    .resizeVolume("vm1", new Requests.ResizeVolume(8 * MIB, null), done));
    Answer done =
        call(
            end ->
                administration()
                    .resizeVolume("vm1", new Requests.ResizeVolume(8 * MIB, true), end));

    assertThat(problem(refused).why()).isNotEmpty();
    assertThat(body(done, VolumeInfo.class).sizeBytes()).isEqualTo(8 * MIB);
  }

  @Test
  void shrinkUnderASessionIsRefused() {
    create("vm1", 16 * MIB);
    sessions.add(session(body(export("vm1"), ExportInfo.class).iqn()));

    Answer refused =
        call(
            done ->
                administration()
                    .resizeVolume("vm1", new Requests.ResizeVolume(8 * MIB, true), done));

    assertThat(problem(refused).why()).contains(HOST + " at node b is logged in");
  }

  @Test
  void exportedVolumeIsNotDeletedAndNeitherIsOneWithSessions() {
    create("vm1", 8 * MIB);
    String iqn = body(export("vm1"), ExportInfo.class).iqn();
    Consumer<Consumer<Answer>> delete = done -> administration().deleteVolume("vm1", done);

    assertThat(problem(call(delete)).why()).isEqualTo("it is exported");
    sessions.add(session(iqn));
    assertThat(problem(call(delete)).why()).isEqualTo(HOST + " at node b is logged in to it");
    assertThat(problem(call(done -> administration().deleteExport("vm1", done))).why())
        .isEqualTo(HOST + " at node b is logged in to it");
  }

  @Test
  void exportOfAnUnknownVolumeIsNotFound() {
    assertThat(problem(export("vm9")).status()).isEqualTo(404);
  }

  @Test
  void exportToWhatIsNoInitiatorIsRefused() {
    create("vm1", 8 * MIB);

    assertThat(problem(export("vm1", "host1")).why()).contains("\"host1\"");
  }

  @Test
  void secondExportOfAVolumeIsRefused() {
    create("vm1", 8 * MIB);
    export("vm1");

    assertThat(problem(export("vm1")).why()).contains("exported already as iqn.2026-11");
  }

  @Test
  void onlyNamedInitiatorsMayLogIn() {
    create("vm1", 8 * MIB);
    String iqn = body(export("vm1", HOST), ExportInfo.class).iqn();

    assertThat(targets.find(HOST, iqn)).isInstanceOf(TargetPicture.Found.Serves.class);
    assertThat(targets.find("iqn.2000-01.org:x", iqn))
        .isInstanceOf(TargetPicture.Found.NotAllowed.class);
    assertThat(targets.find(HOST, iqn + "x")).isInstanceOf(TargetPicture.Found.Nothing.class);
    assertThat(targets.visibleTo(HOST)).hasValue(List.of(iqn));
    assertThat(targets.visibleTo("iqn.2000-01.org:x")).hasValue(List.of());
  }

  @Test
  void iqnStaysThroughRenameAndSecondExportAndIsNeverGivenAgain() {
    create("vm1", 8 * MIB);
    String iqn = body(export("vm1"), ExportInfo.class).iqn();
    call(done -> administration().renameVolume("vm1", new Requests.RenameVolume("web"), done));
    call(done -> administration().deleteExport("web", done));

    assertThat(body(export("web"), ExportInfo.class).iqn()).isEqualTo(iqn);
    call(done -> administration().deleteExport("web", done));
    call(done -> administration().deleteVolume("web", done));
    create("vm1", 8 * MIB);
    assertThat(body(export("vm1"), ExportInfo.class).iqn()).isNotEqualTo(iqn);
  }

  @Test
  void exportsAreThereAfterTheRoleCameBack() {
    create("vm1", 8 * MIB);
    String iqn = body(export("vm1", HOST), ExportInfo.class).iqn();
    call(done -> parts.volumes().close(() -> done.accept(Answer.ok("closed"))));
    assertThat(parts.volumes().isOpen()).isFalse();
    var board = new OfferedTargets(loop, pool, 1, "0.1");
    board.knowledge(() -> TargetPicture.Knowledge.ALL);
    parts = over(board);

    open();

    assertThat(board.visibleTo(HOST)).hasValue(List.of(iqn));
    assertThat(parts.volumes().engine().volumes()).extracting("name").containsExactly("vm1");
  }

  @Test
  void roleTakenAwayInTheMiddleOfOpeningIsGivenUpInOrder() {
    call(done -> parts.volumes().close(() -> done.accept(Answer.ok("closed"))));

    call(
        done -> {
          parts.volumes().open();
          parts.volumes().close(() -> done.accept(Answer.ok("closed")));
        });

    assertThat(parts.volumes().isOpen()).isFalse();
    assertThat(parts.volumes().failure()).isEmpty();
  }

  @Test
  void changeOfWhoIsNoLongerPrimaryIsRefused() {
    call(done -> parts.volumes().close(() -> done.accept(Answer.ok("closed"))));

    assertThat(problem(create("vm1", 8 * MIB)).why()).contains("no longer Primary");
  }

  private static SessionInfo session(String iqn) {
    return new SessionInfo("b", HOST, iqn, "vm1", "10.0.0.9:1", "000000000001", 1, 0);
  }

  private Answer exportIn(
      String volume, @Nullable String target, @Nullable Integer lun, String... initiators) {
    var request = new Requests.CreateExport(volume, List.of(initiators), target, lun, null, null);
    return call(done -> administration().createExport(request, done));
  }

  @Test
  void severalVolumesAreOfferedInOneTarget() {
    for (String name : List.of("vm1", "vm2", "vm3")) {
      create(name, 4 * MIB);
    }
    ExportInfo first = body(exportIn("vm1", "box", 3, HOST), ExportInfo.class);
    ExportInfo second = body(exportIn("vm2", "box", null), ExportInfo.class);

    assertThat(first.iqn()).isEqualTo("iqn.2026-11.io.lockstep:k7x2ma.box");
    assertThat(second.iqn()).isEqualTo(first.iqn());
    assertThat(List.of(first.lun(), second.lun())).containsExactly(3, 0);
    assertThat(second.initiators()).as("who may use the target").containsExactly(HOST);
    assertThat(targets.visibleTo(HOST)).hasValue(List.of(first.iqn()));
    assertThat(problem(exportIn("vm3", "box", 3)).why())
        .isEqualTo("LUN 3 of target box is volume vm1");
    assertThat(problem(exportIn("vm3", "box", 1, "iqn.2000-01.org:x")).why())
        .contains("target box may be used by " + HOST);
    assertThat(problem(exportIn("vm3", "Box", 1)).why()).contains("cannot be called so");

    call(done -> administration().deleteExport("vm1", done));
    assertThat(targets.volumes(first.iqn())).isEqualTo("vm2");
    assertThat(body(export("vm1"), ExportInfo.class).lun()).as("as before").isEqualTo(3);
  }

  /// A host that remembers a target would find other data in it.
  @Test
  void theNameOfATargetWhoseVolumesAreGoneIsNotGivenAgain() {
    create("vm1", 4 * MIB);
    create("vm2", 4 * MIB);
    exportIn("vm1", "box", null);
    call(done -> administration().deleteExport("vm1", done));
    body(exportIn("vm2", "box", null), ExportInfo.class);
    call(done -> administration().deleteExport("vm2", done));
    call(done -> administration().deleteVolume("vm1", done));
    call(done -> administration().deleteVolume("vm2", done));
    create("vm3", 4 * MIB);

    assertThat(problem(exportIn("vm3", "box", null)).why()).contains("volume that is gone");
    create("box", 4 * MIB);
    assertThat(body(export("box"), ExportInfo.class).iqn()).endsWith("k7x2ma.box-2");
  }

  @Test
  void aTargetOfSeveralIsThereAfterTheRoleCameBack() {
    create("vm1", 4 * MIB);
    create("vm2", 4 * MIB);
    exportIn("vm1", "box", 1, HOST);
    exportIn("vm2", "box", 2, HOST);
    call(done -> administration().renameVolume("vm2", new Requests.RenameVolume("web"), done));
    call(done -> parts.volumes().close(() -> done.accept(Answer.ok("closed"))));
    var board = new OfferedTargets(loop, pool, 1, "0.1");
    parts = over(board);
    open();

    assertThat(board.exports())
        .extracting(one -> one.volume() + " " + one.lun() + " " + one.initiators())
        .containsExactlyInAnyOrder("vm1 1 [" + HOST + "]", "web 2 [" + HOST + "]");
  }

  @Test
  void theWriteCacheStaysWithTheVolume() {
    create("vm1", 4 * MIB);
    ExportInfo export = body(export("vm1"), ExportInfo.class);
    assertThat(export.writeCache()).isTrue();

    Answer changed =
        call(
            done ->
                administration()
                    .changes()
                    .change("vm1", Requests.ChangeExport.writeCache(false), done));
    assertThat(body(changed, ExportInfo.class).writeCache()).isFalse();
    call(done -> administration().deleteExport("vm1", done));

    assertThat(body(export("vm1"), ExportInfo.class).writeCache()).as("exported anew").isFalse();
    call(
        done ->
            administration()
                .changes()
                .keepWriteCache(
                    parts.volumes().records().ofVolume("vm1").orElseThrow().naa(),
                    true,
                    new io.lockstep.scsi.Nexus(HOST, 1, 1),
                    result -> done.accept(Answer.ok(result))));
    assertThat(parts.volumes().records().ofVolume("vm1").orElseThrow().writeCache()).isTrue();
  }

  @Test
  void sessionsThatWouldEndAreNamedBeforeAnythingIsChanged() {
    create("vm1", 4 * MIB);
    String iqn = body(export("vm1", HOST), ExportInfo.class).iqn();
    sessions.add(new SessionInfo("b", HOST, iqn, "vm1", "10.0.0.9:1", "0", 1, 0));
    List<String> ended = new ArrayList<>();
    targets.attach(
        (_, ending, _, gone) -> {
          ended.addAll(Stream.of(HOST, OTHER).filter(ending).toList());
          gone.run();
        });

    Problem problem = problem(change(List.of(OTHER), false));
    assertThat(problem.status()).isEqualTo(409);
    assertThat(problem.sentence()).contains(HOST + " at node b is logged in", "--yes");
    assertThat(parts.volumes().records().exportOf("vm1").orElseThrow().initiators())
        .containsExactly(HOST);
    assertThat(ended).isEmpty();
    assertThat(problem(change(List.of("nobody"), true)).why()).contains("\"nobody\"");

    assertThat(body(change(List.of(HOST, OTHER), false), ExportInfo.class).initiators())
        .containsExactly(HOST, OTHER);
    assertThat(ended).isEmpty();
    var unseen =
        Requests.ChangeExport.initiators(List.of(OTHER), false).ending(List.of("iqn.x:seen"));
    assertThat(problem(call(done -> administration().changes().change("vm1", unseen, done))).why())
        .as("somebody who came after the others were shown")
        .contains(HOST + " at node b is logged in");
    assertThat(ended).isEmpty();
    var seen = Requests.ChangeExport.initiators(List.of(OTHER, OTHER), false).ending(List.of(HOST));
    call(done -> administration().changes().change("vm1", seen, done));
    assertThat(ended).containsExactly(HOST);
    assertThat(parts.volumes().records().exportOf("vm1").orElseThrow().initiators())
        .containsExactly(OTHER);
  }

  private Answer change(List<String> initiators, boolean endSessions) {
    var request = Requests.ChangeExport.initiators(initiators, endSessions);
    return call(done -> administration().changes().change("vm1", request, done));
  }

  @Test
  void whatIsExclusiveIsSaidOfTheTarget() {
    create("vm1", 4 * MIB);
    create("vm2", 4 * MIB);
    var exclusive = new Requests.CreateExport("vm1", List.of(), "box", null, null, true);
    call(done -> administration().createExport(exclusive, done));
    var second = new Requests.CreateExport("vm2", List.of(), "box", null, null, null);
    assertThat(
            body(call(done -> administration().createExport(second, done)), ExportInfo.class)
                .meansOneHost())
        .isTrue();

    var plain = new Requests.ChangeExport(null, null, false, null, null);
    call(done -> administration().changes().change("vm2", plain, done));
    assertThat(parts.volumes().records().exportOf("vm1").orElseThrow().access().exclusive())
        .isFalse();
    call(done -> administration().deleteExport("vm1", done));
    assertThat(problem(call(done -> administration().createExport(exclusive, done))).why())
        .contains("meant for several hosts");
  }

  @Test
  void theWriteCacheOfWhatIsNotExportedCannotBeSwitched() {
    create("vm1", 4 * MIB);
    for (Requests.ChangeExport change :
        List.of(
            Requests.ChangeExport.writeCache(false),
            new Requests.ChangeExport(null, null, null, null, null))) {
      Problem problem =
          problem(call(done -> administration().changes().change("vm1", change, done)));
      assertThat(problem.what()).isEqualTo("The export of vm1 was not changed");
    }
  }
}
