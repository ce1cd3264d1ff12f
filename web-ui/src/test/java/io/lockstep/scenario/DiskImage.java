package io.lockstep.scenario;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.SplittableRandom;

/// Disk images as a person has them: a real ext4 with files in it, made without root by `mke2fs
/// -d`, carried to a LUN and back by `qemu-img` through libiscsi, judged by `e2fsck`.
final class DiskImage {
  private DiskImage() {}

  /// Makes an ext4 of this size whose files hold bytes drawn from the seed.
  static void makeExt4(Path image, long sizeBytes, long seed) throws IOException {
    SplittableRandom dice = new SplittableRandom(seed);
    Path content = Files.createTempDirectory(image.getParent(), "content");
    for (int folder = 0; folder < 4; folder++) {
      Path inside = Files.createDirectory(content.resolve("folder" + folder));
      for (int file = 0; file < 8; file++) {
        byte[] bytes = new byte[dice.nextInt(1, 2 << 20)];
        dice.nextBytes(bytes);
        Files.write(inside.resolve("file" + file), bytes);
      }
    }
    long kibibytes = sizeBytes >> 10;
    Tool.run("mke2fs", "-q", "-t", "ext4", "-d", content, image, kibibytes + "k");
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
    try (DigestInputStream in =
        new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
      in.transferTo(OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
