package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.control.api.Alert;
import io.lockstep.lab.Tool;
import io.lockstep.mirror.meta.DiskLayout;
import io.lockstep.mirror.meta.FreshLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Disks and ports that a daemon must not take: it says what, where and what to do, ends with
/// status
/// 1, and leaves every byte as it was. Where only one of two copies is damaged it says so and runs.
@Tag("scenario")
class RefusedStartTest {
  private static final long DISK_BYTES = 64 << 20;
  private static final Duration NOTICE_MAX = Duration.ofSeconds(30);

  @RegisterExtension private final Pairs pairs = new Pairs();

  @Test
  void disksThatAreNotOursStayAsTheyAre() throws IOException {
    Pair pair = pairs.blank();
    pair.configure("a");
    String disk = pair.disk("a").toString();
    refused(pair, disk, "does not exist", "correct the path");

    pair.makeDisk("a", 1 << 20);
    unchanged(pair, () -> refused(pair, disk, "needs at least", "larger disk"));
    unchanged(pair, () -> layOutRefused(pair, disk, "needs at least", "larger disk"));

    pair.makeDisk("a", DISK_BYTES);
    unchanged(pair, () -> refused(pair, disk, "never laid out", "init"));

    Tool.run("mke2fs", "-q", "-F", "-t", "ext4", disk);
    unchanged(pair, () -> refused(pair, disk, "something else than a superblock"));
    unchanged(pair, () -> layOutRefused(pair, disk, "is not blank", "was not changed"));
  }

  @Test
  void aDiskAndPortsInUseAreRefused() throws IOException {
    Pair pair = nodeA();
    for (int offset : new int[] {0, 3}) {
      int port = pair.basePort() + offset;
      try (ServerSocket taken = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        assertThat(taken.isBound()).isTrue();
        unchanged(pair, () -> refused(pair, "127.0.0.1:" + port, "in use", "choose"));
      }
    }
    pair.startDaemon("a");
    Tool.await("node a", NOTICE_MAX, () -> pair.self("a").isPresent());
    Pair second = pairs.blank();
    second.configure("a");
    String text = Files.readString(second.config("a"));
    Files.writeString(
        second.config("a"), text.replace(second.disk("a").toString(), pair.disk("a").toString()));
    unchanged(
        pair,
        () -> refused(second, pair.disk("a").toString(), "is held by process", "stop it first"));
    assertThat(pair.self("a")).as("the first one goes on").isPresent();
  }

  @Test
  void aDamagedSuperblockIsToldAndTwoAreRefused() throws IOException {
    Pair pair = nodeA();
    DiskImage.flipBit(pair.disk("a"), DiskLayout.SUPERBLOCK_A_OFFSET + 100);
    pair.startDaemon("a");
    awaitAlert(pair, "a", "superblock copy A");
    pair.stop("a");

    DiskImage.flipBit(pair.disk("a"), DiskLayout.SUPERBLOCK_A_OFFSET + 100);
    DiskImage.flipBit(pair.disk("a"), DiskLayout.SUPERBLOCK_B_OFFSET + 100);
    unchanged(pair, () -> refused(pair, "no usable superblock", "checksum", "resync"));
  }

  @Test
  void aDamagedBitmapPageOrActivityLogIsToldMendedAndCopiedAgain() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    String damaged = Pair.other(pair.primary());
    pair.shutDown();
    DiskImage.flipBit(pair.disk(damaged), FreshLayout.BITMAP_OFFSET + 100);
    DiskImage.flipBit(pair.disk(damaged), FreshLayout.ACTIVITY_LOG_OFFSET + 100);
    pair.startDaemons();
    awaitAlert(pair, damaged, "bitmap page 0");
    awaitAlert(pair, damaged, "activity log");
    pair.awaitInSync();

    String disk = pair.disk(damaged).toString();
    for (String output : List.of("table", "json")) {
      assertThat(pair.lockstep("status", "-o", output))
          .contains(disk + ": bitmap page 0 at byte " + FreshLayout.BITMAP_OFFSET + " is damaged")
          .contains("A power cut during the last write does this. If there was none, check the")
          .contains(disk + ": the activity log at byte " + FreshLayout.ACTIVITY_LOG_OFFSET)
          .contains("every block counts as out of sync and will be copied again.");
    }
    assertThat(pair.side(Pair.other(damaged)).orElseThrow().difference().lastResyncBytesSent())
        .isPositive();
    pair.assertEqualDisks();
    pair.stop(damaged);
    pair.startDaemon(damaged);
    pair.awaitInSync();
    assertThat(pair.self(damaged).orElseThrow().alerts()).as("mended").isEmpty();
  }

  @Test
  void aDamagedBitInTheVolumeGroupClosesItWhereItIsAndNotOnThePeer() throws IOException {
    Pair pair = pairs.daemons(DISK_BYTES);
    String first = pair.primary();
    pair.createVolume("vm1", 16 << 20);
    pair.createExport("vm1");
    long data = pair.diskOf(first).dataOffset();
    pair.shutDown();
    long text = lastOf(pair.disk(first), data, 1 << 20, "seqno = ");
    DiskImage.flipBit(pair.disk(first), text + "seqno".length());
    pair.startDaemons();
    Alert alert = awaitAlert(pair, first, "serves no volumes");
    assertThat(alert.what()).contains("checksum");

    pair.promote(Pair.other(first));
    pair.awaitInSync();
    assertThat(pair.volume("vm1").sizeBytes()).isEqualTo(16 << 20);
  }

  @Test
  void aDiskTooSmallForTheMirrorStandsAlone() throws IOException {
    Pair pair = pairs.blank();
    pair.configure("a");
    pair.configure("b");
    pair.makeDisk("a", DISK_BYTES);
    pair.makeDisk("b", DISK_BYTES / 2);
    pair.layOut("b", "--join", pair.layOutFirst("a"));
    pair.startDaemons();
    for (String node : Pair.NODES) {
      awaitReason(pair, node, "the disk of node 1 is too small for the mirror", "larger disk");
    }
  }

  @Test
  void nodesOfDifferentPairsDoNotMeet() throws IOException {
    Pair pair = pairs.blank();
    for (String node : Pair.NODES) {
      pair.configure(node);
      pair.makeDisk(node, DISK_BYTES);
    }
    Pair.NODES.parallelStream().forEach(pair::layOutFirst);
    List<String> before =
        List.of(DiskImage.sha256(pair.disk("a")), DiskImage.sha256(pair.disk("b")));
    pair.startDaemons();
    for (String node : Pair.NODES) {
      awaitReason(pair, node, "nodes of different pairs", "initialise the wrong disk again");
    }
    Pair.NODES.forEach(pair::stop);
    assertThat(List.of(DiskImage.sha256(pair.disk("a")), DiskImage.sha256(pair.disk("b"))))
        .isEqualTo(before);
  }

  /// A pair of which only node a is needed: its disk is laid out, nothing runs.
  private Pair nodeA() throws IOException {
    Pair pair = pairs.blank();
    pair.configure("a");
    pair.makeDisk("a", DISK_BYTES);
    pair.layOutFirst("a");
    return pair;
  }

  private static void awaitReason(Pair pair, String node, String... parts) {
    Tool.await(
        () -> "the reason of node " + node + ": " + pair.side(node),
        NOTICE_MAX,
        () ->
            pair.side(node)
                .filter(one -> List.of(parts).stream().allMatch(one.link().reason()::contains))
                .isPresent());
    assertThat(pair.side(node).orElseThrow().role()).isEqualTo("Secondary");
  }

  private static Alert awaitAlert(Pair pair, String node, String part) {
    Tool.await(
        () -> "an alert about \"" + part + "\": " + pair.self(node),
        NOTICE_MAX,
        () -> !alerts(pair, node, part).isEmpty());
    return alerts(pair, node, part).getFirst();
  }

  private static List<Alert> alerts(Pair pair, String node, String part) {
    return pair.self(node).stream()
        .flatMap(one -> one.alerts().stream())
        .filter(alert -> alert.what().contains(part))
        .toList();
  }

  /// Node a of this pair cannot start.
  private static void refused(Pair pair, String... parts) {
    Tool.Result result = pair.attemptDaemon(pair.config("a"));
    assertThat(result.status()).as(result.all()).isEqualTo(1);
    assertThat(result.err().strip()).contains(parts).hasLineCount(1);
  }

  private static void layOutRefused(Pair pair, String... parts) {
    Tool.Result result = pair.attemptLayOut("a", "--first");
    assertThat(result.status()).as(result.all()).isEqualTo(1);
    assertThat(result.err().strip()).contains(parts).hasLineCount(1);
  }

  /// Does something that must not change a byte of node a's disk.
  private static void unchanged(Pair pair, Runnable attempt) throws IOException {
    String before = DiskImage.sha256(pair.disk("a"));
    attempt.run();
    assertThat(DiskImage.sha256(pair.disk("a"))).as("the disk's bytes").isEqualTo(before);
  }

  /// Where a text stands for the last time in a part of a file.
  private static long lastOf(Path file, long offset, int length, String text) throws IOException {
    byte[] bytes = new byte[length];
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "r")) {
      disk.seek(offset);
      disk.readFully(bytes);
    }
    int at = new String(bytes, StandardCharsets.ISO_8859_1).lastIndexOf(text);
    assertThat(at).as("place of " + text).isPositive();
    return offset + at;
  }
}
