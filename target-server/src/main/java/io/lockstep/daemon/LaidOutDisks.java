package io.lockstep.daemon;

import io.lockstep.block.Refusal;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.SuperblockCodec;
import io.lockstep.mirror.meta.SuperblockDecoded;
import io.lockstep.mirror.meta.SuperblockPair;
import io.lockstep.mirror.state.NodeIdentity;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What the disks of a configuration were laid out as, before another one is. They are only read,
/// also beside a daemon that runs on them: who a disk is never changes. Immutable.
///
/// @param byMirror of each mirror whose disk was laid out, by its name
record LaidOutDisks(Map<String, PairIdentity> byMirror) {
  /// What was found.
  sealed interface Found {
    record Ready(LaidOutDisks disks) implements Found {}

    /// They do not fit together, or one cannot be read.
    record Refused(Refusal refusal) implements Found {}
  }

  /// Reads all disks of `config`.
  ///
  /// @param next the mirror whose disk is to be laid out: what is wrong with that one is told then
  static Found read(DaemonConfig config, String next) {
    var byMirror = new LinkedHashMap<String, PairIdentity>();
    for (DaemonConfig.MirrorPart mirror : config.mirrors()) {
      switch (choose(mirror.disk())) {
        case SuperblockPair.Choice.Unformatted _ -> {}
        case SuperblockPair.Choice.Refused(Refusal refusal) -> {
          if (!mirror.name().equals(next)) {
            return new Found.Refused(refusal.of(notTaken(mirror.disk())));
          }
        }
        case SuperblockPair.Choice.Chosen chosen -> {
          NodeIdentity found = chosen.superblock().identity();
          if (found.nodeId() != config.nodeId()) {
            return new Found.Refused(otherNodes(mirror.disk(), found.nodeId(), config.nodeId()));
          }
          byMirror.put(
              mirror.name(), new PairIdentity(found.pairName(), found.pairId(), found.mirrorId()));
        }
      }
    }
    Optional<Refusal> misfit = PairIdentity.misfit(byMirror);
    return misfit.isPresent()
        ? new Found.Refused(misfit.get())
        : new Found.Ready(new LaidOutDisks(byMirror));
  }

  /// That a disk belongs to the other node.
  static Refusal otherNodes(Path disk, int found, int nodeId) {
    return new Refusal(
        notTaken(disk),
        "it is that of node id %d of its pair, and node.id is %d".formatted(found, nodeId),
        "use the other node's disk here, or correct node.id");
  }

  private static String notTaken(Path disk) {
    return "The disk %s was not taken".formatted(disk);
  }

  /// What is no superblock at all is somebody else's, and not ours to judge.
  private static SuperblockPair.Choice choose(Path disk) {
    try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ)) {
      SuperblockDecoded copyA = read(channel, DiskLayout.SUPERBLOCK_A_OFFSET);
      SuperblockDecoded copyB = read(channel, DiskLayout.SUPERBLOCK_B_OFFSET);
      return isNone(copyA) && isNone(copyB)
          ? new SuperblockPair.Choice.Unformatted()
          : SuperblockPair.choose(copyA, copyB);
    } catch (IOException e) {
      return new SuperblockPair.Choice.Refused(
          new Refusal(
              notTaken(disk),
              "it cannot be read: " + e.getMessage(),
              "correct its path, or its rights"));
    }
  }

  private static boolean isNone(SuperblockDecoded copy) {
    return copy instanceof SuperblockDecoded.Blank || copy instanceof SuperblockDecoded.Foreign;
  }

  private static SuperblockDecoded read(FileChannel channel, long offset) throws IOException {
    ByteBuffer block = ByteBuffer.allocate(SuperblockCodec.BYTES);
    while (block.hasRemaining()) {
      if (channel.read(block, offset + block.position()) < 0) {
        return new SuperblockDecoded.Blank(); // So short a disk was never laid out.
      }
    }
    return SuperblockCodec.decode(block.flip());
  }
}
