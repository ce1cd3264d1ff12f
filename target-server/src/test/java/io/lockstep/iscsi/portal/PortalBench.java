package io.lockstep.iscsi.portal;

import io.lockstep.block.BufferPool;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.scsi.LuIdentity;
import io.lockstep.scsi.TargetPort;
import io.lockstep.scsi.lu.LogicalUnit;
import io.lockstep.scsi.lu.ScsiTargetDevice;
import io.netty.channel.uring.IoUring;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/// A portal on loopback with one target over a disk in memory, the portal on one loop and the
/// target on another; for tests and, as a program, for trying initiators by hand:
/// `PortalBench [IO_URING|EPOLL] [port]`.
final class PortalBench implements AutoCloseable {
  static final String IQN = "iqn.2026-11.io.lockstep:test.disk";
  static final String CALM_IQN = "iqn.2026-11.io.lockstep:test.calm";
  static final String FORBIDDEN_IQN = "iqn.2026-11.io.lockstep:test.forbidden";
  static final int DISK_BYTES = 64 << 20;
  private static final long SECONDS_MAX = 20;

  final RingLoop acceptor;
  final RingLoop owner;
  final Portal portal;
  final BufferPool pool = new BufferPool(64 << 20);

  /// What would have ended the process.
  final List<Throwable> bugs = new CopyOnWriteArrayList<>();

  PortalBench(LoopKind kind, PortalConfig config) {
    Fatal fatal =
        (_, cause) -> {
          cause.printStackTrace();
          bugs.add(cause);
        };
    acceptor = RingLoop.start("acceptor", kind, fatal);
    owner = RingLoop.start("owner", kind, fatal);
    ScsiTargetDevice target = new ScsiTargetDevice(owner, pool);
    LuIdentity identity = new LuIdentity(0x3000_0000_0000_0001L, "TEST0001", 512, "0001");
    LogicalUnit unit = new LogicalUnit(identity, TargetPort.ofNode(IQN, 0), owner, pool);
    owner.execute(
        () -> {
          unit.activate(new MemoryDevice(owner, DISK_BYTES, 512, 4096));
          target.map(0, unit);
        });
    portal =
        switch (start(config, directory(target), acceptor)) {
          case Portal.Outcome.Started(Portal started) -> started;
          case Portal.Outcome.Refused(String sentence) -> throw new AssertionError(sentence);
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
    CompletableFuture<Portal.Outcome> outcome = new CompletableFuture<>();
    Portal.start(config, directory, loop, outcome::complete);
    return outcome.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  private TargetDirectory directory(ScsiTargetDevice target) {
    return new TargetDirectory() {
      @Override
      public List<String> targets(String initiatorName) {
        return List.of(IQN);
      }

      @Override
      public Answer find(String initiatorName, String iqn) {
        return switch (iqn) {
          case IQN -> new Answer.Serves(target, owner, 1);
          case CALM_IQN -> new Answer.Serves(new CalmTarget(target), owner, 1);
          case FORBIDDEN_IQN -> new Answer.NotAllowed();
          default -> new Answer.NotFound();
        };
      }
    };
  }

  int port() {
    return portal.address().getPort();
  }

  /// For the tools of libiscsi and QEMU.
  String portalUrl() {
    return "iscsi://127.0.0.1:" + port();
  }

  String url() {
    return portalUrl() + "/" + IQN + "/0";
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
    CompletableFuture<Long> bytes = new CompletableFuture<>();
    owner.execute(() -> bytes.complete(pool.borrowedBytes()));
    return bytes.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    portal.close(() -> gone.complete(true));
    gone.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
    long left = borrowedBytes();
    acceptor.close();
    owner.close();
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
