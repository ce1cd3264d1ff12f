package io.lockstep.nbd.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.lockstep.block.BlockLimits;
import io.lockstep.block.IoResult;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.VirtualLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What a session answers, and what it asks of its device.
@Tag("unit")
class NbdSessionTest {
  private static final int SIZE = 64 << 20;
  private static final int FUA = 1;
  private static final int NO_HOLE = 2;
  private static final int DF = 4;
  private static final int REQ_ONE = 8;
  private static final int FAST_ZERO = 16;

  private static final int FLUSH = 3;
  private static final int TRIM = 4;
  private static final int CACHE = 5;
  private static final int ZEROES = 6;
  private static final int STATUS = 7;

  private static final int EPERM = 1;
  private static final int EIO = 5;
  private static final int EINVAL = 22;
  private static final int ENOSPC = 28;
  private static final int EOVERFLOW = 75;
  private static final int ENOTSUP = 95;

  private static final BlockLimits LIMITS =
      new BlockLimits(SIZE, 512, 4096, 1 << 20, 1, true, true);

  private final VirtualLoop loop = new VirtualLoop();
  private final StagedDevice device = new StagedDevice(LIMITS);
  private final SessionBench.Parts parts = new SessionBench.Parts(loop, device);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsWrittenIsRead(boolean structured) {
    SessionBench.Parts onMemory =
        new SessionBench.Parts(loop, new MemoryDevice(loop, SIZE, 512, 4096));
    onMemory.structured = structured;
    SessionBench bench = new SessionBench(onMemory);
    SplittableRandom random = new SplittableRandom(1);
    for (int length : new int[] {512, 4096, 1 << 20, (3 << 20) + 512, 32 << 20}) {
      byte[] data = new byte[length];
      random.nextBytes(data);
      bench.write(0, length, 512, data);
      Reply written = bench.reply();
      assertThat(written.cookie()).isEqualTo(length);
      assertThat(written.error()).isZero();
      bench.read(structured ? DF : 0, 7, 512, length);
      Reply back = bench.reply();
      assertThat(back.type()).isEqualTo(structured ? Reply.DATA : Reply.SIMPLE);
      assertThat(back.data()).isEqualTo(ByteBuffer.wrap(data));
    }
    assertThat(onMemory.pool.borrowedBytes()).isZero();
    assertThat(onMemory.budget.heldBytes()).isZero();
    assertThat(bench.session.requestsInFlight()).isZero();
  }

  @Test
  void zeroesAreToldAsHolesUnlessTheClientWantsOneChunk() {
    SessionBench.Parts onMemory =
        new SessionBench.Parts(loop, new MemoryDevice(loop, SIZE, 512, 4096));
    SessionBench bench = new SessionBench(onMemory);
    byte[] data = new byte[1 << 20];
    data[data.length - 1] = 1;
    bench.write(0, 1, 2 << 20, data);
    bench.replies();
    bench.read(0, 2, 0, 5 << 20);
    List<Reply> chunks = bench.replies();
    assertThat(chunks).extracting(Reply::type).containsExactly(Reply.HOLE, Reply.DATA, Reply.HOLE);
    assertThat(chunks).extracting(Reply::last).containsExactly(false, false, true);
    assertThat(chunks).extracting(Reply::offset).containsExactly(0L, 2L << 20, 3L << 20);
    assertThat(chunks.getFirst().data().getInt()).isEqualTo(2 << 20);
    assertThat(chunks.get(1).data()).isEqualTo(ByteBuffer.wrap(data));
    bench.read(DF, 3, 0, 5 << 20);
    Reply whole = bench.reply();
    assertThat(whole.type()).isEqualTo(Reply.DATA);
    assertThat(whole.data().remaining()).isEqualTo(5 << 20);
  }

  @Test
  void zeroesEndAtTheFirstByteThatIsNone() {
    byte[] bytes = new byte[21];
    assertThat(ReplySender.isZero(ByteBuffer.wrap(bytes))).isTrue();
    for (int at = 0; at < bytes.length; at++) {
      bytes[at] = 1;
      assertThat(ReplySender.isZero(ByteBuffer.wrap(bytes))).isFalse();
      bytes[at] = 0;
    }
  }

  @Test
  void eachCommandReachesTheDeviceAsDurableAsItWasAskedFor() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.write(FUA, 2, 4096, new byte[512]);
    bench.other(0, FLUSH, 3, 0, 0);
    bench.other(0, TRIM, 4, 8192, 4096);
    bench.other(FUA, TRIM, 5, 16384, 4096);
    bench.other(0, ZEROES, 6, 1 << 20, 1 << 30 >> 5);
    bench.other(NO_HOLE, ZEROES, 7, 512, 512);
    bench.other(FUA | NO_HOLE, ZEROES, 8, 1024, 512);
    bench.other(FAST_ZERO, ZEROES, 9, 1536, 512);
    assertThat(device.begun)
        .containsExactly(
            "write 0+512 WRITE_BACK",
            "write 4096+512 FUA",
            "flush",
            "discard 8192+4096 WRITE_BACK",
            "discard 16384+4096 FUA",
            "discard 1048576+33554432 WRITE_BACK",
            "zero 512+512 WRITE_BACK",
            "zero 1024+512 FUA",
            "discard 1536+512 WRITE_BACK");
    assertThat(bench.replies()).isEmpty();
    device.endAll();
    assertThat(bench.replies())
        .extracting(Reply::cookie)
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L);
    bench.other(FUA, CACHE, 10, 0, 4096);
    assertThat(bench.reply().error()).isZero();
  }

  @Test
  void zeroesThatAreNotCheapAreRefusedAtOnce() {
    SessionBench bench = new SessionBench(parts);
    bench.other(FAST_ZERO | NO_HOLE, ZEROES, 1, 0, 512);
    assertThat(bench.reply().error()).isEqualTo(ENOTSUP);
    BlockLimits plain = new BlockLimits(SIZE, 512, 512, 1 << 20, 1, false, true);
    StagedDevice without = new StagedDevice(plain);
    SessionBench other = new SessionBench(new SessionBench.Parts(loop, without));
    other.other(FAST_ZERO, ZEROES, 1, 0, 512);
    assertThat(other.reply().error()).isEqualTo(ENOTSUP);
    other.other(0, TRIM, 2, 0, 512);
    assertThat(other.reply().error()).isEqualTo(EINVAL);
    other.other(0, ZEROES, 3, 0, 512);
    assertThat(without.begun).containsExactly("zero 0+512 WRITE_BACK");
  }

  @Test
  void whatTheDocumentForbidsFails() {
    SessionBench bench = new SessionBench(parts);
    expect(bench, EINVAL, () -> bench.other(0, 99, 1, 0, 512));
    expect(bench, EINVAL, () -> bench.other(1 << 9, FLUSH, 1, 0, 0));
    expect(bench, EINVAL, () -> bench.other(DF, TRIM, 1, 0, 512));
    expect(bench, EINVAL, () -> bench.other(0, FLUSH, 1, 0, 512));
    expect(bench, EINVAL, () -> bench.read(0, 1, 100, 512));
    expect(bench, EINVAL, () -> bench.read(0, 1, 0, 100));
    expect(bench, EINVAL, () -> bench.read(0, 1, SIZE - 512, 1024));
    expect(bench, EINVAL, () -> bench.read(0, 1, -512, 512));
    expect(bench, EINVAL, () -> bench.read(0, 1, Long.MIN_VALUE, 512));
    expect(bench, EINVAL, () -> bench.read(0, 1, 0, (32 << 20) + 512));
    expect(bench, EOVERFLOW, () -> bench.read(DF, 1, 0, (32 << 20) + 512));
    expect(bench, ENOSPC, () -> bench.write(0, 1, SIZE, new byte[512]));
    expect(bench, ENOSPC, () -> bench.write(0, 1, Long.MAX_VALUE - 511, new byte[512]));
    expect(bench, ENOSPC, () -> bench.other(0, ZEROES, 1, 0, 0xffff_fe00L));
    expect(bench, EINVAL, () -> bench.other(0, TRIM, 1, SIZE, 512));
    expect(bench, EINVAL, () -> bench.other(0, STATUS, 1, 0, 512));
    expect(bench, EINVAL, () -> bench.write(0, 1, 0, new byte[(32 << 20) + 512]));
    assertThat(device.begun).isEmpty();
    assertThat(bench.closed).isEmpty();
    bench.write(0, 2, 0, new byte[512]);
    assertThat(device.begun).containsExactly("write 0+512 WRITE_BACK");
  }

  private static void expect(SessionBench bench, int error, Runnable request) {
    request.run();
    Reply reply = bench.reply();
    assertThat(reply.error()).as(reply.text()).isEqualTo(error);
    assertThat(reply.last()).isTrue();
    assertThat(reply.text()).isNotEmpty();
  }

  @Test
  void withoutStructuredRepliesErrorsAreNumbers() {
    parts.structured = false;
    SessionBench bench = new SessionBench(parts);
    bench.read(DF, 1, 0, 512);
    assertThat(bench.reply())
        .extracting(Reply::type, Reply::error)
        .containsExactly(Reply.SIMPLE, EINVAL);
    bench.read(0, 2, 0, 512);
    device.end(IoResult.mediumError("a bad sector"));
    assertThat(bench.reply())
        .extracting(Reply::type, Reply::error)
        .containsExactly(Reply.SIMPLE, EIO);
  }

  @Test
  void anExportThatMayOnlyBeReadTakesNoChange() {
    parts.readOnly = true;
    SessionBench bench = new SessionBench(parts);
    expect(bench, EPERM, () -> bench.write(0, 1, 0, new byte[512]));
    expect(bench, EPERM, () -> bench.other(0, TRIM, 1, 0, 512));
    expect(bench, EPERM, () -> bench.other(0, ZEROES, 1, 0, 512));
    bench.other(0, FLUSH, 2, 0, 0);
    assertThat(device.begun).containsExactly("flush");
  }

  @Test
  void nothingIsDoneAtOnce() {
    SessionBench bench = new SessionBench(parts);
    bench.read(0, 1, 0, 0);
    assertThat(bench.reply().type()).isEqualTo(Reply.NONE);
    bench.write(0, 2, 512, new byte[0]);
    bench.other(0, TRIM, 3, SIZE, 0);
    assertThat(bench.replies()).extracting(Reply::error).containsExactly(0, 0);
    assertThat(device.begun).isEmpty();
  }

  @Test
  void aFailureAtTheDeviceNamesItsPlace() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[3 << 20]);
    assertThat(device.begun).hasSize(3);
    device.end(IoResult.OK);
    device.end(IoResult.mediumError("a bad sector"));
    device.end(IoResult.noSpace("full"));
    Reply reply = bench.reply();
    assertThat(reply.type()).isEqualTo(Reply.ERROR_OFFSET);
    assertThat(reply.error()).isEqualTo(EIO);
    assertThat(reply.offset()).isEqualTo(1 << 20);
    bench.other(0, ZEROES, 2, 0, 512);
    device.end(IoResult.noSpace("full"));
    assertThat(bench.reply())
        .extracting(Reply::type, Reply::error)
        .containsExactly(Reply.ERROR, ENOSPC);
    bench.other(0, FLUSH, 3, 0, 0);
    device.end(IoResult.mediumError("a flush failed"));
    assertThat(bench.reply().error()).isEqualTo(EIO);
    bench.write(0, 4, 0, new byte[512]);
    device.end(IoResult.writeProtected("a snapshot"));
    assertThat(bench.reply().error()).isEqualTo(EPERM);
  }

  @Test
  void whatTheDeviceHasNoPlaceForIsTriedAgain() {
    SessionBench bench = new SessionBench(parts);
    bench.write(0, 1, 0, new byte[512]);
    bench.write(0, 2, 0, new byte[512]);
    device.end(IoResult.busy("full"));
    assertThat(bench.replies()).isEmpty();
    assertThat(device.underWay).isEmpty();
    loop.advance(DeviceWork.PAUSE_NANOS);
    assertThat(device.underWay).hasSize(1);
    device.end(IoResult.OK);
    assertThat(bench.reply().cookie()).isEqualTo(1);
    for (int count = 0; count < DeviceWork.TRIES_MAX; count++) {
      device.end(IoResult.busy("full"));
      loop.advance(DeviceWork.PAUSE_NANOS);
    }
    device.end(IoResult.busy("full"));
    assertThat(bench.closed).containsExactly("full");
  }

  @Test
  void changesOfTheSameRangeGoOneAfterAnotherAlsoOnTwoConnections() {
    SessionBench one = new SessionBench(parts);
    SessionBench other = new SessionBench(parts);
    one.write(0, 1, 0, new byte[4096]);
    other.write(0, 1, 512, new byte[512]);
    one.other(0, TRIM, 2, 0, 512);
    one.write(0, 3, 8192, new byte[512]);
    one.read(0, 4, 0, 4096);
    assertThat(device.begun)
        .containsExactly("write 0+4096 WRITE_BACK", "write 8192+512 WRITE_BACK", "read 0+4096");
    device.end(IoResult.OK);
    assertThat(device.begun).contains("write 512+512 WRITE_BACK", "discard 0+512 WRITE_BACK");
    device.endAll();
    assertThat(one.replies()).extracting(Reply::cookie).containsExactly(1L, 3L, 4L, 2L);
    assertThat(other.replies()).hasSize(1);
  }

  @Test
  void whatEndsTogetherLeavesTogether() {
    SessionBench bench = new SessionBench(parts);
    for (int cookie = 0; cookie < 32; cookie++) {
      bench.read(0, cookie, 4096L * cookie, 4096);
    }
    device.endAll();
    assertThat(bench.replies()).hasSize(32);
    assertThat(bench.flushes).isEqualTo(1);
  }

  @Test
  void anExportThatGrewOrShrankIsServedAsItIs() {
    SessionBench bench = new SessionBench(parts);
    device.resize(2L * SIZE);
    bench.read(0, 1, SIZE, 512);
    assertThat(device.begun).containsExactly("read %d+512".formatted(SIZE));
    bench.write(0, 2, 4096, new byte[512]);
    bench.write(0, 3, 4096, new byte[512]);
    device.resize(4096);
    device.endAll();
    assertThat(bench.replies())
        .extracting(Reply::cookie, Reply::error)
        .containsExactlyInAnyOrder(tuple(1L, 0), tuple(2L, 0), tuple(3L, ENOSPC));
  }

  @Test
  void eachChosenContextIsTold() {
    List<BlockStatusSource.Answer> asked = new ArrayList<>();
    List<Integer> extentsMax = new ArrayList<>();
    parts.contexts =
        Map.of(
            "base:allocation",
            BlockStatusSource.UNKNOWN,
            "lockstep:changed-since:monday",
            (range, most, answer) -> {
              extentsMax.add(most);
              asked.add(answer);
            });
    parts.chosen = List.of("base:allocation", "lockstep:changed-since:monday");
    SessionBench bench = new SessionBench(parts);
    bench.other(REQ_ONE, STATUS, 1, 4096, 8192);
    assertThat(bench.replies()).isEmpty();
    asked.removeFirst().told(IoResult.OK, List.of(new Extent(4096, 3)));
    List<Reply> chunks = bench.replies();
    assertThat(chunks).extracting(Reply::type).containsOnly(Reply.STATUS);
    assertThat(chunks).extracting(Reply::last).containsExactly(false, true);
    assertThat(chunks).extracting(Reply::offset).containsExactly(1L, 2L);
    assertThat(numbers(chunks.getFirst())).containsExactly(8192, 0);
    assertThat(numbers(chunks.getLast())).containsExactly(4096, 3);
    bench.other(0, STATUS, 2, 0, 512);
    asked.removeFirst().told(IoResult.mediumError("a map cannot be read"), List.of());
    assertThat(bench.reply().error()).isEqualTo(EIO);
    assertThat(extentsMax).containsExactly(1, 4096);
    bench.other(0, STATUS, 3, 0, SIZE + 512);
    assertThat(bench.reply().error()).isEqualTo(EINVAL);
    bench.other(0, STATUS, 4, 0, 0);
    assertThat(bench.reply().error()).isEqualTo(EINVAL);
  }

  private static int[] numbers(Reply chunk) {
    int[] numbers = new int[chunk.data().remaining() / 4];
    chunk.data().asIntBuffer().get(numbers);
    return numbers;
  }

  @Test
  void aContextThatIsGoneFails() {
    parts.chosen = List.of("lockstep:changed-since:monday");
    SessionBench bench = new SessionBench(parts);
    bench.other(0, STATUS, 1, 0, 512);
    assertThat(bench.reply().text())
        .isEqualTo("there is no lockstep:changed-since:monday any more");
  }
}
