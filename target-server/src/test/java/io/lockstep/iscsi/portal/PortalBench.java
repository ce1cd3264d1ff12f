package io.lockstep.iscsi.portal;

import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.iscsi.session.FakeTarget;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A portal on loopback with one target, for tests and, as a program, for trying initiators by
/// hand: `PortalBench [io_uring|epoll] [port]`.
final class PortalBench implements AutoCloseable {
  static final String IQN = "iqn.2026-11.io.lockstep:test.disk";

  final RingLoop acceptor;
  final RingLoop owner;
  final Portal portal;

  PortalBench(LoopKind kind, int port) {
    Fatal fatal =
        (name, cause) -> {
          System.err.println("bug on " + name);
          cause.printStackTrace();
        };
    acceptor = RingLoop.start("acceptor", kind, fatal);
    owner = RingLoop.start("owner", kind, fatal);
    FakeTarget target = new FakeTarget(owner, 256 << 20);
    TargetDirectory directory =
        new TargetDirectory() {
          @Override
          public List<String> targets(String initiatorName) {
            return List.of(IQN);
          }

          @Override
          public Answer find(String initiatorName, String iqn) {
            return iqn.equals(IQN) ? new Answer.Serves(target, owner, 1) : new Answer.NotFound();
          }
        };
    CompletableFuture<Portal.Outcome> outcome = new CompletableFuture<>();
    Portal.start(PortalConfig.of("127.0.0.1", port, 1), directory, acceptor, outcome::complete);
    portal =
        switch (outcome.orTimeout(10, TimeUnit.SECONDS).join()) {
          case Portal.Outcome.Started(Portal started) -> started;
          case Portal.Outcome.Refused(String sentence) -> throw new AssertionError(sentence);
        };
  }

  String url() {
    return "iscsi://127.0.0.1:" + portal.address().getPort() + "/" + IQN + "/0";
  }

  @Override
  public void close() {
    CompletableFuture<Boolean> gone = new CompletableFuture<>();
    portal.close(() -> gone.complete(true));
    gone.orTimeout(10, TimeUnit.SECONDS).join();
    acceptor.close();
    owner.close();
  }

  public static void main(String[] args) {
    LoopKind kind = args.length > 0 && args[0].equals("epoll") ? LoopKind.EPOLL : LoopKind.IO_URING;
    try (PortalBench bench =
        new PortalBench(kind, args.length > 1 ? Integer.parseInt(args[1]) : 3260)) {
      System.out.println(bench.url());
      new CompletableFuture<>().join();
    }
  }
}
