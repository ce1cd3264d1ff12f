package io.lockstep.iscsi.portal;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.login.RoleKey;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.Nexus;
import io.lockstep.scsi.ScsiResult;
import io.lockstep.scsi.ScsiTask;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.TaskAttribute;
import io.lockstep.scsi.lu.LogicalUnit;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.uring.IoUring;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// A portal on loopback with targets over disks in memory, the portal on one loop and the targets
/// on another, one of them on a third; for tests and, as a program, for trying initiators by hand:
/// `PortalBench [IO_URING|EPOLL] [port]`.
final class PortalBench implements AutoCloseable {
  static final String IQN = "iqn.2026-11.io.lockstep:test.disk";
  static final String CALM_IQN = "iqn.2026-11.io.lockstep:test.calm";

  /// With blocks of 4096 bytes.
  static final String LARGE_IQN = "iqn.2026-11.io.lockstep:test.large";

  /// With a medium that is write-protected.
  static final String PROTECTED_IQN = "iqn.2026-11.io.lockstep:test.protected";

  /// With a target that lives on a loop of its own.
  static final String APART_IQN = "iqn.2026-11.io.lockstep:test.apart";

  /// With a target that throws, see [StumblingTarget].
  static final String STUMBLES_IQN = "iqn.2026-11.io.lockstep:test.stumbles";

  /// Asks before the portal knows its targets.
  static final String EARLY_HOST = "iqn.2026-11.org.example:early";

  /// Asks as one that every target names; all others are strangers.
  static final String NAMED_HOST = "iqn.2026-11.org.example:named";

  /// May log in when it first asks, and not any more afterwards.
  static final String FICKLE_HOST = "iqn.2026-11.org.example:fickle";

  static final String FORBIDDEN_IQN = "iqn.2026-11.io.lockstep:test.forbidden";

  /// The question of the other node of the pair.
  static final String QUESTION = RoleKey.question(new UUID(1, 2), new UUID(3, 4));

  static final int DISK_BYTES = 64 << 20;
  private static final int SMALL_BYTES = 4 << 20;
  private static final long SECONDS_MAX = 20;

  final RingLoop acceptor;
  final RingLoop owner;
  final RingLoop otherOwner;
  final TargetDirectory directory;
  final Portal portal;
  final BufferPool pool = new BufferPool(64 << 20);
  private final BufferPool otherPool = new BufferPool(64 << 20);

  private final AtomicInteger fickleQuestions = new AtomicInteger();

  /// What would have ended the process.
  final List<Throwable> bugs = new CopyOnWriteArrayList<>();

  PortalBench(LoopKind kind, PortalConfig config) {
    this(kind, config, _ -> {});
  }

  /// @param front see [Portal#start]
  PortalBench(LoopKind kind, PortalConfig config, Consumer<ChannelPipeline> front) {
    Fatal fatal =
        (_, cause) -> {
          cause.printStackTrace();
          bugs.add(cause);
        };
    acceptor = RingLoop.start("acceptor", kind, fatal);
    owner = RingLoop.start("owner", kind, fatal);
    otherOwner = RingLoop.start("other owner", kind, fatal);
    ScsiTargetDevice target = target(owner, pool, IQN, 512, DISK_BYTES);
    ScsiTargetDevice large = target(owner, pool, LARGE_IQN, 4096, DISK_BYTES);
    ScsiTargetDevice sheltered = target(owner, pool, PROTECTED_IQN, 512, SMALL_BYTES);
    ScsiTargetDevice apart = target(otherOwner, otherPool, APART_IQN, 512, SMALL_BYTES);
    CompletableFuture<ScsiResult> protection = new CompletableFuture<>();
    owner.execute(() -> protect(sheltered, protection));
    ScsiResult outcome = protection.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
    Check.that(outcome.equals(ScsiResult.good()), "the medium is write-protected");
    directory = directory(target, large, sheltered, apart);
    portal =
        switch (start(config, directory, acceptor, front)) {
          case Portal.Outcome.Started(Portal started) -> started;
          case Portal.Outcome.Refused(Refusal refusal) ->
              throw new AssertionError(refusal.sentence());
        };
  }

  static PortalBench on(LoopKind kind) {
    return new PortalBench(kind, PortalConfig.of("127.0.0.1", 0, 1));
  }

  /// The kinds this kernel allows; epoll always.
  static Stream<LoopKind> kinds() {
    return Stream.of(LoopKind.values())
        .filter(kind -> kind == LoopKind.EPOLL || IoUring.isAvailable());
  }

  static Portal.Outcome start(PortalConfig config, TargetDirectory directory, RingLoop loop) {
    return start(config, directory, loop, _ -> {});
  }

  private static Portal.Outcome start(
      PortalConfig config,
      TargetDirectory directory,
      RingLoop loop,
      Consumer<ChannelPipeline> front) {
    CompletableFuture<Portal.Outcome> outcome = new CompletableFuture<>();
    Portal.start(config, directory, loop, front, outcome::complete);
    return outcome.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  private static ScsiTargetDevice target(
      RingLoop loop, BufferPool buffers, String iqn, int blockBytes, int sizeBytes) {
    ScsiTargetDevice target = new ScsiTargetDevice(loop, buffers);
    LuIdentity identity =
        new LuIdentity("6024c530000000000000000000000001", "TEST0001", blockBytes, "0001");
    LogicalUnit unit = new LogicalUnit(identity, TargetPort.ofNode(iqn, 0), loop, buffers);
    loop.execute(
        () -> {
          unit.activate(new MemoryDevice(loop, sizeBytes, 512, 4096));
          target.map(0, unit);
        });
    return target;
  }

  /// MODE SELECT of the control page with SWP.
  private void protect(ScsiTargetDevice target, CompletableFuture<ScsiResult> done) {
    ScsiTask select =
        new ScsiTask() {
          @Override
          public void faulted(RuntimeException cause) {
            throw cause;
          }

          @Override
          protected void completed() {
            pool.giveBack(Check.present(dataOut(), "the list"));
            dataOut(null);
            done.complete(result());
          }
        };
    byte[] list = {0, 0, 0, 0, 0x0A, 0x0A, 0, 0x10, 0x08, 0, 0, 0, 0, 0, 0, 0};
    byte[] cdb = {0x15, 0x10, 0, 0, (byte) list.length, 0};
    Nexus nexus = new Nexus("iqn.2026-11.io.lockstep:administrator", 1, 1);
    select.begin(nexus, 0, ByteBuffer.wrap(cdb), TaskAttribute.SIMPLE);
    target.prepare(select);
    select.dataOut(pool.borrow(list.length).put(0, list));
    target.execute(select);
  }

  private TargetDirectory directory(
      ScsiTargetDevice target,
      ScsiTargetDevice large,
      ScsiTargetDevice sheltered,
      ScsiTargetDevice apart) {
    return new TargetDirectory() {
      @Override
      public Optional<List<String>> targets(String initiatorName) {
        return initiatorName.equals(EARLY_HOST) ? Optional.empty() : Optional.of(List.of(IQN));
      }

      @Override
      public Optional<String> role(String question) {
        return question.equals(QUESTION)
            ? Optional.of(new RoleKey.Told(0, true, 7).text())
            : Optional.empty();
      }

      @Override
      public Answer find(String initiatorName, String iqn) {
        boolean named = named(initiatorName);
        if (initiatorName.equals(FICKLE_HOST) && fickleQuestions.getAndIncrement() > 0) {
          return new Answer.NotAllowed();
        }
        return switch (iqn) {
          case IQN -> new Answer.Serves(target, owner, 1, named);
          case CALM_IQN -> new Answer.Serves(new CalmTarget(target), owner, 1, named);
          case LARGE_IQN -> new Answer.Serves(large, owner, 1, named);
          case APART_IQN -> new Answer.Serves(apart, otherOwner, 1, named);
          case PROTECTED_IQN -> new Answer.Serves(sheltered, owner, 1, named);
          case STUMBLES_IQN ->
              new Answer.Serves(new StumblingTarget(new CalmTarget(target)), owner, 1, named);
          case FORBIDDEN_IQN -> new Answer.NotAllowed();
          default -> new Answer.NotFound();
        };
      }
    };
  }

  private static boolean named(String initiatorName) {
    return initiatorName.startsWith(NAMED_HOST);
  }

  int port() {
    return portal.address().getPort();
  }

  /// For the tools of libiscsi and QEMU.
  String portalUrl() {
    return "iscsi://127.0.0.1:" + port();
  }

  String url() {
    return url(IQN);
  }

  String url(String iqn) {
    return portalUrl() + "/" + iqn + "/0";
  }

  /// Waits until something is so; dies after a deadline.
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("not within " + SECONDS_MAX + " s: " + what);
      }
      Thread.onSpinWait();
    }
  }

  /// Runs something on the loop that owns the target and waits for its answer.
  long borrowedBytes() {
    return borrowedBytes(owner, pool);
  }

  private static long borrowedBytes(RingLoop loop, BufferPool buffers) {
    CompletableFuture<Long> bytes = new CompletableFuture<>();
    loop.execute(() -> bytes.complete(buffers.borrowedBytes()));
    return bytes.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    portal.close(() -> gone.complete(true));
    gone.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
    long left = borrowedBytes() + borrowedBytes(otherOwner, otherPool);
    acceptor.close();
    owner.close();
    otherOwner.close();
    if (!bugs.isEmpty() || left != 0) {
      throw new AssertionError("bugs: " + bugs + ", bytes not given back: " + left);
    }
  }

  public static void main(String[] args) {
    LoopKind kind = args.length > 0 ? LoopKind.valueOf(args[0]) : LoopKind.best();
    int port = args.length > 1 ? Integer.parseInt(args[1]) : 3260;
    try (PortalBench bench = new PortalBench(kind, PortalConfig.of("127.0.0.1", port, 1))) {
      System.out.println(bench.url());
      new CompletableFuture<>().join();
    }
  }
}
