package io.lockstep.block.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.lockstep.block.BlockDevice;
import io.lockstep.block.BlockDeviceContract;
import io.lockstep.block.LoopDriver;
import io.lockstep.block.ring.LoopKind;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A file as a disk, on both kinds of loop and with every pair of block sizes.
@ParameterizedClass(name = "{0} {1}")
@MethodSource("kindsAndSizes")
@Tag("contract")
final class LocalDiskContractTest extends BlockDeviceContract {
  @Parameter(0)
  LoopKind kind = LoopKind.EPOLL;

  @Parameter(1)
  BlockSizes sizes = BlockSizes.EMULATED_512;

  private Path file = Path.of("disk");

  static Stream<Arguments> kindsAndSizes() {
    return Stream.of(LoopKind.values())
        .flatMap(
            kind ->
                Stream.of(BlockSizes.NATIVE_512, BlockSizes.EMULATED_512, BlockSizes.NATIVE_4096)
                    .map(sizes -> Arguments.of(kind, sizes)));
  }

  @Override
  protected LoopDriver startLoop() {
    return LoopDriver.ring(kind);
  }

  @Override
  protected BlockDevice open(LoopDriver driver) throws Exception {
    file = Files.createTempDirectory("local-disk").resolve("disk");
    assertThat(LocalDisk.create(file, 16 << 20)).isEmpty();
    var loop = ((LoopDriver.Ring) driver).loop();
    LocalDisk.Opened opened = LocalDisk.open(loop, file, DiskOptions.declaring(sizes));
    assertThat(opened).isInstanceOf(LocalDisk.Opened.Ready.class);
    LocalDisk disk = ((LocalDisk.Opened.Ready) opened).disk();
    assertThat(disk.limits().logicalBlockBytes()).isEqualTo(sizes.logicalBytes());
    assertThat(disk.limits().physicalBlockBytes()).isEqualTo(sizes.physicalBytes());
    return disk;
  }

  @Override
  protected void afterClose() throws Exception {
    Files.deleteIfExists(file);
    Files.deleteIfExists(file.getParent());
  }
}
