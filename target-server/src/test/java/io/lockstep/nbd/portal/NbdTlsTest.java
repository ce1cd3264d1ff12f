package io.lockstep.nbd.portal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.lockstep.block.ring.LoopKind;
import io.lockstep.iscsi.portal.Tool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// TLS with the clients of libnbd and QEMU, which bring GnuTLS.
@Tag("interop")
class NbdTlsTest {
  private static final String KINDS = "io.lockstep.nbd.portal.Kinds#all";
  private static final String LIBNBD = "libnbd-bin";
  private static final String QEMU = "qemu-utils";
  private static final int IMAGE_BYTES = 8 << 20;
  private static final int ACK = 1;
  private static final int TLS_REQD = 1 << 31 | 5;

  @TempDir Path directory;
  private Certificates certificates;

  @BeforeEach
  void makeCertificates() throws IOException {
    certificates = new Certificates(directory);
  }

  private NbdBench forced(LoopKind kind) throws IOException {
    TlsSetup tls =
        TlsSetup.of(
            true,
            certificates.serverCertificate,
            certificates.serverKey,
            Optional.of(certificates.authority));
    return new NbdBench(kind, NbdPortalConfig.of(new Listening.Tcp("127.0.0.1", 0), tls));
  }

  private static String uri(NbdBench bench, Path of) {
    return "nbds://localhost:%d/disk?tls-certificates=%s".formatted(bench.port(), of);
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void aClientWithACertificateCopiesInAndOut(LoopKind kind) throws IOException {
    Path image = directory.resolve("image");
    byte[] content = new byte[IMAGE_BYTES];
    new SplittableRandom(3).nextBytes(content);
    Files.write(image, content);
    Path back = Files.createFile(directory.resolve("back"));
    try (NbdBench bench = forced(kind)) {
      String uri = uri(bench, certificates.trusted);
      assertThat(run(LIBNBD, "nbdinfo", uri)).contains("with TLS");
      run(LIBNBD, "nbdcopy", "--connections=4", image.toString(), uri);
      run(LIBNBD, "nbdcopy", "--connections=4", uri, back.toString());
      assertThat(Arrays.mismatch(content, Files.readAllBytes(back))).isEqualTo(IMAGE_BYTES);
      assertThat(bench.clients)
          .allMatch(Client::secure)
          .allMatch(client -> client.certificateName().equals(Optional.of("CN=host1")));
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void qemuSpeaksTls(LoopKind kind) throws IOException {
    Path image = directory.resolve("image");
    byte[] content = new byte[IMAGE_BYTES];
    new SplittableRandom(4).nextBytes(content);
    Files.write(image, content);
    try (NbdBench bench = forced(kind)) {
      String credentials =
          "tls-creds-x509,id=tls0,endpoint=client,dir=" + certificates.trusted.toAbsolutePath();
      String remote =
          ("driver=raw,file.driver=nbd,file.host=localhost,file.port=%d,file.export=disk,"
                  + "file.tls-creds=tls0")
              .formatted(bench.port());
      run(
          QEMU,
          "qemu-img",
          "convert",
          "--object",
          credentials,
          "-n",
          "--target-image-opts",
          "-f",
          "raw",
          image.toString(),
          remote);
      String uri = uri(bench, certificates.trusted);
      Path back = Files.createFile(directory.resolve("back"));
      run(LIBNBD, "nbdcopy", uri, back.toString());
      assertThat(Arrays.mismatch(content, Files.readAllBytes(back))).isEqualTo(IMAGE_BYTES);
    }
  }

  @ParameterizedTest
  @MethodSource(KINDS)
  void nobodyIsServedWithoutACertificateOfTheAuthority(LoopKind kind) throws IOException {
    try (NbdBench bench = forced(kind)) {
      assertThat(Tool.run(LIBNBD, 20, "nbdinfo", bench.uri("disk")).status()).isNotZero();
      assertThat(Tool.run(LIBNBD, 20, "nbdinfo", uri(bench, certificates.strange)).status())
          .isNotZero();
      try (NbdClient plain = new NbdClient(bench.port())) {
        assertThat(plain.go("disk")).isEqualTo(TLS_REQD);
      }
      assertThat(bench.clients).isEmpty();
    }
  }

  /// Somebody between client and server could have put it there.
  @ParameterizedTest
  @MethodSource(KINDS)
  void whatFollowsStarttlsWithoutTlsEndsTheConnection(LoopKind kind) throws IOException {
    try (NbdBench bench = forced(kind);
        NbdClient client = new NbdClient(bench.port())) {
      assertThat(client.startTlsAndMore()).isEqualTo(ACK);
      assertThat(client.closes()).isTrue();
      assertThat(bench.clients).isEmpty();
    }
  }

  @Test
  void aFileThatIsNoCertificateIsNamed() throws IOException {
    Path noise = Files.writeString(directory.resolve("noise.pem"), "noise");
    assertThatThrownBy(() -> TlsSetup.of(true, noise, certificates.serverKey, Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("noise.pem");
  }

  private static String run(String debianPackage, String... command) {
    Tool.Run run = Tool.run(debianPackage, 60, command);
    assertThat(run.status()).as(run.output()).isZero();
    return run.output();
  }
}
