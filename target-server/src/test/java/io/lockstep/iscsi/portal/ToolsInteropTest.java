package io.lockstep.iscsi.portal;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.ring.LoopKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// libiscsi's and QEMU's own programs against a portal, on io_uring and on epoll.
@Tag("interop")
class ToolsInteropTest {
  private static final String LIBISCSI = "libiscsi-bin";
  private static final String QEMU = "qemu-utils qemu-block-extra";

  @TempDir Path directory;

  @ParameterizedTest
  @MethodSource("io.lockstep.iscsi.portal.PortalBench#kinds")
  void libiscsiFindsTheTargetAndItsDisk(LoopKind kind) {
    try (PortalBench bench = PortalBench.on(kind)) {
      Tool.Run list = Tool.run(LIBISCSI, 20, "iscsi-ls", "-s", bench.portalUrl());
      assertThat(list.status()).as(list.output()).isZero();
      assertThat(list.output())
          .contains("Target:" + PortalBench.IQN + " Portal:127.0.0.1:" + bench.port() + ",1")
          .contains("Lun:0");
      Tool.Run inquiry = Tool.run(LIBISCSI, 20, "iscsi-inq", bench.url());
      assertThat(inquiry.output()).contains("Vendor:LOCKSTEP");
      Tool.Run capacity = Tool.run(LIBISCSI, 20, "iscsi-readcapacity16", bench.url());
      assertThat(capacity.output()).contains("Total size:" + PortalBench.DISK_BYTES);
    }
  }

  @ParameterizedTest
  @MethodSource("io.lockstep.iscsi.portal.PortalBench#kinds")
  void qemuWritesAnImageAndReadsItBack(LoopKind kind) throws IOException {
    Path image = directory.resolve("image");
    byte[] content = new byte[PortalBench.DISK_BYTES];
    new SplittableRandom(7).nextBytes(content);
    Files.write(image, content);
    for (String digest : new String[] {"none", "crc32c"}) {
      try (PortalBench bench = PortalBench.on(kind)) {
        String remote =
            ("driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=127.0.0.1:%d,"
                    + "file.target=%s,file.header-digest=%s")
                .formatted(bench.port(), PortalBench.IQN, digest);
        Path back = directory.resolve("back-" + digest);
        qemu("convert", "-n", "-f", "raw", "--target-image-opts", image.toString(), remote);
        qemu("convert", "-O", "raw", "--image-opts", remote, back.toString());
        assertThat(Files.mismatch(image, back)).isEqualTo(-1);
        Tool.Run compare =
            Tool.run(QEMU, 60, "qemu-img", "compare", "-f", "raw", image.toString(), bench.url());
        assertThat(compare.output()).contains("Images are identical");
      }
    }
  }

  private static void qemu(String... arguments) {
    List<String> command = new ArrayList<>(List.of(arguments));
    command.addFirst("qemu-img");
    Tool.Run run = Tool.run(QEMU, 60, command.toArray(String[]::new));
    assertThat(run.status()).as(run.output()).isZero();
  }
}
