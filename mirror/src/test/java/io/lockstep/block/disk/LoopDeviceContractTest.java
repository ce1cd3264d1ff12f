package io.lockstep.block.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.Check;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.ring.LoopKind;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A real block device of the kernel keeps the contract, with 512 and with 4096-byte blocks, and is
/// held exclusively. Needs root and the kernel's loop driver, which ./check loads where it can; it
/// is skipped only without them. Everything it proves beyond files is how a block device is opened.
@ParameterizedClass(name = "{0} {1}")
@MethodSource("kindsAndSizes")
@Tag("contract")
final class LoopDeviceContractTest extends BlockDeviceContract {
  private static final Path CONTROL = Path.of("/dev/loop-control");

  @Parameter(0)
  LoopKind kind = LoopKind.EPOLL;

  @Parameter(1)
  int blockBytes = 512;

  private Path file = Path.of("disk");
  private String device = "";
  private LoopDriver.@Nullable Ring ring;

  static Stream<Arguments> kindsAndSizes() {
    return Stream.of(LoopKind.values())
        .flatMap(kind -> Stream.of(512, 4096).map(bytes -> Arguments.of(kind, bytes)));
  }

  private static String run(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertThat(process.waitFor()).as(List.of(command) + ": " + output).isZero();
    return output;
  }

  @Override
  protected LoopDriver startLoop() {
    return LoopDriver.ring(kind);
  }

  @Override
  protected BlockDevice open(LoopDriver driver) throws Exception {
    Assumptions.assumeTrue(
        Files.isWritable(CONTROL),
        () ->
            Files.exists(CONTROL)
                ? CONTROL + " is not writable: run ./check as root"
                : "there is no "
                    + CONTROL
                    + ": this kernel has no loop driver, or the container"
                    + " was not given it");
    file = Files.createTempDirectory("loop-device").resolve("disk");
    assertThat(LocalDisk.create(file, 16 << 20)).isEmpty();
    String size = Integer.toString(blockBytes);
    device = run("losetup", "--find", "--show", "--sector-size", size, file.toString());
    ring = (LoopDriver.Ring) driver;
    LocalDisk.Opened opened = LocalDisk.open(ring.loop(), Path.of(device), DiskOptions.DEFAULT);
    assertThat(opened).isInstanceOf(LocalDisk.Opened.Ready.class);
    LocalDisk disk = ((LocalDisk.Opened.Ready) opened).disk();
    assertThat(disk.limits().logicalBlockBytes()).isEqualTo(blockBytes);
    assertThat(disk.limits().sizeBytes()).isEqualTo(16 << 20);
    return disk;
  }

  /// A second holder is waited for a while, which is why not every test asks.
  @Test
  void itIsHeldExclusively() {
    var loop = Check.present(ring, "an open device").loop();
    LocalDisk.Opened second = LocalDisk.open(loop, Path.of(device), DiskOptions.DEFAULT);
    assertThat(((LocalDisk.Opened.Refused) second).refusal().sentence()).contains("is in use");
  }

  @Override
  protected void afterClose() throws Exception {
    if (!device.isEmpty()) {
      run("losetup", "--detach", device);
    }
    Files.deleteIfExists(file);
  }
}
