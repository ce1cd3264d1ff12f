package io.lockstep.daemon;

import io.lockstep.block.BufferPool;
import io.lockstep.block.Refusal;
import io.lockstep.block.disk.DiskOptions;
import io.lockstep.block.disk.LocalDisk;
import io.lockstep.block.ring.Fatal;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.block.ring.RingLoop;
import io.lockstep.mirror.Mirror;
import io.lockstep.mirror.link.PeerInquiry;
import io.lockstep.mirror.link.PeerTransport;
import io.lockstep.mirror.link.Witness;
import io.lockstep.mirror.meta.FreshLayout;
import io.lockstep.mirror.state.NodeIdentity;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/// `lockstepd init`: lays out a blank disk for a node. Refuses anything that is not blank: a disk
/// that is ours already, and one that may hold somebody's data.
public final class DiskInit {
  /// The smallest disk that can be laid out.
  public static final long SIZE_BYTES_MIN = FreshLayout.DISK_BYTES_MIN;

  /// What is looked at before a disk counts as blank: partition tables, labels and superblocks of
  /// file systems, LVM, MD and our own lie here.
  private static final int PROBE_BYTES = 2 << 20;

  private static final int PROBE_STEP_BYTES = 64 << 10;

  /// GPT and MD keep a copy of theirs at the end.
  private static final int TAIL_BYTES = 1 << 20;

  private DiskInit() {}

  /// Lays out the disk of one mirror of `config`.
  ///
  /// @param identity of the pair and that mirror
  /// @param lines told now and then that it goes on
  /// @param first whether the mirror's data is what is on this disk; else it is filled from the
  ///     other node
  /// @return a sentence why not, or empty
  public static Optional<String> run(
      DaemonConfig config,
      DaemonConfig.MirrorPart mirror,
      PairIdentity identity,
      Consumer<String> lines,
      boolean first) {
    return onDisk(config, mirror, work -> work.layOut(identity, lines, first));
  }

  /// Only looks whether the disk could be laid out.
  ///
  /// @return a sentence why not, or empty
  static Optional<String> check(DaemonConfig config, DaemonConfig.MirrorPart mirror) {
    return onDisk(config, mirror, Work::probe);
  }

  private static Optional<String> onDisk(
      DaemonConfig config, DaemonConfig.MirrorPart mirror, Function<Work, Optional<String>> deed) {
    LoopKind kind = config.loopKind().orElseGet(LoopKind::best);
    try (RingLoop loop = RingLoop.start("init", kind, Fatal.HALT)) {
      DiskOptions options = new DiskOptions(config.test().declaredSizes(), true);
      return switch (LocalDisk.open(loop, mirror.disk(), options)) {
        case LocalDisk.Opened.Refused(Refusal refusal) -> Optional.of(refusal.sentence());
        case LocalDisk.Opened.Ready(LocalDisk disk) -> {
          Optional<String> refusal = deed.apply(new Work(loop, disk, config, mirror));
          var closed = new CompletableFuture<Boolean>();
          loop.execute(() -> disk.close(_ -> closed.complete(true)));
          closed.join();
          yield refusal;
        }
      };
    }
  }

  private record Work(
      RingLoop loop, LocalDisk disk, DaemonConfig config, DaemonConfig.MirrorPart mirror) {
    Optional<String> layOut(PairIdentity identity, Consumer<String> lines, boolean first) {
      return ifBlank(end -> format(identity, first, end), lines);
    }

    Optional<String> probe() {
      return ifBlank(end -> end.complete(""), _ -> {});
    }

    private Optional<String> ifBlank(
        Consumer<CompletableFuture<String>> blank, Consumer<String> lines) {
      var end = new CompletableFuture<String>();
      loop.execute(() -> probe(0, () -> blank.accept(end), end));
      String sentence =
          Patience.until(
              end,
              Patience.STEP,
              seconds ->
                  lines.accept(
                      "The disk %s is still being laid out, %d s so far."
                          .formatted(mirror.disk(), seconds)));
      return sentence.isEmpty() ? Optional.empty() : Optional.of(sentence);
    }

    /// Reads on until something is found that is not zero, or all has been looked at.
    private void probe(long offset, Runnable blank, CompletableFuture<String> end) {
      long size = disk.limits().sizeBytes();
      long next = offset == PROBE_BYTES ? Math.max(offset, tailStart(size)) : offset;
      int length = (int) Math.min(PROBE_STEP_BYTES, size - next);
      if (length <= 0) {
        blank.run();
        return;
      }
      ByteBuffer buffer = BufferPool.allocate(length);
      disk.read(
          next,
          buffer,
          result -> {
            Optional<String> refusal =
                result.isOk() ? notBlank(next, buffer) : Optional.of(result.detail());
            if (refusal.isPresent()) {
              end.complete(refusal.get());
            } else {
              probe(next + length, blank, end);
            }
          });
    }

    private static long tailStart(long size) {
      return (size - TAIL_BYTES) / PROBE_STEP_BYTES * PROBE_STEP_BYTES;
    }

    private Optional<String> notBlank(long offset, ByteBuffer buffer) {
      for (int index = 0; index < buffer.remaining(); index += Long.BYTES) {
        if (buffer.getLong(index) != 0) {
          return Optional.of(
              ("The disk %s is not blank (there is something at byte %d) and was not changed. If"
                      + " nothing on it is needed, blank it first: wipefs --all and"
                      + " blkdiscard, or a new file.")
                  .formatted(mirror.disk(), offset + index));
        }
      }
      return Optional.empty();
    }

    private void format(PairIdentity identity, boolean first, CompletableFuture<String> end) {
      SecureRandom dice = new SecureRandom();
      var parts =
          new Mirror.Parts(
              loop,
              disk,
              new BufferPool(8 << 20),
              NO_PEER,
              dice::nextLong,
              PeerInquiry.NONE,
              Witness.NONE,
              loop::nowNanos);
      var owner =
          new NodeIdentity(
              identity.pairId(), identity.mirrorId(), identity.pairName(), config.nodeId());
      Mirror.layOut(
          parts,
          owner,
          Mirror.Format.usual(first, UUID.randomUUID()),
          refusal -> end.complete(refusal.isEmpty() ? "" : mirror.disk() + ": " + refusal));
    }
  }

  /// Laying out asks no peer.
  private static final PeerTransport NO_PEER =
      new PeerTransport() {
        @Override
        public void enable(Listener listener) {}

        @Override
        public void disable(String reason) {}
      };
}
