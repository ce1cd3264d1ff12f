package io.lockstep.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.lab.Tool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/// Disk images as a person has them: a real ext4 with files in it, made without root by `mke2fs
/// -d`, carried to a LUN and back by `qemu-img` through libiscsi, judged by `e2fsck`.
final class DiskImage {
  private static final int BLOCK_BYTES = WriteLedger.BLOCK_BYTES;

  private DiskImage() {}

  /// Makes an ext4 of this size whose files hold bytes drawn from the seed.
  static void makeExt4(Path image, long sizeBytes, long seed) throws IOException {
    makeExt4WithArea(image, sizeBytes, 1, seed);
  }

  /// Makes an ext4 as above, with a file in it that lies in one piece, like that of a database: its
  /// blocks can be written over without the file system noticing.
  ///
  /// @return where that file's bytes begin; each is [WriteLedger#INITIAL]
  static long makeExt4WithArea(Path image, long sizeBytes, int blockCount, long seed)
      throws IOException {
    SplittableRandom dice = new SplittableRandom(seed);
    Path content = Files.createTempDirectory(image.getParent(), "content");
    byte[] area = new byte[blockCount * BLOCK_BYTES];
    Arrays.fill(area, (byte) WriteLedger.INITIAL);
    Files.write(content.resolve("area"), area);
    for (int folder = 0; folder < 4; folder++) {
      Path inside = Files.createDirectory(content.resolve("folder" + folder));
      for (int file = 0; file < 8; file++) {
        byte[] bytes = new byte[dice.nextInt(1, 2 << 20)];
        dice.nextBytes(bytes);
        Files.write(inside.resolve("file" + file), bytes);
      }
    }
    long size = sizeBytes >> 10;
    Tool.run("mke2fs", "-q", "-t", "ext4", "-b", BLOCK_BYTES, "-d", content, image, size + "k");
    return firstByte(image, blockCount);
  }

  private static long firstByte(Path image, int blockCount) {
    long[] blocks =
        Stream.of(Tool.run("debugfs", "-R", "blocks /area", image).strip().split("\\s+"))
            .mapToLong(Long::parseLong)
            .toArray();
    assertThat(blocks).hasSize(blockCount);
    assertThat(blocks[blockCount - 1] - blocks[0]).as("in one piece").isEqualTo(blockCount - 1);
    return blocks[0] * BLOCK_BYTES;
  }

  /// Fails if `e2fsck` finds anything to complain of; it changes nothing.
  static void check(Path image) {
    Tool.run("e2fsck", "-f", "-n", image);
  }

  /// Writes the image to a LUN.
  static void send(Path image, String url) {
    Tool.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image, url);
  }

  /// Reads a whole LUN into a file.
  static void fetch(String url, Path image) {
    Tool.run("qemu-img", "convert", "-f", "raw", "-O", "raw", url, image);
  }

  static String sha256(Path file) throws IOException {
    return sha256(file, 0, Files.size(file));
  }

  static String sha256(Path file, long offset, long length) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
      for (long done = 0; done < length; done += buffer.limit()) {
        buffer.clear().limit((int) Math.min(buffer.capacity(), length - done));
        readFully(channel, offset + done, buffer);
        digest.update(buffer.flip());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /// Where two images first differ in a range; `end` if nowhere.
  static long firstDifference(Path one, Path other, long from, long end) throws IOException {
    byte[] left = new byte[1 << 20];
    byte[] right = new byte[1 << 20];
    try (FileChannel first = FileChannel.open(one, StandardOpenOption.READ);
        FileChannel second = FileChannel.open(other, StandardOpenOption.READ)) {
      for (long at = from; at < end; at += left.length) {
        int length = (int) Math.min(left.length, end - at);
        readFully(first, at, ByteBuffer.wrap(left, 0, length));
        readFully(second, at, ByteBuffer.wrap(right, 0, length));
        int difference = Arrays.mismatch(left, 0, length, right, 0, length);
        if (difference >= 0) {
          return at + difference;
        }
      }
    }
    return end;
  }

  static void readFully(FileChannel file, long offset, ByteBuffer target) throws IOException {
    int start = target.position();
    while (target.hasRemaining()) {
      int count = file.read(target, offset + target.position() - start);
      assertThat(count).as("bytes read").isPositive();
    }
  }

  /// Flips one bit of a file.
  static void flipBit(Path file, long offset) throws IOException {
    try (RandomAccessFile disk = new RandomAccessFile(file.toFile(), "rw")) {
      disk.seek(offset);
      int value = disk.read();
      disk.seek(offset);
      disk.write(value ^ 1);
    }
  }
}
