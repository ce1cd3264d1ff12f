package io.lockstep.node;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Durability;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.record.RecordKey;
import io.lockstep.block.record.RecordRegion;
import io.lockstep.block.record.RecordStore;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.control.JsonMutator;
import io.lockstep.control.api.Json;
import io.lockstep.control.api.Requests;
import io.lockstep.control.api.VolumeInfo;
import io.lockstep.control.verb.Answer;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.volume.Volume;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What a Primary reads of its disk, changed with the checksums made right: LVM's text as lvm2 or
/// nobody would write it, and records. The volumes open, or are refused with a sentence; what
/// opens is listed, exported, renamed, resized and deleted without a bug being found on the loop.
/// `-Dlockstep.seed=N` repeats a run, `-Dlockstep.long=true` tries a hundred times as many.
@Timeout(3600)
@Tag("fuzz")
final class DiskTextFuzzTest {
  private static final long SEED = Long.getLong("lockstep.seed", 20_261_130);
  private static final int ROUNDS = Boolean.getBoolean("lockstep.long") ? 40_000 : 400;
  private static final long POLL_NANOS = 50_000;
  private static final int DEVICE_BYTES = 48 << 20;
  private static final int GOLDEN_BYTES = (int) DiskLayout.RECORDS_BYTES + LvmText.PV_BYTES;
  private static final int PIECE_BYTES = 1 << 20;
  private static final String HOST = "iqn.1993-08.org.debian:01:host";

  private static final String[] LVM_TOKENS = {
    "Upper_Case+1",
    "x".repeat(128),
    "..",
    "pvmove0",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "0",
    "-1",
    "9223372036854775807",
    "4294967296",
    "\"VISIBLE\"",
    "stripe_count = 2",
    "\"mirror\"",
    "\n",
    "#"
  };

  private final ConcurrentLinkedQueue<Throwable> bugs = new ConcurrentLinkedQueue<>();
  private final RingLoop loop = RingLoop.start("mirror", LoopKind.EPOLL, (_, bug) -> bugs.add(bug));
  private final BufferPool pool = new BufferPool(8 << 20);
  private final MemoryDevice device = new MemoryDevice(loop, DEVICE_BYTES, 512, 4096);
  private final ReplicatedSpace space = PrimaryParts.space(device, loop, pool);
  private final Random random = new Random(SEED);
  private final JsonMutator mutator = new JsonMutator(random);

  @AfterEach
  void stop() {
    loop.close();
  }

  /// A Primary's work on the device, from its opening on.
  private final class Served {
    private final CompletableFuture<Boolean> open = new CompletableFuture<>();
    private final PrimaryParts parts =
        PrimaryParts.over(space, new OfferedTargets(loop, pool, 0, "0.1"), List::of, this::changed);
    private final ServedVolumes work = parts.volumes();
    private final Administration administration = parts.administration();

    private void changed() {
      if (work.isOpen() || work.failure().isPresent()) {
        open.complete(work.isOpen());
      }
    }

    boolean open() {
      loop.execute(work::open);
      return get(open);
    }

    void close() {
      var closed = new CompletableFuture<Boolean>();
      loop.execute(() -> work.close(() -> closed.complete(true)));
      assertThat(get(closed)).isTrue();
    }

    Answer call(Consumer<Consumer<Answer>> request) {
      var answer = new CompletableFuture<Answer>();
      loop.execute(() -> request.accept(answer::complete));
      return get(answer);
    }

    /// All that can be done to all that is there; every answer can be told.
    void use() {
      var volumes = new CompletableFuture<List<VolumeInfo>>();
      loop.execute(
          () ->
              volumes.complete(
                  work.engine().volumes().stream().map(it -> shown(work, it)).toList()));
      assertThat(Json.text(get(volumes))).startsWith("[");
      for (VolumeInfo volume : get(volumes)) {
        String name = volume.name();
        for (Consumer<Consumer<Answer>> request : requests(name)) {
          tell(call(request));
        }
      }
      tell(call(done -> administration.createVolume(create("fresh", 4 << 20), done)));
    }

    private List<Consumer<Consumer<Answer>>> requests(String name) {
      return List.of(
          done -> administration.createExport(export(name), done),
          done -> administration.resizeVolume(name, resize(8 << 20), done),
          done -> administration.deleteExport(name, done),
          done -> administration.renameVolume(name, new Requests.RenameVolume("other"), done),
          done -> administration.deleteVolume("other", done));
    }
  }

  private static VolumeInfo shown(ServedVolumes work, Volume volume) {
    return VolumeView.of(work, volume);
  }

  private static Requests.CreateVolume create(String name, long bytes) {
    return new Requests.CreateVolume(name, bytes);
  }

  private static Requests.ResizeVolume resize(long bytes) {
    return new Requests.ResizeVolume(bytes, false);
  }

  private static Requests.CreateExport export(String name) {
    return Requests.CreateExport.of(name, List.of(HOST));
  }

  private static void tell(Answer answer) {
    switch (answer) {
      case Answer.Good(int status, Object body) -> {
        assertThat(status).isLessThan(300);
        assertThat(Json.text(body)).isNotEmpty();
      }
      case Answer.Bad bad -> {
        assertThat(bad.status()).isBetween(400, 599);
        assertThat(Json.text(bad.problem())).isNotEmpty();
      }
    }
  }

  /// The answer, or the bug that keeps it from coming.
  private <T> T get(CompletableFuture<T> answer) {
    while (!answer.isDone()) {
      if (!bugs.isEmpty()) {
        throw new AssertionError("a bug ended the node", bugs.peek());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    return answer.join();
  }

  // --- the disk ---

  private byte[] golden() {
    var served = new Served();
    assertThat(served.open()).isTrue();
    for (String name : List.of("vm1", "vm2", "vm3")) {
      tell(served.call(done -> served.administration.createVolume(create(name, 4 << 20), done)));
    }
    tell(served.call(done -> served.administration.createExport(export("vm1"), done)));
    tell(served.call(done -> served.administration.createExport(export("vm2"), done)));
    served.close();
    var golden = new byte[GOLDEN_BYTES];
    transfer(golden, false);
    return golden;
  }

  private void transfer(byte[] bytes, boolean write) {
    for (int at = 0; at < bytes.length; at += PIECE_BYTES) {
      int from = at;
      ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
      var done = new CompletableFuture<Boolean>();
      BlockDevice target = device;
      loop.execute(
          () -> {
            if (write) {
              piece.put(bytes, from, PIECE_BYTES).flip();
              target.write(
                  from, piece, Durability.WRITE_BACK, result -> done.complete(result.isOk()));
            } else {
              target.read(from, piece, result -> done.complete(result.isOk()));
            }
          });
      assertThat(get(done)).isTrue();
      if (!write) {
        piece.position(0).limit(PIECE_BYTES).get(bytes, from, PIECE_BYTES);
      }
    }
  }

  private void serve(int round, List<Integer> opened) {
    var served = new Served();
    try {
      if (served.open()) {
        opened.add(round);
        served.use();
      }
      served.close();
    } catch (AssertionError e) {
      throw new AssertionError("seed %d, round %d".formatted(SEED, round), e);
    }
    assertThat(bugs).as("seed %d, round %d", SEED, round).isEmpty();
  }

  @Test
  void noTextOfLvmEndsANode() {
    byte[] golden = golden();
    List<Integer> opened = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      byte[] bytes = golden.clone();
      var pv = new byte[LvmText.PV_BYTES];
      int at = (int) DiskLayout.RECORDS_BYTES;
      System.arraycopy(bytes, at, pv, 0, pv.length);
      LvmText.put(pv, changedText(LvmText.of(pv)));
      System.arraycopy(pv, 0, bytes, at, pv.length);
      transfer(bytes, true);

      serve(round, opened);
    }
    assertThat(opened.size()).as("some open").isBetween(ROUNDS / 20, ROUNDS - ROUNDS / 20);
  }

  private String changedText(String golden) {
    StringBuilder text = new StringBuilder(golden);
    for (int change = random.nextInt(3); change >= 0; change--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + 1 + random.nextInt(12));
      String token = LVM_TOKENS[random.nextInt(LVM_TOKENS.length)];
      switch (random.nextInt(5)) {
        case 0 -> text.replace(at, end, token);
        case 1 -> text.insert(at, token);
        case 2 -> text.setCharAt(at, (char) random.nextInt(256));
        default -> renamed(text, token);
      }
    }
    return new String(text.toString().getBytes(ISO_8859_1), ISO_8859_1);
  }

  /// Most of the time a volume has another name, as lvm2 lets it have.
  private void renamed(StringBuilder text, String name) {
    int at = text.indexOf("vm" + (1 + random.nextInt(3)) + " {");
    if (at >= 0) {
      text.replace(at, at + 3, name);
    }
  }

  @Test
  void noRecordEndsANode() {
    byte[] golden = golden();
    List<Integer> opened = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      transfer(golden, true);
      var key = new RecordKey(UnitRecord.TYPE, random.nextBoolean() ? "vm1" : "vm3");
      changeRecord(key);

      serve(round, opened);
    }
    assertThat(opened.size()).as("some open").isBetween(1, ROUNDS - ROUNDS / 20);
  }

  private void changeRecord(RecordKey key) {
    var stored = new CompletableFuture<Boolean>();
    loop.execute(
        () ->
            RecordStore.open(
                new RecordRegion(device, 0, DiskLayout.RECORDS_BYTES),
                loop,
                pool,
                RecordStore.Mode.READ_WRITE,
                opened -> {
                  if (!(opened instanceof RecordStore.Opened.Ready(RecordStore store))) {
                    throw new AssertionError("the golden records open");
                  }
                  byte[] vm1 = store.get(new RecordKey(UnitRecord.TYPE, "vm1")).orElseThrow();
                  byte[] changed = mutator.mutated(new String(vm1, UTF_8));
                  store.put(key, changed, result -> stored.complete(result.isOk()));
                }));
    assertThat(get(stored)).isTrue();
  }
}
