package io.lockstep.nbd.portal;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Check;
import io.lockstep.block.MemoryDevice;
import io.lockstep.block.RangeQueue;
import io.lockstep.block.Refusal;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.nbd.session.BlockStatusSource;
import io.lockstep.nbd.session.ExportFacts;
import io.lockstep.nbd.session.ExportLookup;
import io.lockstep.nbd.session.NbdExport;
import io.lockstep.nbd.wire.OptionError;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A portal with exports over disks in memory, the portal on one loop and the exports on two
/// others. When it ends, no bug was seen and every buffer was given back.
final class NbdBench implements AutoCloseable {
  static final String DISK = "disk";

  /// With blocks of 4096 bytes.
  static final String LARGE = "large";

  /// May only be read.
  static final String STILL = "still";

  /// Lives on a loop of its own.
  static final String APART = "apart";

  /// There, and for nobody.
  static final String FORBIDDEN = "forbidden";

  static final int DISK_BYTES = 64 << 20;
  private static final int SMALL_BYTES = 4 << 20;
  private static final long SECONDS_MAX = 20;

  final RingLoop acceptor;
  private final RingLoop owner;
  private final RingLoop otherOwner;
  private final BufferPool pool = new BufferPool(64 << 20);
  private final BufferPool otherPool = new BufferPool(64 << 20);
  final ExportDirectory directory;
  final NbdPortal portal;

  /// What would have ended the process.
  private final List<Throwable> bugs = new CopyOnWriteArrayList<>();

  /// Who has asked for an export.
  final List<Client> clients = new CopyOnWriteArrayList<>();

  NbdBench(LoopKind kind, NbdPortalConfig config) {
    Fatal fatal =
        (_, cause) -> {
          cause.printStackTrace();
          bugs.add(cause);
        };
    acceptor = RingLoop.start("acceptor", kind, fatal);
    owner = RingLoop.start("owner", kind, fatal);
    otherOwner = RingLoop.start("other owner", kind, fatal);
    directory = new Exports();
    portal =
        switch (start(config, directory, acceptor)) {
          case NbdPortal.Outcome.Started(NbdPortal started) -> started;
          case NbdPortal.Outcome.Refused(Refusal refusal) ->
              throw new AssertionError(refusal.sentence());
        };
  }

  static NbdBench on(LoopKind kind) {
    return new NbdBench(
        kind, NbdPortalConfig.of(new Listening.Tcp("127.0.0.1", 0), TlsSetup.none()));
  }

  static NbdPortal.Outcome start(NbdPortalConfig config, ExportDirectory directory, RingLoop loop) {
    CompletableFuture<NbdPortal.Outcome> outcome = new CompletableFuture<>();
    NbdPortal.start(config, directory, loop, outcome::complete);
    return outcome.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join();
  }

  int port() {
    return ((InetSocketAddress) portal.address()).getPort();
  }

  String uri(String export) {
    return "nbd://127.0.0.1:%d/%s".formatted(port(), export);
  }

  static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS_MAX);
    while (!condition.getAsBoolean()) {
      Check.that(System.nanoTime() < end, what);
      Thread.onSpinWait();
    }
  }

  /// Runs something that tells when it is done.
  static void finish(Consumer<Runnable> begin) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    begin.accept(() -> done.complete(true));
    Check.that(done.orTimeout(SECONDS_MAX, TimeUnit.SECONDS).join(), "it is done");
  }

  @Override
  public void close() {
    finish(portal::close);
    finish(done -> owner.execute(() -> checkReturned(pool, done)));
    finish(done -> otherOwner.execute(() -> checkReturned(otherPool, done)));
    for (RingLoop loop : List.of(acceptor, owner, otherOwner)) {
      loop.close();
    }
    Check.that(bugs.isEmpty(), "no bug was seen");
  }

  private void checkReturned(BufferPool buffers, Runnable done) {
    if (buffers.borrowedBytes() != 0) {
      bugs.add(new AssertionError(buffers.borrowedBytes() + " bytes were not given back"));
    }
    done.run();
  }

  /// The exports.
  private final class Exports implements ExportDirectory {
    private final Map<String, Answer> exports =
        Map.of(
            "",
            serves(DISK, 512, DISK_BYTES, false),
            LARGE,
            serves(LARGE, 4096, DISK_BYTES, false),
            STILL,
            serves(STILL, 512, SMALL_BYTES, true),
            APART,
            serves(APART, 512, SMALL_BYTES, false),
            FORBIDDEN,
            new Answer.Refused(OptionError.POLICY, "this host is not allowed"));

    private Answer serves(String name, int blockBytes, int sizeBytes, boolean readOnly) {
      boolean apart = name.equals(APART);
      RingLoop loop = apart ? otherOwner : owner;
      BlockDevice device = new MemoryDevice(loop, sizeBytes, blockBytes, 4096);
      Map<String, BlockStatusSource> contexts =
          Map.of("base:allocation", BlockStatusSource.UNKNOWN);
      ExportFacts facts =
          ExportFacts.of(
              name,
              "the %s of a test".formatted(name),
              device.limits(),
              readOnly,
              List.copyOf(contexts.keySet()));
      BufferPool buffers = apart ? otherPool : pool;
      return new Answer.Serves(
          new NbdExport(facts, device, new RangeQueue(), buffers, contexts), loop);
    }

    @Override
    public ExportLookup.Listing list(Client client) {
      List<ExportLookup.Listed> listed = new ArrayList<>();
      for (String name : List.of(DISK, LARGE, STILL, APART)) {
        listed.add(new ExportLookup.Listed(name, "the %s of a test".formatted(name)));
      }
      return new ExportLookup.Listing.Exports(listed);
    }

    @Override
    public Answer find(Client client, String name) {
      clients.add(client);
      return exports.getOrDefault(
          name.equals(DISK) ? "" : name,
          new Answer.Refused(OptionError.UNKNOWN, "there is no such export"));
    }
  }
}
