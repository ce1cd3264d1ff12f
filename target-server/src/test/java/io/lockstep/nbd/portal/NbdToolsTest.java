package io.lockstep.nbd.portal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.portal.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Other people's NBD clients against a portal, on io_uring and on epoll: libnbd's tools, QEMU,
/// nbdkit and fio.
@Tag("interop")
class NbdToolsTest {
  private static final String KINDS = "io.lockstep.nbd.portal.Kinds#all";
  private static final String LIBNBD = "libnbd-bin";
  private static final String QEMU = "qemu-utils";
  private static final int IMAGE_BYTES = 32 << 20;

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource(KINDS)
  void nbdinfoTellsWhatThereIs(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind)) {
      String json = run(LIBNBD, "nbdinfo", "--json", bench.uri("disk"));
      assertThat(json)
          .contains("\"protocol\": \"newstyle-fixed\"")
          .contains("\"structured\": true")
          .contains("\"export-size\": " + NbdBench.DISK_BYTES)
          .contains("\"description\": \"the disk of a test\"")
          .contains("\"base:allocation\"")
          .contains("\"can_multi_conn\": true")
          .contains("\"can_fua\": true")
          .contains("\"can_flush\": true")
          .contains("\"can_trim\": true")
          .contains("\"can_zero\": true")
          .contains("\"can_fast_zero\": true")
          .contains("\"can_cache\": true")
          .contains("\"can_df\": true")
          .contains("\"is_read_only\": false")
          .contains("\"block_size_minimum\": 512")
          .contains("\"block_size_preferred\": 4096")
          .contains("\"block_size_maximum\": 33554432");
      assertThat(run(LIBNBD, "nbdinfo", "--json", bench.uri("still")))
          .contains("\"is_read_only\": true")
          .contains("\"can_trim\": false");
      assertThat(run(LIBNBD, "nbdinfo", "--list", bench.uri("")))
          .contains("export=\"disk\"", "export=\"large\"", "export=\"still\"", "export=\"apart\"");
      assertThat(run(LIBNBD, "nbdinfo", "--map", bench.uri("disk"))).contains("67108864", "data");
      Tool.Run none = Tool.run(LIBNBD, 20, "nbdinfo", bench.uri("none"));
      assertThat(none.status()).isNotZero();
      assertThat(none.output()).contains("No such file or directory for export: none");
      Tool.Run forbidden = Tool.run(QEMU, 20, "qemu-img", "info", bench.uri("forbidden"));
      assertThat(forbidden.output()).contains("this host is not allowed");
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void nbdcopyCopiesInAndOut(LoopKind kind) throws IOException {
    Path image = image();
    Path back = directory.resolve("back");
    try (NbdBench bench = NbdBench.on(kind)) {
      run(LIBNBD, "nbdcopy", "--flush", image.toString(), bench.uri("disk"));
      run(LIBNBD, "nbdcopy", "--connections=4", bench.uri("disk"), bench.uri("large"));
      Files.createFile(back);
      run(LIBNBD, "nbdcopy", bench.uri("large"), back.toString());
      assertSame(image, back);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void qemuConvertsComparesAndMaps(LoopKind kind) throws IOException {
    Path image = image();
    Path back = directory.resolve("back");
    try (NbdBench bench = NbdBench.on(kind)) {
      String remote = bench.uri("large");
      run(QEMU, "qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image.toString(), remote);
      run(QEMU, "qemu-img", "convert", "-f", "raw", "-O", "raw", remote, back.toString());
      assertSame(image, back);
      assertThat(
              run(QEMU, "qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(), remote))
          .contains("Images are identical");
      assertThat(run(QEMU, "qemu-img", "map", "--output=json", "-f", "raw", remote))
          .contains("\"length\": 67108864", "\"data\": true");
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void qemuReadsWritesZeroesAndTrims(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind)) {
      String output =
          run(
              QEMU,
              "qemu-io",
              "-f",
              "raw",
              "-c",
              "write -P 0x55 0 8M",
              "-c",
              "write -f -P 0x66 4096 512",
              "-c",
              "write -z -u 1M 1M",
              "-c",
              "discard 3M 1M",
              "-c",
              "flush",
              "-c",
              "read -P 0x55 0 4096",
              "-c",
              "read -P 0x66 4096 512",
              "-c",
              "read -P 0 1M 1M",
              "-c",
              "read -P 0 3M 1M",
              "-c",
              "read -P 0x55 4M 4M",
              bench.uri("disk"));
      assertThat(output).doesNotContain("Pattern verification failed").doesNotContain("error");
      Tool.Run still =
          Tool.run(QEMU, 20, "qemu-io", "-f", "raw", "-c", "write 0 512", bench.uri("still"));
      assertThat(still.output()).contains("Permission denied");
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void qemuReachesAUnixSocket(LoopKind kind) throws IOException {
    Path image = image();
    Path socket = directory.resolve("nbd");
    NbdPortalConfig config = NbdPortalConfig.of(new Listening.Unix(socket), TlsSetup.none());
    try (NbdBench bench = new NbdBench(kind, config)) {
      String remote = "nbd+unix:///disk?socket=" + socket;
      run(QEMU, "qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image.toString(), remote);
      assertThat(
              run(QEMU, "qemu-img", "compare", "-f", "raw", "-F", "raw", image.toString(), remote))
          .contains("Images are identical");
      assertThat(bench.clients).allMatch(client -> client.address().isEmpty());
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void nbdkitPassesItOn(LoopKind kind) throws IOException {
    Path image = image();
    try (NbdBench bench = NbdBench.on(kind)) {
      String command =
          "nbdcopy '%s' \"$uri\" && qemu-img compare -f raw -F raw '%s' \"$uri\""
              .formatted(image, image);
      String output = run("nbdkit", "nbdkit", "nbd", bench.uri("disk"), "--run", command);
      assertThat(output).contains("Images are identical");
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void fioVerifiesWhatItWrites(LoopKind kind) {
    try (NbdBench bench = NbdBench.on(kind)) {
      String output =
          run(
              "fio",
              "fio",
              "--name=verify",
              "--ioengine=nbd",
              "--uri=" + bench.uri("disk"),
              "--rw=randwrite",
              "--bs=4k",
              "--iodepth=32",
              "--size=8m",
              "--verify=crc32c",
              "--do_verify=1",
              "--verify_state_save=0");
      assertThat(output).contains("err= 0");
    }
  }

  private Path image() throws IOException {
    Path image = directory.resolve("image");
    byte[] content = new byte[IMAGE_BYTES];
    new SplittableRandom(7).nextBytes(content);
    Arrays.fill(content, 4 << 20, 12 << 20, (byte) 0);
    Files.write(image, content);
    return image;
  }

  /// What was copied to a larger disk and back begins with the image.
  private static void assertSame(Path image, Path back) throws IOException {
    assertThat(Files.mismatch(image, back)).isEqualTo(IMAGE_BYTES);
  }

  private static String run(String debianPackage, String... command) {
    Tool.Run run = Tool.run(debianPackage, 60, command);
    assertThat(run.status()).as(run.output()).isZero();
    return run.output();
  }
}
